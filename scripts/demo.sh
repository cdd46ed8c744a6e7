#!/bin/sh
# From a bare machine to filtered photographs: installs what is missing, builds a release, lists the
# devices, and filters data/astronaut.png on the best one; each result is checked by the referee.
. "$(dirname "$0")/common.sh"

say "1. What is needed"
install_packages build run

say "2. A release in build/"
build build -DCLCONV_TESTS=OFF

say "3. The devices here"
build/clconv devices

say "4. The photograph, filtered and checked"
photograph=data/astronaut.png
while read -r name preset; do
    build/clconv filter $photograph "data/astronaut-$name.png" -k "$preset" --verify
done <<END
blur    gaussian:2.5
sharp   sharpen
edges   sobel:magnitude
emboss  emboss
END

say "Look at them:"
ls -1 "$PWD"/data/astronaut*.png

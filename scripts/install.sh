#!/bin/sh
# Installs what is missing of scripts/packages.txt: install.sh [build] [run] [test]; all by default.
. "$(dirname "$0")/common.sh"

[ $# -gt 0 ] || set -- build run test
for group in "$@"; do
    grep -q "^$group " scripts/packages.txt || die "no group '$group' in scripts/packages.txt"
done
install_packages "$@"

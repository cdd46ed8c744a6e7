#!/bin/sh
# Installs what is missing, builds, runs every test under ctest. Arguments go to ctest: -L quick,
# -R NAME, -j N. CLCONV_TEST_FULL=ON in the environment: the longest loops whole on every driver.
. "$(dirname "$0")/common.sh"

install_packages build run test
build build-test -DCLCONV_WERROR=ON -DCLCONV_TESTS=ON -DCLCONV_TEST_FULL="${CLCONV_TEST_FULL:-OFF}"
exec ctest --test-dir build-test --output-on-failure -j "$(nproc)" "$@"

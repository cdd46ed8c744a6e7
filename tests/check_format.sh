#!/bin/sh
# The layout of the code is clang-format's. check_format.sh CLANG_FORMAT [ROOT]
format=$1
cd "${2:-$(dirname "$0")/..}" || exit 2
files=$(find src include cl tests examples bench -name '*.[ch]' -o -name '*.cl')
[ -n "$files" ] || exit 2
# shellcheck disable=SC2086 # words on purpose
"$format" --style=file --dry-run --Werror $files

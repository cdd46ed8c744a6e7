#!/bin/sh
# What the library exports is what its public headers declare, and the static library's other names
# begin with cc_. check_symbols.sh LIBRARY.so LIBRARY.a HEADER...
shared=$1 static=$2
shift 2
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT

# Declarations run over lines: joined up to the semicolon, the name stands before the first "(".
cat "$@" | sed '/^#/d' | tr '\n' ' ' | tr ';' '\n' | grep 'CLCONV_API' |
    sed -E 's/.*CLCONV_API[^(]*[ *](clconv_[a-z0-9_]+)\(.*/\1/' | sort >"$folder/declared"
nm -D --defined-only "$shared" | awk '{ print $NF }' | sort >"$folder/exported"
nm -g --defined-only "$static" | awk 'NF == 3 { print $3 }' | sort >"$folder/static"

status=0
for list in declared exported static; do
    [ -s "$folder/$list" ] || { echo "no symbols $list"; status=1; }
done
if ! diff "$folder/declared" "$folder/exported" >"$folder/difference"; then
    echo "declared in $* (<) and exported by $shared (>):"
    cat "$folder/difference"
    status=1
fi
if grep -Ev '^(clconv|cc)_' "$folder/static"; then
    echo "$static: global names above begin neither with clconv_ nor with cc_"
    status=1
fi
exit $status

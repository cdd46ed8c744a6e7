#!/bin/sh
# Every kernel by a second compiler: each .cl file compiles on its own as OpenCL C 1.2 without a
# warning, with every storage type, and with each of its guarded macros at other values, by what
# cl/declared.h declares; as it stands with Clang's declarations, too, and with both.
# check_kernels.sh CLANG [ROOT]
clang=$1
cd "${2:-$(dirname "$0")/..}" || exit 2
status=0
count=0
whole='-Xclang -finclude-default-header'
own='-cl-no-stdinc -D_OPENCL_H_ -DCLCONV_DECLARES -include opencl-c-base.h'
declarations=$own

# try FILE OPTION...
try() {
    file=$1
    shift
    count=$((count + 1))
    # shellcheck disable=SC2086 # words on purpose
    if ! "$clang" -x cl -cl-std=CL1.2 -target "$target" -fsyntax-only $declarations \
        -Xclang -cl-ext=+all -Wall -Wextra -Wno-unused-function -Werror -Icl "$@" "$file"; then
        echo "$file does not compile alone with: $declarations $*"
        status=1
    fi
}

# The macros that have a guarded default in a file.
guarded() {
    sed -n 's/^#ifndef \([A-Z][A-Z0-9_]*\)$/\1/p' "$1" | grep -v '^CLCONV_'
}

for file in cl/*.cl; do
    [ -f "$file" ] || { echo "no kernels in $PWD/cl"; exit 2; }
    # Matrix units: instructions of NVIDIA's, arithmetic in f32 alone.
    target=spir64-unknown-unknown with_f64=yes
    ! grep -q '"mma.h"' "$file" || target=nvptx64-nvidia-nvcl with_f64=
    for declarations in "$whole" "$whole -DCLCONV_DECLARES" "$own"; do
        try "$file"
    done
    for type in F32 F16 U8 S8 U16 S16; do
        try "$file" -DX_TYPE=TYPE_$type -DY_TYPE=TYPE_$type
    done
    for types in ${with_f64:+F64:F64 F64:F32 U8:F64}; do
        try "$file" -DX_TYPE=TYPE_${types%:*} -DY_TYPE=TYPE_${types#*:} -DACC_F64=1
    done
    try "$file" -DHAS_FMA=0
    for macro in $(guarded "$file"); do
        try "$file" "-D$macro=1"
        try "$file" "-D$macro=4"
    done
    # One small filter, whose size the code knows, has ways of its own.
    ! grep -q '"blocked_rolled.h"' "$file" || for across in 0 1; do
        for type in F32 F16 U8; do
            try "$file" -DX_TYPE=TYPE_$type -DR=3 -DS=3 -DDILATION_W=1 -DROLLED=2 -DACROSS=$across
        done
    done
done

if LC_ALL=C grep -n '[^ -~]' cl/*; then
    echo "the lines above are not plain ASCII without tabs"
    status=1
fi
if grep -nE 'native_|half_(exp|log|pow|sqrt|recip|divide)|fast_(length|distance|normalize)' cl/*; then
    echo "the lines above call functions whose error OpenCL leaves open"
    status=1
fi
# As far as their own text shows: what cl/common.h says of parts that are APART.
if awk 'FNR == 1 { given = 0 }
    /^APART / { part = 1 }
    part && /(^|[^a-z])(__)?local / { given = 1 }
    (part && given && FILENAME ~ /[.]h$/) ||
        (part && /barrier\(|get_(global|local|group)_|place_of_item\(/) ||
        (given && /^ +(__)?local [^*]*\[/) {
        print FILENAME ":" FNR ": " $0
        found = 1
    }
    /^}/ { part = 0 }
    END { exit !found }' cl/*; then
    echo "the lines above are not for parts that are APART (cl/common.h)"
    status=1
fi
echo "$count compilations of $(ls cl/*.cl | wc -l) files"
exit $status

#!/bin/sh
# The checks notice: each is run on a copy of the tree with one thing broken and has to fail, and on
# the copy as it is and has to pass. check_checks.sh CC CXX CLANG CLANG_FORMAT; "" for one that is
# not there, and its checks are left out.
cc=$1 cxx=$2 clang=$3 format=$4
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
copy=$folder/copy
kernels= # of the .cl files this one alone, where it is set
status=0

fresh_copy() {
    rm -rf "$copy"
    mkdir "$copy"
    cp -R "$root/src" "$root/include" "$root/cl" "$root/tests" "$root/examples" "$root/bench" \
        "$root/.clang-format" "$copy"
    [ -z "$kernels" ] || find "$copy/cl" -name '*.cl' ! -name "$kernels" -delete
}

# passes CHECK ARGUMENT...: on the copy as it is.
passes() {
    check=$1
    shift
    fresh_copy
    if ! "$copy/tests/$check" "$@" >"$folder/log" 2>&1; then
        echo "$check should pass:"
        tail -n 20 "$folder/log"
        status=1
    fi
}

# notices FILE TEXT CHECK ARGUMENT...: on the copy with TEXT added to FILE.
notices() {
    file=$1 text=$2 check=$3
    shift 3
    fresh_copy
    printf '%b\n' "$text" >>"$copy/$file"
    if "$copy/tests/$check" "$@" >"$folder/log" 2>&1; then
        echo "$check does not notice in $file: $text"
        status=1
    fi
}

repeat() {
    awk -v line="$1" -v count="$2" 'BEGIN { while (count-- > 0) printf "%s\\n", line }'
}

passes check_layers.sh
notices src/base/status.c '#include "geom/geom.h"' check_layers.sh
notices src/geom/geom.c '#include "plan/plan.h"' check_layers.sh
notices src/host/host.h '#include "ocl/ocl.h"' check_layers.sh
notices src/host/host.h '#include <CL/cl.h>' check_layers.sh
notices src/plan/plan.h '#  include <clconv/opencl.h>' check_layers.sh
notices src/device/device.h '#include "ocl/internal.h"' check_layers.sh
notices src/cli/cli.h '#include "base/text.h"' check_layers.sh
notices src/cli/cli.h '#include <clconv/opencl.h>' check_layers.sh
notices src/cli/cli.h '#include <vips/vips.h>' check_layers.sh
notices examples/simple.c '#include "base/text.h"' check_layers.sh
notices include/clconv/clconv.h '#include "base/text.h"' check_layers.sh

passes check_lengths.sh
notices src/base/text.c "$(repeat '/* long */' 400)" check_lengths.sh
notices src/base/text.c "int f(void)\n{\n$(repeat '    f();' 70)}" check_lengths.sh
notices cl/direct.cl "$(repeat '/* long */' 250)" check_lengths.sh

passes check_headers.sh "$copy" yes "$cc"
notices include/clconv/clconv.h 'static inline wrong f(void);' check_headers.sh "$copy" yes "$cc"
notices src/geom/geom.h 'FILE *f(void);' check_headers.sh "$copy" yes "$cc"
if [ -n "$cxx" ]; then
    passes check_headers.sh "$copy" yes "$cxx"
    notices include/clconv/clconv.h 'int f(int new);' check_headers.sh "$copy" yes "$cxx"
fi

if [ -n "$clang" ]; then
    kernels=direct.cl
    passes check_kernels.sh "$clang"
    notices cl/direct.cl 'kernel void f(global int *x)\n{\n    x[0] = y;\n}' \
        check_kernels.sh "$clang"
    notices cl/common.h '#if X_TYPE == TYPE_S16\nwrong;\n#endif' check_kernels.sh "$clang"
    notices cl/direct.cl 'static inline float undeclared(float v) { return cospi(v); }' \
        check_kernels.sh "$clang"
    notices cl/common.h '/* \0303\0244 */' check_kernels.sh "$clang"
    notices cl/direct.cl '/* native_exp */' check_kernels.sh "$clang"
    notices cl/direct.cl 'APART void part(void)\n{\n    barrier(CLK_LOCAL_MEM_FENCE);\n}' \
        check_kernels.sh "$clang"
    notices cl/store.h 'APART void part(local float *x)\n{\n    *x = 0;\n}' check_kernels.sh "$clang"
    notices cl/direct.cl 'APART long part(void)\n{\n    return get_global_id(0);\n}' \
        check_kernels.sh "$clang"
    notices cl/direct.cl 'APART void part(local float *x)\n{\n    *x = 0;\n}
kernel void k(void)\n{\n    local float array[9];\n    part(array);\n}' check_kernels.sh "$clang"
    notices cl/direct.cl '#define direct2(x) printf(x)\nkernel void f(void)\n{\n    int unused;\n}' \
        check_kernels.sh "$clang"
    kernels=
fi

if [ -n "$format" ]; then
    passes check_format.sh "$format"
    notices src/base/text.c 'int  f ( void ) ;' check_format.sh "$format"
fi

# A library of one declared function, then one that exports a stray name, one that lacks it.
symbols() {
    printf '%b\n' "$1" >"$folder/one.c"
    "$cc" -fPIC -shared "$folder/one.c" -o "$folder/one.so" &&
        "$cc" -fPIC -c "$folder/one.c" -o "$folder/one.o" && rm -f "$folder/one.a" &&
        ar rc "$folder/one.a" "$folder/one.o" || exit 2
    "$root/tests/check_symbols.sh" "$folder/one.so" "$folder/one.a" "$folder/one.h" \
        >"$folder/log" 2>&1
}
printf 'CLCONV_API const char *\nclconv_one(int x);\n' >"$folder/one.h"
one='int clconv_one(int x) { return x; }'
symbols "$one" || { echo "check_symbols.sh should pass:"; cat "$folder/log"; status=1; }
for stray in 'int cc_two(void) { return 2; }' 'int clconv_two(void) { return 2; }'; do
    ! symbols "$one\n$stray" || { echo "check_symbols.sh does not notice: $stray"; status=1; }
done
! symbols 'int clconv_two(void) { return 2; }' ||
    { echo "check_symbols.sh does not notice a function that is missing"; status=1; }

exit $status

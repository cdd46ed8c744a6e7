#!/bin/sh
# Every header compiles alone: the public ones as C99, C11 and C++11 without a warning, the internal
# ones as C11. check_headers.sh ROOT yes|no(OpenCL) COMPILER...; a compiler with ++ is for C++.
root=$1 opencl=$2
shift 2
status=0

# compile COMPILER HEADER OPTION...
compile() {
    compiler=$1 header=$2
    shift 2
    if ! printf '#include <%s>\n#include <%s>\n' "$header" "$header" |
        "$compiler" "$@" -Wall -Wextra -pedantic -Werror -fsyntax-only -I"$root/include" -; then
        echo "$header does not compile alone: $compiler $*"
        status=1
    fi
}

public=clconv/clconv.h
[ "$opencl" = no ] || public="$public clconv/opencl.h"
for compiler in "$@"; do
    for header in $public; do
        case $compiler in
        *++*)
            compile "$compiler" "$header" -xc++ -std=c++11
            compile "$compiler" "$header" -xc++ -std=c++20
            ;;
        *)
            compile "$compiler" "$header" -xc -std=c99 -Wstrict-prototypes
            compile "$compiler" "$header" -xc -std=c11 -Wstrict-prototypes
            ;;
        esac
    done
    case $compiler in *++*) continue ;; esac
    for path in $(cd "$root/src" && find . -name '*.h' | sed 's,^\./,,'); do
        case $opencl,$path in no,ocl/*) continue ;; esac
        case $path in *_vips.h) continue ;; esac
        compile "$compiler" "$path" -xc -std=c11 -I"$root/src" -I"$root"
    done
done
exit $status

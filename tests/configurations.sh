#!/bin/sh
# One other way to build clconv, from configuration to its tests: configurations.sh NAME FOLDER
#
#   clang     the second compiler, all parts, warnings as errors
#   smallest  a C compiler alone: no OpenCL, CLBlast, libvips, OpenMP
#   loader    OpenCL headers and loader given by CMAKE_PREFIX_PATH alone, no CLBlast, no libvips
#   address   address and undefined-behaviour sanitizers
#   thread    thread sanitizer
#   install   the examples against an installed tree, by find_package and by pkg-config
set -eu
name=$1 folder=$2 targets=
root=$(cd "$(dirname "$0")/.." && pwd)
jobs=$(nproc)
prefix=$folder/prefix
# make is not among the packages.
! command -v ninja >/dev/null || export CMAKE_GENERATOR=Ninja

# build OPTION...: configures and builds into $folder/build; of it $targets alone, where it is set.
build() {
    cmake -S "$root" -B "$folder/build" -DCLCONV_WERROR=ON \
        -DCLCONV_TEST_CONFIGURATIONS=OFF \
        -DCLCONV_TEST_CACHE="${CLCONV_TEST_CACHE:-$folder/cache}" "$@"
    # shellcheck disable=SC2086 # words on purpose
    cmake --build "$folder/build" --parallel "$jobs" ${targets:+--target $targets}
}

# run_tests ARGUMENT...: at least one test has to run.
run_tests() {
    ctest --test-dir "$folder/build" --output-on-failure --no-tests=error "$@"
}

# install_and_use: into $prefix; the command and the examples of what is installed there.
install_and_use() {
    rm -rf "$prefix" "$folder/moved" "$folder/examples"
    cmake --install "$folder/build"
    "$prefix/bin/clconv" kernels >"$folder/kernels.txt"
    cmake -S "$root/examples" -B "$folder/examples" -DCMAKE_PREFIX_PATH="$prefix"
    cmake --build "$folder/examples" --parallel "$jobs"
    ctest --test-dir "$folder/examples" --output-on-failure --no-tests=error
}

# pkg_config_example COMPILER-ARGUMENT...: examples/simple.c, built by hand and run.
pkg_config_example() {
    cc -std=c11 "$root/examples/simple.c" -o "$folder/simple" "$@"
    LD_LIBRARY_PATH="$prefix/lib" "$folder/simple" >"$folder/simple.txt"
}

mkdir -p "$folder"
case $name in
clang)
    # Without what takes long and is no other with this compiler.
    build -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Release
    run_tests -L quick -E 'test_(measure|ocl_measure|no_memory|opencl_matrix)' -j "$jobs"
    ;;
smallest)
    # test_big: the host's part of it is in the first build; scripts are no other here.
    build -DCLCONV_OPENCL=OFF -DCLCONV_CLBLAST=OFF -DCLCONV_VIPS=OFF -DCLCONV_OPENMP=OFF \
        -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib
    run_tests -E 'test_big|cli_(gpu|peers)_script' -j "$jobs"
    install_and_use
    [ ! -e "$prefix/include/clconv/opencl.h" ]
    ;;
loader)
    sdk=$folder/sdk
    mkdir -p "$sdk/include" "$sdk/lib"
    ln -sfn "$(echo '#include <CL/cl.h>' | cc -E -x c - | sed -n 's,.*"\(/.*/CL\)/cl.h".*,\1,p' |
        head -n 1)" "$sdk/include/CL"
    ln -sf "$(cc -print-file-name=libOpenCL.so)" "$sdk/lib/libOpenCL.so"
    build -DCMAKE_PREFIX_PATH="$sdk" -DCLCONV_CLBLAST=OFF -DCLCONV_VIPS=OFF -DCLCONV_TESTS=OFF
    grep -q "OpenCL_LIBRARY:FILEPATH=$sdk" "$folder/build/CMakeCache.txt"
    grep -q "OpenCL_INCLUDE_DIR:PATH=$sdk" "$folder/build/CMakeCache.txt"
    "$folder/build/clconv" devices
    ;;
address)
    # The command and the long tables run on the host alone: kernels are not instrumented, only
    # clconv's own code is, and what compiles them takes minutes under the sanitizer.
    # Tests of signals and scripts are left out, and those that measure or judge results alone.
    # PoCL is the only driver: Mesa's unload a library that leaves memory behind, which only stacks
    # unwound without frame pointers, three times as slow, would tell from what clconv leaks.
    build -DCLCONV_SANITIZE=address,undefined -DCMAKE_BUILD_TYPE=RelWithDebInfo \
        -DCMAKE_C_FLAGS_RELWITHDEBINFO='-O1 -g1'
    mkdir -p "$folder/pocl" "$folder/no-drivers"
    cp /etc/OpenCL/vendors/pocl.icd "$folder/pocl/"
    export OCL_ICD_VENDORS="$folder/pocl"
    run_tests -L quick -E 'test_(measure|ocl_measure|properties)' -j "$jobs"
    CLCONV_DEVICE=host run_tests -R 'test_(cases|random|streams)' -j "$jobs"
    export OCL_ICD_VENDORS="$folder/no-drivers"
    run_tests -L cli -E 'cli_(crash|gpu_script|peers_script)' -j "$jobs"
    ;;
thread)
    # OpenMP is off: its library is not instrumented, and every barrier would look like a race.
    targets=$(cd "$root/tests" && grep -l '^#include <pthread.h>' test_*.c | sed 's/\.c$//')
    build -DCLCONV_SANITIZE=thread -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCLCONV_OPENMP=OFF \
        -DCLCONV_VIPS=OFF
    run_tests -L threads -j "$jobs"
    ;;
install)
    build -DCLCONV_TESTS=OFF -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib
    install_and_use
    # The installed tree can be moved, with what the command loads.
    mv "$prefix" "$folder/moved"
    "$folder/moved/bin/clconv" filter "$root/data/astronaut.png" "$folder/photo.tif" -k identity \
        --device host
    mv "$folder/moved" "$prefix"
    export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
    # shellcheck disable=SC2046 # words on purpose
    pkg_config_example $(pkg-config --cflags --libs clconv)
    # shellcheck disable=SC2046
    pkg_config_example $(pkg-config --cflags clconv) "$prefix/lib/libclconv.a" \
        $(pkg-config --static --libs clconv | sed 's/-lclconv//')
    ;;
*)
    echo "configurations.sh: no configuration '$name'" >&2
    exit 2
    ;;
esac

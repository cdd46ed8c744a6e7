#!/bin/sh
# The steps of scripts/gpu.sh: steps.sh STEP, with GPU_WORK, GPU_OUT, GPU_TREE, GPU_PACKAGES and
# GPU_QUICK set. Exit status 0: done; 77: not possible here, the last line says why. A comment
# `# step NAME SECONDS s: WHAT` makes a step of the function step_NAME.
set -eu

env=$GPU_WORK/env
clconv=$GPU_TREE/clconv
step=$1

not_here() {
    echo "$*"
    exit 77
}

# Runs a command and shows it, so that a log tells how to do it again.
run() {
    echo "+ $*"
    "$@"
}

# ---- what the machine has ------------------------------------------------------------------------

# set_for_all NAME VALUE: here and in all steps.
set_for_all() {
    echo "$1='$2'; export $1" >>"$env"
    eval "$1='$2'; export $1"
}

# first_of PATH...: the first that is there.
first_of() {
    for path; do
        if [ -e "$path" ]; then
            echo "$path"
            return
        fi
    done
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# add_libraries FOLDER: where the run-time linker looks first.
add_libraries() {
    set_for_all LD_LIBRARY_PATH "$1${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
}

# NVIDIA's OpenCL library may be there with no .icd file that names it.
find_driver() {
    # shellcheck disable=SC2046 # words on purpose
    driver=$(first_of /usr/local/nvidia/lib64/libnvidia-opencl.so.1 \
        /usr/local/nvidia/lib/libnvidia-opencl.so.1 \
        /usr/lib/x86_64-linux-gnu/libnvidia-opencl.so.1 /usr/lib64/libnvidia-opencl.so.1 \
        $(ldconfig -p 2>/dev/null | sed -n 's/.*libnvidia-opencl\.so\.1 .*=> //p'))
    if [ -n "${CLCONV_DEVICE:-}" ]; then
        echo "device: $CLCONV_DEVICE, as the environment says, by the drivers of the system"
        set_for_all CLCONV_DEVICE "$CLCONV_DEVICE"
        return
    fi
    if [ -z "$driver" ]; then
        echo 'missing: libnvidia-opencl.so.1, the OpenCL part of the driver (a container has to be'
        echo 'given the driver capability "compute"); CLCONV_DEVICE names another device'
        return 1
    fi
    echo "driver: $driver"
    mkdir -p "$GPU_WORK/icd"
    echo "$driver" >"$GPU_WORK/icd/nvidia.icd"
    set_for_all OCL_ICD_VENDORS "$GPU_WORK/icd"
    add_libraries "$(dirname "$driver")"
    set_for_all CLCONV_DEVICE NVIDIA
}

# Packages unpacked beside the tree: their folders, and their pkg-config files with the right prefix.
find_packages() {
    [ -d "$GPU_PACKAGES/usr" ] || {
        echo "no packages in $GPU_PACKAGES"
        return 0
    }
    echo "packages: $GPU_PACKAGES"
    mkdir -p "$GPU_WORK/pkgconfig"
    for folder in "$GPU_PACKAGES"/usr/lib/*-linux-gnu; do
        for part in "$folder/blas" "$folder/lapack" "$folder"; do
            [ ! -d "$part" ] || add_libraries "$part"
        done
        for file in "$folder"/pkgconfig/*.pc; do
            sed "s,^prefix=/usr,prefix=$GPU_PACKAGES/usr," "$file" \
                >"$GPU_WORK/pkgconfig/${file##*/}"
        done
    done
    set_for_all PKG_CONFIG_PATH "$GPU_WORK/pkgconfig"
    set_for_all PATH "$PATH:$GPU_PACKAGES/usr/bin"
}

# CMake and ninja may be Python's.
find_tools() {
    python=$(command -v python3 || true)
    [ -z "$python" ] || set_for_all PATH "$PATH:$(dirname "$(readlink -f "$python")"):${python%/*}"
    if has python3 && ! has cmake; then
        set_for_all PATH "$PATH:$(python3 -c 'import cmake; print(cmake.CMAKE_BIN_DIR)' || true)"
    fi
    for tool in cc gcc c++ cmake ninja make pkgconf pkg-config ctest python3 nvcc; do
        echo "$tool: $(command -v "$tool" || echo missing)"
    done
    ! has cmake || cmake --version | head -n 1
    if ! has pkg-config && has pkgconf; then
        set_for_all PKG_CONFIG "$(command -v pkgconf)"
    fi
    ! has python3 || python3 -c '
import importlib.util
for name in ("numpy", "torch", "cupy"):
    print("python:", name, "is there" if importlib.util.find_spec(name) else "missing")'
}

# Header and loader: of the packages, of the system, of a CUDA toolkit (Python may have one).
find_opencl() {
    header=$(first_of "$GPU_PACKAGES/usr/include/CL/cl.h" /usr/include/CL/cl.h \
        /usr/local/cuda*/include/CL/cl.h /usr/local/cuda*/targets/*/include/CL/cl.h \
        "${python%/bin/*}"/lib/python3*/site-packages/nvidia/*/include/CL/cl.h)
    loader=$(first_of "$GPU_PACKAGES"/usr/lib/*/libOpenCL.so.1 /usr/lib/*/libOpenCL.so.1 \
        /usr/lib64/libOpenCL.so.1 /usr/local/cuda*/targets/*/lib/libOpenCL.so.1 \
        /usr/local/cuda*/lib64/libOpenCL.so.1 /usr/local/nvidia/lib64/libOpenCL.so.1)
    echo "OpenCL header: ${header:-missing}"
    echo "OpenCL loader: ${loader:-missing}"
    if [ -z "$header" ] || [ -z "$loader" ]; then
        echo 'missing: scripts/gpu.sh --bring, on a machine with network, brings both'
        return 1
    fi
    add_libraries "$(dirname "$loader")"
    options="-DOpenCL_INCLUDE_DIR=${header%/CL/cl.h} -DOpenCL_LIBRARY=$loader"
}

# option NAME COMMAND...: ON where the command succeeds.
option() {
    name=$1 value=ON
    shift
    "$@" >/dev/null 2>&1 || value=OFF
    echo "CLCONV_$name=$value"
    options="$options -DCLCONV_$name=$value"
}

has_openmp() {
    echo 'int main(void) { return 0; }' | cc -fopenmp -x c - -o "$GPU_WORK/openmp"
}

has_package() {
    "${PKG_CONFIG:-pkg-config}" --exists "$1"
}

# OpenCV is built against what may be newer than this machine: then the peer is left out, not the
# build broken.
find_opencv() {
    include=$GPU_PACKAGES/usr/include/opencv4
    library=$(first_of "$GPU_PACKAGES"/usr/lib/*-linux-gnu/libopencv_imgproc.so)
    [ -n "$library" ] || return 0
    program='#include <opencv2/imgproc.hpp>
        int main() { cv::Mat x(9, 9, CV_32F); cv::blur(x, x, cv::Size(3, 3)); }'
    if echo "$program" | c++ -x c++ - -I "$include" -x none "$library" \
        "${library%/*}/libopencv_core.so" -o "$GPU_WORK/opencv" && "$GPU_WORK/opencv"; then
        echo "OpenCV: $library"
        options="$options -DCLCONV_OPENCV_INCLUDE=$include -DCLCONV_OPENCV_IMGPROC=$library"
        options="$options -DCLCONV_OPENCV_CORE=${library%/*}/libopencv_core.so"
    else
        echo 'OpenCV: its package does not work here'
    fi
}

# step find 60 s: driver, loader, headers, compiler, CMake, Python: what is here, what is missing
step_find() {
    case $GPU_WORK$GPU_PACKAGES in
    *[[:space:]]*)
        echo "missing: a path without blanks, for options of the build are words ($GPU_WORK)"
        exit 1
        ;;
    esac
    : >"$env"
    nvidia-smi 2>&1 || echo 'nvidia-smi: missing'
    uname -a
    grep -m 1 'model name' /proc/cpuinfo || true
    echo "$(nproc) cores, $(free -g 2>/dev/null | sed -n 's/^Mem: *\([0-9]*\).*/\1/p') GiB"
    here=yes
    find_driver || here=
    find_packages
    find_tools
    find_opencl || here=
    if ! has cc || ! has cmake; then
        echo 'missing: a C compiler and CMake 3.25 are needed'
        here=
    fi
    [ -n "$here" ] || exit 1
    option CLBLAST has_package clblast
    option VIPS has_package 'vips >= 8.13'
    option OPENMP has_openmp
    option TESTS has_package 'check >= 0.15'
    find_opencv
    set_for_all GPU_OPTIONS "$options"
    set_for_all CLCONV_CACHE_DIR "${CLCONV_CACHE_DIR:-$GPU_WORK/cache}"
    set_for_all OMP_WAIT_POLICY passive
    echo "builds with $options"
}

# ---- the build -----------------------------------------------------------------------------------

# step build 400 s: configures and builds with what find has found
step_build() {
    generator=
    ! has ninja || generator=-GNinja
    # shellcheck disable=SC2086 # words on purpose
    run cmake -S . -B "$GPU_TREE" $generator -DCMAKE_BUILD_TYPE=Release -DCLCONV_PROBES=ON \
        -DCLCONV_PEERS=ON -DCLCONV_TEST_CONFIGURATIONS=OFF \
        -DCLCONV_TEST_CACHE="$CLCONV_CACHE_DIR" $GPU_OPTIONS
    run cmake --build "$GPU_TREE" --parallel "$(nproc)"
    "$clconv" --version
}

needs_build() {
    [ -x "$clconv" ] || not_here "no clconv at $clconv; steps find and build come first"
}

# probe NAME ARGUMENT...: a program of bench/gpu.
probe() {
    program=$GPU_TREE/bench/gpu/gpu_$1
    shift
    [ -x "$program" ] || not_here "no $program: the build has -DCLCONV_PROBES=OFF"
    run "$program" "$@"
}

# ---- what there is to know -----------------------------------------------------------------------

# step devices 60 s: clconv devices, and why these
step_devices() {
    run "$clconv" devices --why
    run "$clconv" devices --json
    run "$clconv" devices
}

# step facts 60 s: numbers and extensions of the device; does it compute in half
step_facts() {
    probe facts
}

# step ptx 120 s: .version and .target of the compiler; mma, ldmatrix, cp.async by inline assembly
step_ptx() {
    probe ptx "$GPU_OUT/plain.ptx"
}

# A driver may end the process by a signal; what counts is what clconv says, and the next process.
# step fault 120 s: a write outside of memory: which codes come back, does DEVICE_LOST hold
step_fault() {
    status=0
    probe fault || status=$?
    [ "$status" -ne 77 ] || exit 77
    [ "$status" -lt 128 ] || echo "the process ended by signal $((status - 128))"
    run "$clconv" verify --device "$CLCONV_DEVICE" --algorithm direct 1x1x64x64:1x3x3:same
    [ "$status" -ne 1 ] || exit 1
    if [ "$status" -ge 128 ]; then
        echo "no codes: the process ended by signal $((status - 128)); the next one works"
    else
        found=$(grep -h 'DEVICE_LOST holds\|context survives' "$GPU_OUT/$step.log")
        echo "$found" # not at once: grep reads no file that it writes to
    fi
}

# ---- is it right ---------------------------------------------------------------------------------

# step verify 590 s: every algorithm on the table of problems, against the referee
step_verify() {
    problems=--all status=0
    [ -z "$GPU_QUICK" ] || problems='1x3x16x16:4x3x3:p1 1x1x20x20:1x5x5:same:u8'
    # One after the other, so that what is cut off leaves the results of those before.
    for algorithm in $("$clconv" plan --device "$CLCONV_DEVICE" 1x1x8x8:1x3x3 |
        sed -n 's/^[* ] \([a-z0-9_]*\) .*/\1/p' | grep -v '^host$'); do
        # shellcheck disable=SC2086 # words on purpose
        run "$clconv" verify $problems --device "$CLCONV_DEVICE" --algorithm "$algorithm" ||
            status=1
    done
    [ "$status" -eq 0 ] || exit 1
    grep '^  [a-z]' "$GPU_OUT/$step.log" | awk '/ right /{next} {right += $2; wrong += $4}
        END {printf "%d right, %d wrong\n", right, wrong; exit right == 0 || wrong > 0}'
}

# tests ARGUMENT...: of the build, whatever happens to them.
tests() {
    has ctest || not_here 'no ctest'
    [ -f "$GPU_TREE/tests/CTestTestfile.cmake" ] ||
        not_here 'built without tests, for Check is missing (scripts/gpu.sh --bring brings it)'
    run ctest --test-dir "$GPU_TREE" --output-on-failure --no-tests=error "$@"
}

# What checks the tree, other drivers or other builds is left out: it never meets the device.
# step tests 1200 s: the tests that use the device, where Check is found, side by side
step_tests() {
    if [ -n "$GPU_QUICK" ]; then
        tests -R '^test_context$'
    else
        tests -L opencl -LE timing -E '^test_big$' -j "$(($(nproc) < 8 ? $(nproc) : 8))"
    fi
}

# step tests-alone 1200 s: all other tests: of the command, the host, what compares times, test_big
step_tests_alone() {
    if [ -n "$GPU_QUICK" ]; then
        tests -R '^test_geom$'
        return
    fi
    status=0
    tests -L opencl -R '^test_big$' || status=1
    tests -L timing || status=1
    tests -LE 'opencl|timing|rusticl|oclgrind|structure|configuration' || status=1
    return "$status"
}

# step big 590 s: over 2^31 elements; buffers over 4 GiB
step_big() {
    if [ -n "$GPU_QUICK" ]; then
        bench big 1x1x1024x1024:1x1x3:same:wrap:f16 1x1x1000x1000:1x3x3:same --verify all
        return
    fi
    # 46342^2 > 2^31; 33000^2 floats > 4 GiB.
    bench big 1x1x46342x46342:1x1x3:same:wrap:u8 1x1x46342x46342:1x1x3:same:wrap:f16 \
        1x1x33000x33000:1x3x3:same:reflect101 --verify all --patience 2 --repeats 3
}

# ---- how fast is it ------------------------------------------------------------------------------

seconds=0.1
[ -z "$GPU_QUICK" ] || seconds=0.01

# bench NAME ARGUMENT...: with record and page; the log has the table.
bench() {
    name=$1
    shift
    run "$clconv" bench --seconds "$seconds" --json "$GPU_OUT/$name.json" \
        --html "$GPU_OUT/$name.html" "$@"
}

# make_networks TYPE: $sets, the networks' layers in that type.
make_networks() {
    sets=
    mkdir -p "$GPU_WORK/$1"
    for set in vgg16 resnet50 mobilenet_v2; do
        sed "s/^\([0-9][^ ]*\)/\1:$1/" "bench/shapes/$set.txt" >"$GPU_WORK/$1/$set.txt"
        sets="$sets $GPU_WORK/$1/$set.txt"
    done
    [ -z "$GPU_QUICK" ] || sets="1x16x28x28:16x3x3:p1:$1"
}

# networks NAME TYPE BATCH
networks() {
    make_networks "$2"
    # shellcheck disable=SC2086 # words on purpose
    bench "$1" $sets --batch "$3" --patience 1
}

# make_sizes SIDE: $sets, 3 x 3 to 31 x 31 on images of SIDE x SIDE, f32 and u8.
make_sizes() {
    taps_of='3 5 7 15 31' side=$1
    [ -z "$GPU_QUICK" ] || taps_of=3 side=64
    for type in '' :u8; do
        for taps in $taps_of; do
            echo "1x1x${side}x$side:1x${taps}x$taps:same:reflect101$type # $side ${taps}x$taps$type"
        done
    done >"$GPU_WORK/sizes-$1.txt"
    sets=$GPU_WORK/sizes-$1.txt
}

# What is known already is not measured again, so that a step that was cut off goes on where it was.
# CLCONV_TUNE has the file; the steps that follow choose by it, and "untuned ms" is what they would
# take without.
# tune SET...
tune() {
    run "$clconv" tune --like --patience 1 "$@"
    echo "$(grep -c "	" "$CLCONV_TUNE") lines in $CLCONV_TUNE, for wisdom/nvidia.txt"
}

# tune_all WHAT
tune_all() {
    case $1 in
    filters) sets='images gaussians' ;;
    networks) make_networks f32 ;;
    *) make_networks "$1" ;;
    esac
    [ -z "$GPU_QUICK" ] || sets=1x1x64x64:1x3x3:same
    # shellcheck disable=SC2086 # words on purpose
    tune $sets
}

# step ceilings 60 s: what the device can do at most: arithmetic, copies, transfers, launches
step_ceilings() {
    bench ceilings 1x1x64x64:1x3x3:same
}

# step tune-filters 1200 s: wisdom: the best algorithm and tile for image filters and Gaussians

# step images 300 s: image filters and Gaussians of 4096 x 4096, all algorithms
step_images() {
    if [ -n "$GPU_QUICK" ]; then
        bench images quick
    else
        bench images images gaussians --patience 1
    fi
}

# step sizes-8192 300 s: 3 x 3 to 31 x 31 on 8192 x 8192, f32 and u8, all algorithms
# step sizes-16384 400 s: the same on 16384 x 16384
# step sizes-32768 590 s: the same on 32768 x 32768

# step tune-networks 1200 s: wisdom: VGG-16, ResNet-50, MobileNet-V2, f32, one image
# step tune-f16 1200 s: the same in f16
# step networks 400 s: VGG-16, ResNet-50, MobileNet-V2, f32, one image
# step batch16 400 s: the same, 16 images
# step batch64 590 s: the same, 64 images
# step f16 400 s: the same in f16, one image
# step f16-batch16 400 s: the same in f16, 16 images
# step f16-batch64 590 s: the same in f16, 64 images
# step odd 300 s: shapes off the beaten track
step_odd() {
    if [ -n "$GPU_QUICK" ]; then
        bench odd 1x1x1x1:1x1x1 1x16x8x8:16x3x3:p1
    else
        bench odd odd --patience 1
    fi
}

# step transfers 200 s: a large image from host memory and back, against the transfers' rate
step_transfers() {
    if [ -n "$GPU_QUICK" ]; then
        probe transfers 512
    else
        probe transfers 16384
    fi
}

# Of NVIDIA's compiler the cache holds PTX as text, behind the lines of a key.
# step registers 120 s: registers and spills of every kernel built so far, as ptxas has them
step_registers() {
    has ptxas || not_here 'no ptxas (it comes with a CUDA toolkit)'
    found=
    for file in "$CLCONV_CACHE_DIR"/program-*; do
        first=$(grep -a -n -m 1 '^[.]version' "$file" 2>/dev/null | cut -d : -f 1)
        [ -n "$first" ] || continue
        found=yes
        tail -n "+$first" "$file" | tr -d '\000' >"$GPU_WORK/kernel.ptx"
        grep -a -m 2 '^file \|^options ' "$file" | sed 's/, SHA.*//; s/^options/ /' | tr -d '\n'
        target=$(sed -n 's/^[.]target \(sm_[0-9a-z]*\).*/\1/p' "$GPU_WORK/kernel.ptx")
        printf '\n'
        ptxas -v -arch="$target" "$GPU_WORK/kernel.ptx" -o "$GPU_WORK/kernel.cubin" 2>&1 |
            sed -n 's/^ptxas *//; s/info *: *//; s/Compiling entry function \([^ ]*\).*/\1/p
                /registers\|spill\|error/p' | sed 's/^/    /'
    done
    [ -n "$found" ] || not_here 'no PTX among the kernels built'
}

# ---- against others ------------------------------------------------------------------------------

# peers NAME ARGUMENT...: bench/peers/run.py; nothing is run again for what the host of a virtual
# machine takes, for a step's time is limited.
peers() {
    name=$1
    shift
    has python3 || not_here 'no python3'
    run python3 bench/peers/run.py --build "$GPU_TREE" --out "$GPU_OUT/$name" --seconds "$seconds" \
        --chunk 25 --stolen 1 "$@"
}

needs_nvidia() {
    python3 bench/peers/nvidia.py --version || not_here 'neither PyTorch nor CuPy has a GPU here'
}

# In f16 there is no TF32 to be switched off, and less to be reached.
# cudnn NAME TYPE BATCH
cudnn() {
    needs_nvidia
    rows='--row cudnn --row cudnn-tf32'
    [ "$2" = f32 ] || rows='--row cudnn --goal 0.8'
    [ -z "$GPU_QUICK" ] || rows="$rows --problem 1x16x28x28:16x3x3:p1"
    # shellcheck disable=SC2086 # words on purpose
    peers "$1" $rows --type "$2" --batch "$3"
}

# image_peers NAME SIDE ARGUMENT...: on images of that side, in one round where they are large, and
# few at a time: the record has what came before the end.
image_peers() {
    step_name=$1
    make_sizes "$2"
    shift 2
    peers "$step_name" --set "$sets" --rounds 1 --chunk 2 "$@"
}

# step filters 590 s: image filters and Gaussians of 4096 x 4096 against PyTorch's conv2d and CuPy
step_filters() {
    needs_nvidia
    rows='--row cudnn-filters --row cupy-filters --row cupy-gaussians'
    [ -z "$GPU_QUICK" ] || rows="$rows --problem 1x1x64x64:1x3x3:same:reflect101"
    # shellcheck disable=SC2086 # words on purpose
    peers filters --chunk 12 $rows
}

# step filters-8192 300 s: 3 x 3 to 31 x 31 on 8192 x 8192 against both, f32 and u8
# step filters-16384 400 s: the same on 16384 x 16384
# step filters-32768 590 s: the same on 32768 x 32768
filters_of_size() {
    needs_nvidia
    image_peers "$1" "$2" --row cudnn-filters --row cupy-filters
}

# step cudnn 590 s: the networks against cuDNN through PyTorch, TF32 off and on, f32, one image
# step cudnn-batch16 590 s: the same, 16 images
# step cudnn-batch64 590 s: the same, 64 images
# step cudnn-f16 590 s: the same in f16, one image
# step cudnn-f16-batch16 590 s: the same in f16, 16 images
# step cudnn-f16-batch64 590 s: the same in f16, 64 images

# step convgemm 590 s: the networks against CLBlast's convgemm on the same device
step_convgemm() {
    [ -x "$GPU_TREE/bench/peers/peer_clblast" ] || not_here 'built without CLBlast'
    rows='--row convgemm --goal 2'
    [ -z "$GPU_QUICK" ] || rows="$rows --problem 1x16x28x28:16x3x3:p1"
    # shellcheck disable=SC2086 # words on purpose
    peers convgemm $rows
}

# Last, for the GPU waits while the host's processors work.
needs_opencv() {
    [ -x "$GPU_TREE/bench/peers/peer_opencv" ] || not_here \
        'built without OpenCV: it needs a C++ compiler and what scripts/gpu.sh --bring brings'
}

# step opencv 590 s: image filters and Gaussians of 4096 x 4096 against OpenCV on the host
step_opencv() {
    needs_opencv
    rows='--row filters --row filters-strips --row gaussians --row gaussians-strips'
    [ -z "$GPU_QUICK" ] || rows="$rows --problem 1x1x64x64:1x3x3:same:reflect101"
    # shellcheck disable=SC2086 # words on purpose
    peers opencv --chunk 6 $rows
}

# step opencv-8192 300 s: 3 x 3 to 31 x 31 on 8192 x 8192 against OpenCV on all cores of the host
# step opencv-16384 900 s: the same on 16384 x 16384
# step opencv-32768 2400 s: the same on 32768 x 32768
opencv_of_size() {
    needs_opencv
    image_peers "$1" "$2" --row filters-strips
}

# ---- by name -------------------------------------------------------------------------------------

type=f32 batch=1
case $step in
*f16*) type=f16 ;;
esac
case $step in
*batch*) batch=${step##*batch} ;;
esac
if [ "$step" != find ]; then
    [ -s "$env" ] || not_here "nothing found yet: step find comes first"
    # shellcheck disable=SC1090 # what find wrote
    . "$env"
    [ "$step" = build ] || needs_build
fi
CLCONV_TUNE=$GPU_OUT/wisdom.txt
export CLCONV_TUNE
case $step in
tests-alone) step_tests_alone ;;
tune-*) tune_all "${step#*-}" ;;
sizes-*)
    make_sizes "${step#*-}"
    bench "$step" "$sets" --patience 1
    ;;
networks | batch* | f16*) networks "$step" "$type" "$batch" ;;
cudnn*) cudnn "$step" "$type" "$batch" ;;
filters-*) filters_of_size "$step" "${step#*-}" ;;
opencv-*) opencv_of_size "$step" "${step#*-}" ;;
*) "step_$step" ;;
esac

#!/bin/sh
# Every kernel but that of matrix_units under oclgrind, which finds races, accesses out of bounds,
# barriers not met by all and values that nobody has set: its log has to be empty, for it exits with 0
# whatever it finds. Kernels broken on purpose show that it finds anything.
# oclgrind.sh PART OCLGRIND TEST_OPENCL_KERNELS
#
#   races   races, bounds and barriers, of CLBlast's kernels too
#   unset   values that nobody has set
#   broken  kernels broken on purpose
set -u
part=$1 oclgrind=$2 program=$3
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
export CLCONV_DEVICE=oclgrind CK_FORK=no
failed=0

# watch CASES OPTION...: the program's exit status; what was found in $folder/log. A cache would
# bring back kernels built with other options.
watch() {
    rm -rf "$folder/cache"
    : >"$folder/log"
    unset CK_RUN_CASE
    [ -z "$1" ] || export CK_RUN_CASE="$1"
    shift
    CLCONV_CACHE_DIR=$folder/cache "$oclgrind" --log "$folder/log" "$@" "$program"
}

# clean CASES OPTION...
clean() {
    watch "$@" || failed=1
    [ -s "$folder/log" ] || return
    head -n 60 "$folder/log"
    failed=1
}

# finds WORDS FILE SED-COMMAND CASE OPTION...: in a copy of the kernels with one line broken, which
# a few of the problems show.
finds() {
    words=$1 file=$2 command=$3
    shift 3
    rm -rf "$folder/cl"
    cp -r "$CLCONV_SOURCE/cl" "$folder/cl"
    sed -i "$command" "$folder/cl/$file"
    if cmp -s "$CLCONV_SOURCE/cl/$file" "$folder/cl/$file"; then
        echo "oclgrind.sh: '$command' changes nothing in $file"
        failed=1
    fi
    CLCONV_TEST_STEP=12 CLCONV_CL_DIR=$folder/cl watch "$@" >"$folder/out" 2>&1
    grep -q "$words" "$folder/log" && return
    echo "oclgrind.sh: '$words' was not found in $file after '$command'"
    head -n 20 "$folder/out" "$folder/log"
    failed=1
}

# The optimiser leaves instructions that the search for unset values does not know. To it, what one
# kernel leaves in global memory for the next is unset: polyphase, winograd and work-groups that
# share sums are left out.
unset_values='--uninitialized --build-options -cl-opt-disable'
case $part in
races)
    clean '' --data-races
    ;;
unset)
    export CLCONV_TEST_WORKSPACE=0
    for case in direct tiled blocked separable box fft depthwise pointwise implicit_gemm im2col; do
        # shellcheck disable=SC2086 # words on purpose
        clean $case $unset_values
    done
    ;;
broken)
    finds 'Read-write data race' tiled.cl '0,/barrier(/s/barrier(.*;/;/' tiled --data-races
    finds 'Invalid write' direct.cl 's/p >= g.p ||//' direct
    finds 'Invalid read' staged.h 's/clamp(g->w - iw,/clamp(g->w + 50 - iw,/' blocked
    finds 'Invalid read' im2col.cl 's/int row =/int row = 1000 +/' im2col
    finds 'divergence' tiled.cl 's/barrier(CLK_LOCAL_MEM_FENCE);/if (lq) &/' tiled
    # shellcheck disable=SC2086
    finds 'Uninitialized value' direct.cl 's/ACC sum = 0;/ACC sum;/' direct $unset_values
    ;;
*)
    echo "oclgrind.sh: no part '$part'" >&2
    exit 2
    ;;
esac
exit $failed

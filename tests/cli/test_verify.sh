#!/bin/sh
# clconv verify: right on the host, a miss where kernels compute wrong, and reasons in words.
. "${0%/*}/harness"

expect whole_list_on_the_host 0 '' "$clconv" verify --all --device host
grep -Eq '^  host +[0-9]{3,} +0 +0 ' stdout || fail 'whole_list_on_the_host: some are missing'
expect one_problem 0 '' "$clconv" verify 1x3x9x7:4x3x3:p1 --device host
same one_problem_twice 2 "$(grep -c '^  host .* right ' stdout)"
same small_integers_are_exact 1 "$(grep -c 'integers .* largest error 0,.*exact$' stdout)"
expect two_problems 0 '' "$clconv" verify 1x1x8x8:1x3x3 1x1x8x8:1x3x3:s2 --device host
if command -v jq >/dev/null; then
    expect json 0 '' "$clconv" verify 1x3x9x7:4x3x3:p1 --device host --json
    same json_verdicts 'passed passed' "$(jq -r '[.[].verdict] | join(" ")' stdout)"
    same json_error 0 "$(jq -r '.[0].error' stdout)"
fi

expect nothing_given 2 'PROBLEM is wanted, or --all' "$clconv" verify
expect problem_and_all 2 'PROBLEM is wanted, or --all' "$clconv" verify --all 1x1x8x8:1x3x3
expect wrong_problem 2 'clconv verify: ' "$clconv" verify 1x1x8x8
expect unknown_algorithm 2 'no algorithm is called nonsense' "$clconv" verify --all -a nonsense
expect unknown_device 1 'host' "$clconv" verify 1x1x8x8:1x3x3 --device no-such-device

device=$(opencl_device)
if [ -n "$device" ]; then
    expect each_device 0 '' "$clconv" verify 1x2x9x7:3x3x3:p1
    grep -q '^host:' stdout || fail 'each_device: not the host'
    same each_device "$("$clconv" devices | sed 1d | wc -l)" "$(grep -c '^[^ ]' stdout)"
    same direct_works 2 "$(grep -F -A 20 "$device" stdout | sed '/^host:/,$d' |
        grep -c '^  direct .* right ')"

    expect impossible_is_no_failure 0 '' "$clconv" verify 1x1x40x40:1x3x3:s40:p1 --device "$device"
    expect not_on_this_device 0 '' "$clconv" verify 1x1x8x8:1x3x3 --device "$device" -a host
    same not_on_this_device 1 "$(wc -l <stdout)"

    expect every_shape 0 '' "$clconv" verify 1x2x9x7:3x3x3:p1 --device "$device" --shapes
    grep -q '^  tiled  *tile 2 .* right ' stdout || fail 'every_shape: not the second of tiled'
    same every_shape_twice "$(grep -c 'integers  right' stdout)" "$(grep -c 'random    right' stdout)"
    expect shapes_of_the_list 0 '' "$clconv" verify 1x2x9x7:3x3x3:p1 1x1x5x5:1x3x3:p1 \
        --device "$device" -a tiled --shapes
    same shapes_of_the_list 1 "$(awk '$1 == "tiled" && $2 >= 8 && $4 == 0' stdout | wc -l)"

    # Kernels that store one more than they computed: whatever finds it, the exit status says so.
    cp -r "$source_folder/cl" wrong
    for file in wrong/*; do
        sed 's/BIAS\[k\]/(BIAS[k] + 1)/g; s/bias\[k\]/(bias[k] + 1)/g' "$file" >changed
        cp changed "$file"
    done
    if cmp -s wrong/direct.cl "$source_folder/cl/direct.cl"; then
        fail 'wrong_kernels: the test could not make them wrong'
    fi
    CLCONV_CL_DIR=$work/wrong
    export CLCONV_CL_DIR
    expect wrong_kernels 1 "again: clconv verify '1x1x8x8:1x3x3' --device '.*' --algorithm direct" \
        "$clconv" verify 1x1x8x8:1x3x3 --device "$device" --algorithm direct
    expect wrong_shapes 1 '1x1x8x8:1x3x3 by tiled, tile 1, on ' \
        "$clconv" verify 1x1x8x8:1x3x3 --device "$device" --algorithm tiled --shapes
    unset CLCONV_CL_DIR
fi

finish

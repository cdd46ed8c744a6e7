#!/bin/sh
# scripts/gpu.sh: its steps are listed, one that fails ends no other, what is done is not done again.
. "${0%/*}/harness"

script=$source_folder/scripts/gpu.sh
expect syntax 0 '' sh -n "$script"
expect syntax_of_steps 0 '' sh -n "$source_folder/bench/gpu/steps.sh"
if command -v shellcheck >/dev/null; then
    expect shellcheck 0 '' shellcheck -e SC1091 "$script" "$source_folder/bench/gpu/steps.sh"
    cat stdout
fi

expect list 0 '' "$script" --list
steps=$(wc -l <stdout)
[ "$steps" -gt 20 ] || fail "list: $steps steps"
# A step is a function of its name, or one of those that a pattern at the end catches.
sed 's/ .*//' stdout | tr - _ | grep -vE '^(networks|batch.*|f16.*|cudnn.*|(tune|sizes|filters|opencv)_.*)$' | while read -r name; do
    grep -q "^step_$name() {" "$source_folder/bench/gpu/steps.sh" || echo "$name"
done >without
same every_step_is_a_function '' "$(cat without)"

expect unknown_step 2 "no step 'sixth'" "$script" sixth
expect unknown_option 2 usage "$script" --sixth
expect minutes_are_a_number 1 'whole number' "$script" --minutes soon

WORK=$work/gpu
CLCONV_DEVICE=host
export WORK CLCONV_DEVICE
unset OUT
build=${clconv%/*}

expect nothing_is_found_yet 0 '' "$script" --build "$build" devices
grep -q '^devices  *not here .*find comes first' stdout || fail 'nothing_is_found_yet: not said'

expect find 0 '' "$script" find
mkdir broken
echo 'exit 1' >broken/clconv
chmod +x broken/clconv
expect a_failure_ends_no_other 1 '' "$script" --build "$work/broken" devices verify
same each_step_has_its_line 'devices failed verify failed' \
    "$(sed 's/  */ /g; s/ [0-9].*//' stdout | tr '\n' ' ' | sed 's/ $//')"

expect a_step 0 '' "$script" --build "$build" devices
grep -q '^devices  *done ' stdout || fail 'a_step: not done'
grep -q '^host:' gpu/results/devices.log || fail 'a_step: its log lacks the host'
tar -tzf gpu/results/results.tar.gz | grep -q devices.log || fail 'a_step: not packed'
same done_once_in_the_list 1 "$(grep -c '^devices' gpu/results/steps.tsv)"

# A limit of a second, and a command that takes longer: tuning will go on, behind all else.
mkdir -p copy/scripts copy/bench/gpu slow
cp "$source_folder/scripts/common.sh" "$script" copy/scripts/
sed 's/^\(# step [^ ]*\)  *[0-9]* s:/\1 1 s:/' "$source_folder/bench/gpu/steps.sh" \
    >copy/bench/gpu/steps.sh
printf '#!/bin/sh\nexec sleep 60\n' >slow/clconv
chmod +x slow/clconv
expect tuning_may_be_cut_off 0 '' copy/scripts/gpu.sh --build "$work/slow" tune-filters
expect nothing_else_may 1 '' copy/scripts/gpu.sh --build "$work/slow" tune-filters images
same tuning_goes_on_behind 'images too long tune-filters cut off' \
    "$(sed 's/  */ /g; s/ [0-9].*//' stdout | tr '\n' ' ' | sed 's/ $//')"

# ---- every step in full, by programs in the place of those that take long: what is asked of them

# play PATH: a program of the tree, whose text is on stdin.
mkdir -p play/bench/gpu play/bench/peers path
play() {
    { echo '#!/bin/sh' && cat; } >"$1"
    chmod +x "$1"
}
play play/clconv <<'EOT'
case "$1 $* " in
plan*) echo '* direct  because' ;;
verify*) echo '  direct 3 0 0 0.1' ;;
tune*) printf 'play\t*\t-\tf32\t-\t1\n' >>"$CLCONV_TUNE" ;;
bench*'--json - '*)
    awk 'BEGIN {
        printf "{\"device\": {\"id\": \"play\", \"driver\": \"1\"}, \"ceilings\": "
        printf "{\"f32_flops_per_second\": 1, \"copy_bytes_per_second\": 1}, \"problems\": ["
    }
    /^[0-9]/ {
        printf "%s{\"problem\": \"\", \"roof_seconds\": 1, \"flops\": 1, \"algorithms\": [{", comma
        printf "\"algorithm\": \"direct\", \"shape\": \"-\", \"chosen\": true, \"outcome\": "
        printf "\"ran\", \"host_seconds\": [2], \"median_seconds\": 2}]}\n"
        comma = ","
    }
    END { print "]}" }' "$2"
    ;;
esac
EOT
for name in facts ptx transfers fault; do
    echo 'echo DEVICE_LOST holds' | play "play/bench/gpu/gpu_$name"
done
for peer in clblast/convgemm opencv/filter2D-strips; do
    play "play/bench/peers/peer_${peer%/*}" <<EOT
[ "\$1" != --version ] || exec echo 'none 1.0'
for problem; do :; done
printf '%s\\t$peer\\t5\\t5\\t5\\t0\\n' "\$problem"
EOT
done
play path/python3 <<EOT
case \$1 in
*/nvidia.py) [ \$# -eq 1 ] || exec echo 'none 1.0' ;;
*) exec '$(python3 -c 'import sys; print(sys.executable)')' "\$@" ;;
esac
while IFS='	' read -r problem variants seconds; do
    for variant in torch torch-tf32 cupy:correlate; do
        printf '%s\\tnvidia/%s\\t5\\t5\\t5\\t0\\n' "\$problem" \$variant
    done
    echo
done
EOT

not_done() {
    "$script" --list | sed 's/ .*//' | while read -r name; do
        grep -q "^$name	done	" gpu/results/steps.tsv || echo "$name"
    done | tr '\n' ' '
}

# compared STEP PATTERN: a row of the step's table.
compared() {
    checks=$((checks + 1))
    grep -Eq "^\| $2" "gpu/results/$1/peers.md" || fail "$1: no row '$2'"
}

if command -v python3 >/dev/null; then
    PATH=$work/path:$PATH PYTHONDONTWRITEBYTECODE=1 expect every_step 0 '' "$script" --again \
        --build "$work/play"
    same all_but_what_needs_the_build 'build tests tests-alone registers ' "$(not_done)"
    networks=$(cat "$source_folder"/bench/shapes/vgg16.txt \
        "$source_folder"/bench/shapes/resnet50.txt \
        "$source_folder"/bench/shapes/mobilenet_v2.txt | grep -c '^[0-9]')
    compared filters 'cudnn-filters .* 2\.50 \|  \| 2\.50 .* 1, reached'
    compared filters 'cupy-gaussians '
    compared cudnn "cudnn \|.* $networks of $networks \| 2\.50 \| 1, reached"
    compared cudnn 'cudnn-tf32 '
    compared cudnn-f16-batch64 'cudnn \|.* 2\.50 \| 0\.8, reached'
    grep -q '"problem": "64x[^"]*:f16' gpu/results/cudnn-f16-batch64/peers.json ||
        fail 'cudnn-f16-batch64: not 64 images in f16'
    compared convgemm 'convgemm .* 2\.50 \| 2, reached'
    compared opencv 'gaussians-strips '
    for side in 8192 16384 32768; do
        compared filters-$side 'cudnn-filters .* 10 of 10 '
        compared filters-$side 'cupy-filters .* 10 of 10 '
        compared opencv-$side 'filters-strips .* 10 of 10 '
        grep -q " bench .*/sizes-$side.txt " gpu/results/sizes-$side.log ||
            fail "sizes-$side: without its set"
        same "problems_of_$side" "$side" \
            "$(sed 's/^1x1x[0-9]*x\([0-9]*\):.*/\1/' gpu/sizes-$side.txt | sort -u)"
    done
    grep -q ' bench .*/f16/vgg16.txt .*--batch 64' gpu/results/f16-batch64.log ||
        fail 'f16-batch64: not 64 images in f16'
fi

# ---- steps as they are, on small problems, where there is a device

CLCONV_DEVICE=$(opencl_device)
[ -n "$CLCONV_DEVICE" ] || finish

# A copy of the list of tests: ctest writes into the folder where it finds one.
mkdir -p tree/bench tree/tests
ln -s "$clconv" tree/clconv
ln -s "$build/bench/gpu" tree/bench/gpu
cp "$build/CTestTestfile.cmake" tree/
cp "$build/tests/CTestTestfile.cmake" tree/tests/
rm gpu/results/wisdom.txt
expect small 0 '' "$script" --build "$work/tree" --quick find facts ptx fault verify tests \
    tests-alone tune-f16 sizes-8192 transfers
[ "$(grep -c '  done  ' stdout)" -ge 9 ] || cat stdout
same small 9 "$(grep -v '^ptx' stdout | grep -c '  done  ')"
grep -q '^cl_khr_fp16: ' gpu/results/facts.log || fail 'facts: nothing on cl_khr_fp16'
grep -q 'not an NVIDIA device\|^.version' gpu/results/ptx.log || fail 'ptx: neither nor'
grep -q '"clconv-bench"' gpu/results/sizes-8192.json || fail 'sizes-8192: no record'

# What was tuned is text for wisdom/nvidia.txt, about all devices like this one, and goes on.
same wisdom_has_its_header 'clconv wisdom 1' "$(head -n 1 gpu/results/wisdom.txt)"
same wisdom_of_all_like_it '*' "$(tail -n +2 gpu/results/wisdom.txt | cut -f 2 | sort -u)"
grep -q '	1x1x64x64:1x3x3:p1	' gpu/results/wisdom.txt || fail 'tune-f16: no line of the problem'
expect tuning_goes_on 0 '' "$script" --build "$work/tree" --quick tune-filters
grep -q ' 0  1x1x64x64:1x3x3' gpu/results/tune-filters.log || fail 'tuning_goes_on: not so'

finish

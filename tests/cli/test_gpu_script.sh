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
sed 's/ .*//' stdout | grep -vE '^(networks|batch.*|f16.*|cudnn.*)$' | while read -r name; do
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

# ---- the programs of bench/gpu, where there is a device

CLCONV_DEVICE=$(opencl_device)
if [ -n "$CLCONV_DEVICE" ]; then
    expect programs_look_at_the_device 0 '' "$script" --build "$build" find facts ptx
    grep -q '^cl_khr_fp16: ' gpu/results/facts.log || fail 'facts: nothing on cl_khr_fp16'
    grep -q 'not an NVIDIA device\|^.version' gpu/results/ptx.log || fail 'ptx: neither nor'
fi

finish

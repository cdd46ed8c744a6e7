#!/bin/sh
# clconv tune: what is measured is kept, goes on where it stopped, and decides.
. "${0%/*}/harness"

CLCONV_TUNE=$work/wisdom.txt
export CLCONV_TUNE
problem=1x1x64x64:1x3x3:same
head='clconv wisdom 1'

expect nothing_to_tune 2 'what is to be tuned' "$clconv" tune
expect unknown_set 2 'did you mean resnet50' "$clconv" tune resnet5
expect wrong_problem 2 '1x1x8x8:1x9' "$clconv" tune 1x1x8x8:1x9
expect list_and_problem 2 'takes no problems' "$clconv" tune --list $problem
expect list_and_forget 2 'no --forget' "$clconv" tune --list --forget
expect list_and_like 2 'for tuning' "$clconv" tune --list --like
expect forget_and_again 2 'for tuning' "$clconv" tune --forget --again
expect no_patience 2 'above 0' "$clconv" tune $problem --patience 0
expect no_images 2 '1 or more' "$clconv" tune $problem --batch 0
expect unknown_device 1 'host' "$clconv" tune $problem -d no-such-device
expect host_has_no_choice 1 'nothing to tune' "$clconv" tune $problem -d host
expect forget_on_the_host 1 'nothing to tune' "$clconv" tune --forget -d host
expect list_of_the_host 0 '' "$clconv" tune --list -d host
expect list_of_sets 0 '' "$clconv" tune --list-sets
grep -q '^quick ' stdout || fail 'list_of_sets: no quick'
absent nothing_of_a_failure wisdom.txt

device=$(opencl_device)
[ -n "$device" ] || finish

expect tune 0 '' "$clconv" tune $problem -d "$device"
grep -Eq "^ +[0-9.]+ +.* [1-9][0-9]*  $problem\$" stdout || fail 'tune: no row, or nothing measured'
same header "$head" "$(head -n 1 wisdom.txt)"
same ceilings 3 "$(cut -f 3,5 wisdom.txt | grep -c '^-	-$')"
same fields 6 "$(tail -n 1 wisdom.txt | tr '\t' '\n' | wc -l)"
grep -q '	1x1x64x64:1x3x3:p1	' wisdom.txt || fail 'tune: no line of the class'
before=$(wc -l <wisdom.txt)

expect goes_on_where_it_was 0 '' "$clconv" tune $problem 1x1x64x64:1x3x3:p1:wrap -d "$device"
same goes_on_where_it_was 2 "$(grep -c ' 0  1x1x64x64:1x3x3' stdout)"
same nothing_is_written_twice "$before" "$(wc -l <wisdom.txt)"

expect list 0 '' "$clconv" tune --list -d "$device"
grep -q ' ms .* 1x1x64x64:1x3x3:p1' stdout || fail 'list: not in it'
if command -v jq >/dev/null; then
    expect list_as_json 0 '' "$clconv" tune --list --json -d "$device"
    jq -e 'any(.problem == "1x1x64x64:1x3x3:p1" and .seconds > 0 and .shipped == false) and
        any(.ceiling == "f32" and .value > 0)' stdout >/dev/null || fail 'list_as_json'
    expect row_as_json 0 '' "$clconv" tune $problem --json -d "$device"
    jq -e 'length == 1 and .[0].measured == 0 and .[0].seconds > 0' stdout >/dev/null ||
        fail 'row_as_json'
fi

# A line made by hand decides, for it is the last and the fastest.
line=$(tail -n 1 wisdom.txt | cut -f 1,2)
printf '%s\t1x1x64x64:1x3x3:p1\tdirect\t-\t1e-9\n' "$line" >>wisdom.txt
expect wisdom_decides 0 '' "$clconv" plan $problem -d "$device"
grep -q '^algorithm  direct:' stdout || fail 'wisdom_decides: not direct'
grep -q '^chosen by  wisdom' stdout || fail 'wisdom_decides: it is not said'
CLCONV_TUNE=off expect switched_off 0 '' "$clconv" plan $problem -d "$device"
grep -q '^chosen by  estimates' stdout || fail 'switched_off: it decides'
CLCONV_TUNE=off expect tune_when_off 1 'switched off' "$clconv" tune $problem -d "$device"
expect other_problems_by_estimate 0 '' "$clconv" plan 1x1x64x72:1x3x3 -d "$device"
grep -q '^chosen by  estimates' stdout || fail 'other_problems_by_estimate: by wisdom'
expect results_by_wisdom_are_right 0 '' "$clconv" verify $problem -d "$device"

expect forget_one 0 'lines forgotten' "$clconv" tune --forget 1x1x64x64:1x3x3:p1 -d "$device"
same forget_one 0 "$(grep -c 1x1x64x64 wisdom.txt)"
same forget_one_only 3 "$(cut -f 3 wisdom.txt | grep -c '^-$')"

# Ended at any moment, the ceilings being known: what is there is whole, and goes on without being measured twice.
timeout -s INT 0.3 "$clconv" tune $problem 1x1x64x72:1x3x3:p1 -d "$device" >stdout 2>stderr
expect after_an_interrupt 0 '' "$clconv" tune $problem 1x1x64x72:1x3x3:p1 -d "$device"
same after_an_interrupt '' "$(grep -Ev "^$head\$|^([^	]+	){5}[0-9.e-]+\$" wisdom.txt)"
same nothing_twice_after_an_interrupt '' "$(cut -f 3,4 wisdom.txt | sort | uniq -d)"

# Odd lines cost a warning; forgetting all writes the file anew, without them.
printf 'odd\n\tline\n' >>wisdom.txt
printf 'other:cpu:x\t1\t1x1x8x8:1x3x3\tdirect\t-\t1\n' >>wisdom.txt
expect odd_lines 0 '2 odd lines are skipped' "$clconv" plan $problem -d "$device"
expect forget_all 0 "$(($(wc -l <wisdom.txt) - 2)) lines forgotten" "$clconv" tune --forget -d "$device"
same other_devices_stay "$head other:cpu:x" "$(cut -f 1 wisdom.txt | tr '\n' ' ' | sed 's/ $//')"
expect no_odd_lines_left 0 '' "$clconv" plan $problem -d "$device"
same no_odd_lines_left '' "$(cat stderr)"

# Of its like a device is known that is a million times as fast, by which its lines are scaled when
# they are read: what a second call leaves out the first has left out.
"$clconv" tune --like 1x1x8x8:1x1x1 -d "$device" >stdout 2>stderr
like=$(tail -n 1 wisdom.txt | cut -f 1,2)
{
    echo "$head"
    printf "$like\t-\t%s\t-\t%s\n" f32 1e18 copy 1e18 launch 1e-11
} >wisdom.txt
for measured in '[1-9][0-9]*' 0; do
    expect tune_for_the_like 0 '' "$clconv" tune --like 1x1x256x256:1x3x3 -d "$device"
    grep -Eq " $measured  1x1x256x256:1x3x3\$" stdout || fail "tune_for_the_like: not $measured"
done

echo 'clconv wisdom 9' >wisdom.txt
expect newer_file_is_not_used 0 'does not begin with' "$clconv" plan $problem -d "$device"
expect newer_file_is_not_written 1 'another version' "$clconv" tune --forget -d "$device"
same newer_file_is_not_written 'clconv wisdom 9' "$(cat wisdom.txt)"
CLCONV_TUNE=$work/missing/wisdom.txt expect no_folder 1 'missing' "$clconv" tune $problem \
    -d "$device"

finish

#!/bin/sh
# clconv bench: a set measured in every form of output, and compare on records made by hand.
. "${0%/*}/harness"

short='--seconds 0.005 --repeats 4'
device=$(opencl_device)

# ---- measurements

# shellcheck disable=SC2086 # words on purpose
{
    expect quick_set 0 '' "$clconv" bench quick $short --verify all --json record.json \
        --html page.html
    cp stdout table
    same quick_set_problems 12 "$(grep -c '^[0-9]*x[0-9]' table)"
    same quick_set_is_checked 0 "$(grep -c 'not checked\|WRONG\|FAILED' table)"
    grep -q 'right' table || fail 'quick_set: nothing was checked'
    grep -q '^ceilings ' table || fail 'quick_set: no ceilings'
    grep -q '^\* ' table || fail 'quick_set: no algorithm is chosen'
    grep -Eq '^1x1x256x256:1x13x13:same:reflect101 gaussian:2 ' table ||
        fail 'quick_set: the kernel of a problem is lost'

    # The host has one algorithm, and so nothing to regret.
    if [ -n "$device" ]; then
        grep -Eq '^  quick +[0-9]+ problems:  geometric mean [0-9.]+, worst ' table ||
            fail 'quick_set: no regret of the set'
        grep -Eq '^  all +[0-9]+ problems:' table || fail 'quick_set: no regret of all'
    fi

    expect csv 0 '' "$clconv" bench 1x1x64x64:1x3x3:same '1x2x9x7:2x3x3:s2,1' -d host $short --csv
    same csv_lines 3 "$(wc -l <stdout)"
    same csv_columns 26 "$(head -n 1 stdout | tr ',' '\n' | wc -l)"
    grep -q '^,,"1x2x9x7:2x3x3:s2,1",,host,1,ran,[34],' stdout || fail 'csv: not quoted, or no samples'
    same csv_quartiles_of_either_clock '' "$(sed 's/"[^"]*"//g' stdout |
        awk -F, 'NR > 1 && !(0 < $12 && $12 <= $11 && $11 <= $13 &&
            0 < $16 && $16 <= $15 && $15 <= $17)')"
    expect csv_of_what_did_not_run 0 '' "$clconv" bench 1x1x64x64:1x3x3:s2 -d "${device:-host}" \
        -a host,direct,winograd $short --csv
    same csv_of_what_did_not_run '' "$(sed 's/"[^"]*"//g' stdout | awk -F, 'NF != 26')"

    printf '# mine\n\n  1x1x20x20:1x3x3 0,1,0;1,1,1;0,1,0 # a cross\n1x1x9x9:1x3x3\n' >mine.txt
    expect set_of_a_file 0 '' "$clconv" bench mine.txt -d host $short --batch 3 --chosen --json -
    grep -q '"problem": "3x1x20x20:1x3x3"' stdout || fail 'set_of_a_file: --batch has no effect'
    grep -q '"kernel": "0,1,0;1,1,1;0,1,0"' stdout || fail 'set_of_a_file: no kernel'
    grep -q '"name": "a cross"' stdout || fail 'set_of_a_file: no name'
    grep -q '"set": "mine"' stdout || fail 'set_of_a_file: no set'
    cp stdout host.json

    # Each run is long beside this, so one is all there is of an algorithm.
    expect one_long_run 0 '' "$clconv" bench 1x1x64x64:1x3x3:same -d host --seconds 0.00000001 \
        --json long.json

    printf '1x1x64x64:1x3x3\n1x1x20x20:1x5x5 0,1,0;1,1,1;0,1,0\n' >other.txt
    expect kernel_of_another_size 1 '3 x 3 taps.*5 x 5' "$clconv" bench other.txt -d host $short \
        --verify no
    grep -q 'not checked' stdout || fail 'verify_no: it is checked'
}

for part in '^</html>$' '<svg ' 'class="dot' 'Roofline' 'class=problem' '<table>' 'color-scheme'; do
    grep -q "$part" page.html || fail "page: no $part"
done
algorithms=$(grep -c '^CC_ALGORITHM' "$source_folder/src/algo/list.inc")
same a_colour_for_each_algorithm "$algorithms" \
    "$(grep -o '\.a[0-9]* { --c: var(--a[0-9]*); }' page.html | sort -u | wc -l)"
grep -Eq 'https?:|<script|@import|url\(' page.html && fail 'page: it needs something else'
if command -v jq >/dev/null; then
    [ -z "$device" ] || jq -e '.regret | .worst >= .geometric_mean and .sets[0].set == "quick" and
        .sets[0].problems == .problems and
        (.losing_over_10_percent | all(.loss > 1.1 and .chosen != .best))' record.json >/dev/null ||
        fail 'regret in the record'
    for file in record.json host.json long.json; do
        same "schema of $file" 'clconv-bench 1' "$(jq -r '"\(.schema) \(.version)"' "$file")"
        jq -e '.ceilings.f32_flops_per_second > 0 and (.date | length) == 20 and
            (.device.id | length) > 0 and (.command | startswith("clconv bench "))' "$file" \
            >/dev/null || fail "head of $file"
        jq -e '[.problems[].algorithms[] | select(.outcome == "ran")] | length > 0 and
            all((.device_seconds | length) == (.host_seconds | length) and
                (.host_seconds | length) >= 1 and (.host_seconds | min) > 0 and
                .f32_flops_per_second_beside > 0 and .copy_bytes_per_second_beside >= 0 and
                .result != "wrong")' "$file" >/dev/null || fail "measurements of $file"
    done
    if [ -n "$device" ]; then
        expect copies_beside 0 '' "$clconv" bench 1x1x1024x1024:1x1x1 -d "$device" --chosen \
            --verify all --seconds 0.01 --json beside.json
        same copies_beside 'true right' "$(jq -r '.problems[0].algorithms[0] |
            "\(.copy_bytes_per_second_beside > 0) \(.result)"' beside.json)"
    fi
    same one_long_run 1 "$(jq '.problems[0].algorithms[0].host_seconds | length' long.json)"
fi

expect list_of_sets 0 '' "$clconv" bench --list-sets
for set in quick images gaussians resnet50 vgg16 mobilenet_v2 odd; do
    grep -q "^$set .*[0-9] problems: " stdout || fail "list_of_sets: no $set"
done

expect unknown_set 2 'did you mean resnet50' "$clconv" bench resnet5
expect wrong_problem 2 '1x1x8x8:1x9' "$clconv" bench 1x1x8x8:1x9
expect wrong_line 2 'wrong.txt: line 2: ' sh -c "printf '1x1x8x8:1x3x3\nx\n' >wrong.txt &&
    '$clconv' bench wrong.txt"
expect too_many_words_in_a_line 2 'line 1: a PROBLEM' sh -c "printf '1x1x8x8:1x3x3 box:3 x\n' \
    >wrong.txt && '$clconv' bench wrong.txt"
expect empty_set 2 'no problem in it' sh -c "echo '# nothing' >empty.txt &&
    '$clconv' bench empty.txt"
expect unknown_algorithm 2 'no algorithm is called drect' "$clconv" bench -a direct,drect
expect unknown_verify 2 'no, some or all' "$clconv" bench --verify maybe
expect chosen_and_named 2 'exclude each other' "$clconv" bench --chosen -a direct
expect two_for_stdout 2 'both want stdout' "$clconv" bench --csv --json -
expect no_time 2 'above 0' "$clconv" bench --seconds 0
expect no_images 2 'batch 0: 1 or more' "$clconv" bench --batch 0
expect no_such_folder 1 'its folder is not there' "$clconv" bench --json missing/record.json
expect unknown_device 1 'host' "$clconv" bench quick --device no-such-device --html never.html
absent nothing_of_a_failure never.html
no_leftovers nothing_of_a_failure .

# ---- comparisons

# record FILE SAMPLES [PROBLEM [CLOCK [VERSION]]]
record() {
    cat >"$1" <<END
{"schema": "clconv-bench", "version": ${5:-1}, "clock": "${4:-device}", "device": {"id": "d"},
 "problems": [{"problem": "${3:-1x1x8x8:1x3x3}", "algorithms": [
  {"algorithm": "direct", "outcome": "ran", "device_seconds": [$2], "host_seconds": [$2]},
  {"algorithm": "tiled", "outcome": "not possible", "reason": "of \"quotes\""}]}]}
END
}
record a.json '1.00e-3, 1.02e-3, 1.01e-3, 1.03e-3, 0.99e-3'
record slower.json '1.30e-3, 1.32e-3, 1.31e-3, 1.33e-3, 1.29e-3'
record noisy.json '0.95e-3, 1.32e-3, 1.31e-3, 1.00e-3, 1.01e-3, 1.40e-3'
record a_bit_slower.json '1.06e-3, 1.07e-3, 1.06e-3, 1.08e-3, 1.05e-3'

expect with_itself 0 '' "$clconv" bench compare record.json record.json
grep -q ' 0 faster, 0 slower' stdout || fail 'with_itself: something changed'
expect slower 1 '' "$clconv" bench compare a.json slower.json
grep -Eq '^ *1\.0100 +1\.3100 +1\.297  slower ! direct ' stdout || fail 'slower: not shown'
expect faster 0 '' "$clconv" bench compare slower.json a.json
grep -Eq '0\.771  faster' stdout || fail 'faster: not shown'
expect below_the_limit 0 '' "$clconv" bench compare a.json slower.json --limit 1.3
expect a_bit_slower 0 '' "$clconv" bench compare a.json a_bit_slower.json
grep -q ' 1 slower' stdout || fail 'a_bit_slower: not counted'
expect a_bit_slower_than_allowed 1 '' "$clconv" bench compare a.json a_bit_slower.json --limit 1.02
expect noise_is_no_change 0 '' "$clconv" bench compare a.json noisy.json --limit 1
grep -q '  same ' stdout || fail 'noise_is_no_change: it is taken for one'
expect compare_as_json 1 '' "$clconv" bench compare a.json slower.json --json
if command -v jq >/dev/null; then
    same compare_as_json '1 slower' "$(jq -r '"\(.above_limit) \(.measurements[0].change)"' stdout)"
fi

record other.json '1e-3' 1x1x9x9:1x3x3
record by_host.json '1e-3' 1x1x8x8:1x3x3 host
record newer.json '1e-3' 1x1x8x8:1x3x3 device 2
echo '{"schema": "other"}' >foreign.json
echo '{"schema": "clconv-bench",}' >comma.json
printf '{"a": 1, "a": 2}' >twice.json
printf '{"a": 01}' >octal.json
printf '[1] x' >behind.json
printf '"\\ud800"' >half.json
expect nothing_in_common 2 'no measurement in common' "$clconv" bench compare a.json other.json
expect two_clocks 2 'no ratio' "$clconv" bench compare a.json by_host.json
expect newer_version 2 'version 2' "$clconv" bench compare a.json newer.json
expect foreign_record 2 'no record' "$clconv" bench compare a.json foreign.json
expect missing_record 2 'No such file' "$clconv" bench compare a.json missing.json
expect trailing_comma 2 'line 1, column 27' "$clconv" bench compare comma.json a.json
expect key_twice 2 'there before' "$clconv" bench compare twice.json a.json
expect leading_zero 2 'no JSON' "$clconv" bench compare octal.json a.json
expect more_behind 2 'nothing more' "$clconv" bench compare behind.json a.json
expect half_a_character 2 'second half' "$clconv" bench compare half.json a.json
expect one_record 2 'missing' "$clconv" bench compare a.json
expect limit_below_one 2 '1 or more' "$clconv" bench compare a.json a.json --limit 0.9

finish

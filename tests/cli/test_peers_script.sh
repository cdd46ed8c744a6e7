#!/bin/sh
# bench/peers/run.py: what it compares is right, what is missing is said, and a record says both.
# bench/peers/start.py: what it starts and counts.
. "${0%/*}/harness"

command -v python3 >/dev/null || {
    echo 'no python3'
    exit 77
}
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
peers=$source_folder/bench/peers
short='--seconds 0.002 --rounds 1'
mkdir no-numpy # and so no NVIDIA, where there is one
echo 'raise ImportError' >no-numpy/numpy.py
PYTHONPATH=$work/no-numpy
export PYTHONPATH

# run_peers ARGUMENT...: on a build that has this command, and no peer but those put there below.
mkdir -p build/bench/peers
ln -s "$clconv" build/clconv
CLCONV_PROC_STAT=$work/stat # of a machine that is not disturbed
export CLCONV_PROC_STAT
echo 'cpu 0 0 0 0 0 0 0 0 0 0' >stat
run_peers() {
    # shellcheck disable=SC2086 # words on purpose
    python3 "$peers/run.py" --build build $short "$@"
}

# says RISK EXPRESSION: it holds for r, the record in out.
says() {
    checks=$((checks + 1))
    python3 -c 'import json, sys
r = json.load(open("out/peers.json"))
sys.exit(not eval("(" + sys.argv[1] + ")"))' "$2" || fail "$1: not so: $2"
}

# What needs libraries that are not here is at least Python.
for file in "$peers"/*.py; do
    expect "syntax_of_${file##*/}" 0 '' \
        python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$file"
done

expect rows 0 '' run_peers --list
for row in filters networks convgemm cudnn cudnn-filters cupy-filters bandwidth fma; do
    grep -q "^$row " stdout || fail "rows: no $row"
done

expect nothing_to_do 1 'nothing to do' run_peers
expect unknown_row 1 "no row 'sixth'; there are filters, " run_peers --row sixth
expect unknown_peer 1 "no peer 'sixth'; there are opencv, " \
    run_peers --problem 1x1x8x8:1x3x3 --peer sixth
expect unknown_set 1 'no problem set .*/sixth.txt' run_peers --set sixth --peer opencv
expect unknown_file 1 'no problem set missing.txt' run_peers --set missing.txt --peer opencv
expect nothing_matches 1 'no problem matches' run_peers --problem 1x1x8x8:1x3x3 --match sixth
expect no_command 1 'no clconv at missing/clconv' run_peers --problem 1x1x8x8:1x3x3 --build missing
absent nothing_of_a_failure out

# ---- clconv itself, and no peer: only its own rows have figures

cat >mine.txt <<'EOT'
# mine

1x1x512x512:1x3x3:same        # plain
1x1x40x40:1x7x7:same gaussian:1 # soft
EOT
expect no_peers 0 'clblast is missing: not built: on Debian install libclblast-dev' \
    run_peers --set mine.txt --row convgemm --row cudnn-filters --row bandwidth --row fma --out out
cp stdout printed
grep -q 'nvidia is missing: needs an NVIDIA GPU' stderr || fail 'no_peers: not said of nvidia'
grep -q '^- clblast is missing: not built' out/peers.md || fail 'no_peers: not in the record'
grep -q '^| cudnn-filters | .*, missing | 0 of 2 |' out/peers.md || fail 'no_peers: not in the row'
same printed_is_the_record '' "$(diff printed out/peers.md)"
says missing '"libclblast-dev" in r["missing"]["clblast"] and r["peers"] == {} and
    [w["row"] for w in r["rows"] if "missing" in w] == ["convgemm", "cudnn-filters"]'
says not_compared 'all(w["compared"] == 0 and w["mean"] is None for w in r["rows"][:2])'
says ours_is_measured '[p["name"] for p in r["problems"]] == ["plain", "soft"] and
    all(p["clconv"]["median"] > 0 and p["peers"] == {} for p in r["problems"])'
says head 'r["version"] == 1 and len(r["date"]) == 20 and r["device"]["id"] and
    r["ceilings"]["f32_flops_per_second"] > 0 and "--set mine.txt" in r["command"]'
# The host's loops are not held against a ceiling. Elsewhere one of the two bounds a problem.
if [ -n "$(opencl_device)" ]; then
    says ceilings 'sum(w["compared"] for w in r["rows"][2:]) >= 1 and
        all(w["mean"] > 0 for w in r["rows"][2:] if w["compared"])'
fi

# ---- programs in their places, whose times are known: clconv's problem takes 2 seconds, and it runs
# as often as the file runs has lines, at the rate that the line says

play() {
    { echo '#!/bin/sh' && cat; } >"$1"
    chmod +x "$1"
}
play build/known <<'END'
left=$(wc -l <runs)
[ "$left" -gt 0 ] || exit 9
read -r rate <runs
sed -i 1d runs
echo '{"device": {"id": "known", "driver": "1"}, "problems": [{"problem": "",
    "roof_seconds": '"$(echo "$rate" | awk '{ print 1 / $1 }')"',
    "algorithms": [{"algorithm": "direct", "shape": "-", "chosen": true, "outcome": "ran",
    "host_seconds": [3, 1, 2], "median_seconds": 1,
    "f32_flops_per_second_beside": '$((2 * rate))'}], "flops": 1}],
    "ceilings": {"f32_flops_per_second": '"$rate"', "copy_bytes_per_second": 1}}'
END
play build/bench/peers/peer_clblast <<'END'
[ "$1" != --version ] || exec echo 'none 1.0'
for problem; do :; done
case $problem in
*7x7*) printf '%s\tclblast/convgemm\t-\tnot of 7 x 7\n' "$problem" ;;
*) printf '%s\tclblast/convgemm\t5\t4\t5\t0\n' "$problem" ;;
esac
END
known="--row convgemm --set mine.txt --chunk 1 --clconv build/known --out out"

printf '1\n2\n' >runs
# shellcheck disable=SC2086 # words on purpose
expect a_peer 0 '' run_peers $known --goal 2 --batch 2
says versions 'r["peers"] == {"clblast": "none 1.0"} and r["missing"] == {}'
says ratio '[(w["compared"], w["mean"], w["worst_problem"]) for w in r["rows"]]
    == [(1, 2.5, "plain")]'
says batch 'r["problems"][0]["problem"] == "2x1x512x512:1x3x3:same"'
says reason 'r["rows"][0]["not_compared"] == [["clblast", "not of 7 x 7", ["soft"]]]'
grep -q '^| convgemm | .*| 1 of 2 | 2.50 | 2, reached | ' out/peers.md || fail 'a_peer: no goal'

printf '1\n2\n4\n' >runs
# shellcheck disable=SC2086 # words on purpose
expect rates_that_differ_from_run_to_run 0 '' run_peers $known --row fma --match plain --rounds 3
says rates_that_differ_from_run_to_run '
    [(w["compared"], w["mean"]) for w in r["rows"][1:]] == [(1, 0.25)]'

printf '1\n' >runs
# shellcheck disable=SC2086 # words on purpose
expect what_came_before_the_end_is_kept 1 'known ends with 9' run_peers $known
says what_came_before_the_end_is_kept '
    [bool(p["clconv"]) for p in r["problems"]] == [True, False] and r["rows"][0]["compared"] == 1 and
    r["rows"][0]["not_compared"] == [["clconv", "not measured: the run ended before", ["soft"]]]'

# Copies between its buffers would take half of its second; by the roof it would be all of it.
echo '1x1x512x512:1x3x3:same # grey f32 3x3' >grey.txt
play build/known <<'END'
echo '{"device": {"id": "known", "driver": "1"}, "problems": [{"problem": "", "roof_seconds": 1,
    "algorithms": [{"algorithm": "direct", "shape": "-", "chosen": true, "outcome": "ran",
    "host_seconds": [1], "median_seconds": 1, "f32_flops_per_second_beside": 4,
    "copy_bytes_per_second_beside": 16}], "flops": 1, "bytes": 8}],
    "ceilings": {"f32_flops_per_second": 4, "copy_bytes_per_second": 8}}'
END
expect copies_of_the_same_buffers 0 '' run_peers --row bandwidth --row fma --set grey.txt --chunk 1 \
    --clconv build/known --out out
says copies_of_the_same_buffers '[(w["compared"], w["mean"]) for w in r["rows"]] ==
    [(1, 0.5), (0, None)]'

# The host takes half of the time of the run in which clconv takes 9 seconds, and of no other.
play build/known <<'END'
read -r seconds ticks <runs || exit 9
sed -i 1d runs
echo "cpu $ticks 0 0 0 0 0 0 $ticks 0 0" >stat
echo '{"device": {"id": "known", "driver": "1"}, "problems": [{"problem": "", "roof_seconds": 1,
    "algorithms": [{"algorithm": "direct", "shape": "-", "chosen": true, "outcome": "ran",
    "host_seconds": ['"$seconds"'], "median_seconds": 1}], "flops": 1}],
    "ceilings": {"f32_flops_per_second": 1, "copy_bytes_per_second": 1}}'
END
printf '9 100\n2 100\n' >runs
# shellcheck disable=SC2086 # words on purpose
expect disturbed_by_the_host 0 '' run_peers $known --match plain
says disturbed_by_the_host 'r["problems"][0]["clconv"]["rounds"] == [2] and
    r["problems"][0]["clconv"]["stolen"] == [0] and r["rows"][0]["mean"] == 2.5'
printf '9 200\n9 300\n' >runs
# shellcheck disable=SC2086 # words on purpose
expect disturbed_all_the_time 0 '' run_peers $known --match plain
says disturbed_all_the_time 'r["problems"][0]["clconv"]["stolen"] == [0.5] and r["stolen"] == 0.5'
grep -q 'that programs wanted the host took 50 %' out/peers.md ||
    fail 'disturbed_all_the_time: not said'

# The host takes half of the time of the search and of the round in which the peer takes 9 seconds.
play build/bench/peers/peer_clblast <<'END'
[ "$1" != --version ] || exec echo 'none 1.0'
read -r seconds ticks <theirs || exit 9
sed -i 1d theirs
echo "cpu $ticks 0 0 0 0 0 0 $ticks 0 0" >stat
printf 'problem\tclblast/convgemm\t%s\t4\t5\t0\n' "$seconds"
END
printf '2 500\n2 600\n' >runs
printf '5 500\n5 500\n9 600\n8 600\n' >theirs
# shellcheck disable=SC2086 # words on purpose
expect peer_disturbed_by_the_host 0 '' run_peers $known --match plain
says peer_disturbed_by_the_host '
    r["problems"][0]["peers"]["clblast/convgemm"]["rounds"] == [8] and r["rows"][0]["mean"] == 4'
same peer_disturbed_by_the_host '0 0' "$(wc -l <runs) $(wc -l <theirs)"

# ---- bench/peers/start.py

start() {
    python3 "$peers/start.py" --clconv "$clconv" --device host "$@"
}
expect start 0 '' start --runs 2 --empty 1 --kernel identity
grep -q 'the host took [0-9]* %' stdout || fail 'start: nothing of the host'
for state in 'warm | 2' 'empty | 1'; do
    grep -q "^| identity | $state | [0-9.]* | [0-9.]* | [0-9.]* |" stdout || fail "start: no $state"
done
expect start_of_what_fails 1 "filter .* ends with [1-9].*sixth" start --kernel sixth
expect start_never 2 '--runs has to be 1 or more' start --runs 0
expect start_of_nothing 2 'no clconv at missing; give --clconv' start --clconv missing
play counts <<'END'
ls "$CLCONV_CACHE_DIR" "${POCL_CACHE_DIR:-$CLCONV_CACHE_DIR}" | grep -c kernel >>counted
: >"$CLCONV_CACHE_DIR/kernel"
END
expect start_with_either_cache 0 '' env POCL_CACHE_DIR="$work" \
    python3 "$peers/start.py" --clconv ./counts --runs 2 --empty 2 --kernel identity
same start_with_either_cache '0 0 0 2 2' "$(tr '\n' ' ' <counted | sed 's/ $//')"
play slow <<'END'
sleep 0.16
END
expect start_record 0 '' python3 "$peers/start.py" --clconv ./slow --runs 2 --empty 1 \
    --kernel identity --out started
grep -q '^| identity | warm | 2 | .* | 0.15, missed |$' started/start.md ||
    fail 'start_record: the goal of a warm cache'
grep -q '^| identity | empty | 1 | .* | 2.5, reached |$' started/start.md ||
    fail 'start_record: the goal of an empty one'
same start_record_has_every_run '2 1' "$(python3 -c 'import json
print(*[len(row["seconds"]) for row in json.load(open("started/start.json"))["rows"]])')"

finish

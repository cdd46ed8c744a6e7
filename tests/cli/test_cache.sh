#!/bin/sh
# clconv cache: the folder, what is in it, damage, and nothing removed that is not ours.
. "${0%/*}/harness"

CLCONV_CACHE_DIR=$work/cache
export CLCONV_CACHE_DIR
expect path 0 '' "$clconv" cache path
same path "$work/cache" "$(cat stdout)"
expect empty 0 '' "$clconv" cache list
grep -q '^ *0  bytes in all' stdout || fail 'empty: something is in it'
expect clear_of_nothing 0 '0 files removed' "$clconv" cache clear
expect warm_wrong_problem 2 'nonsense' "$clconv" cache warm nonsense
expect warm_the_host 0 'algorithms ready' "$clconv" cache warm 1x1x8x8:1x3x3 --device host

device=$(opencl_device)
if [ -n "$device" ]; then
    expect warm 0 '[1-9][0-9]* algorithms ready' "$clconv" cache warm 1x1x8x8:1x3x3 -d "$device"
    expect list 0 '' "$clconv" cache list
    grep -q 'program ' stdout || fail 'list: no program'
    grep -q 'verdict ' stdout || fail 'list: no verdict'
    entries=$(($(wc -l <stdout) - 1))
    if command -v jq >/dev/null; then
        expect json 0 '' "$clconv" cache list --json
        same json "$entries" "$(jq length stdout)"
    fi
    # Each file damaged in another way; all are rebuilt, and none reaches the driver.
    n=0
    for file in "$work"/cache/*; do
        [ -f "$file" ] || continue
        n=$((n + 1))
        case $((n % 3)) in
        0) : >"$file" ;;
        1) head -c 100 "$file" >cut && cat cut >"$file" ;;
        2) printf 'damaged' | dd of="$file" bs=1 seek=200 conv=notrunc 2>/dev/null ;;
        esac
    done
    expect damage_is_seen 0 '' "$clconv" cache list
    same damage_is_seen "$n" "$(grep -c damaged stdout)"
    expect damage_is_survived 0 '' "$clconv" verify 1x1x8x8:1x3x3 --device "$device"
    expect damage_is_repaired 0 '' "$clconv" cache list
    same damage_is_repaired 0 "$(grep -c damaged stdout)"
    # PoCL keeps a cache of its own in our folder, and dies of a shared object that was cut short.
    if [ -d "$work/cache/pocl" ] && [ -z "${POCL_CACHE_DIR:-}" ]; then
        find "$work/cache/pocl" -type f -size +2k >objects
        while read -r file; do
            head -c 2000 "$file" >cut && cat cut >"$file"
        done <objects
        expect damaged_driver_cache 0 '' "$clconv" verify 1x1x8x8:1x3x3 --device "$device"
        same damaged_driver_cache 0 "$(grep -c -e WRONG -e FAILED stdout)"
    fi
    echo mine >"$work/cache/notes.txt"
    expect clear 0 "^clconv cache: [1-9][0-9]* files removed" "$clconv" cache clear
    same clear_leaves_what_is_not_ours mine "$(cat "$work/cache/notes.txt")"
    expect cleared 0 '' "$clconv" cache list
    grep -q '^ *0  bytes in all' stdout || fail 'cleared: something is left'
fi

# A folder that cannot be used costs speed, not the result.
: >"$work/file"
CLCONV_CACHE_DIR=$work/file
expect folder_is_a_file 0 '' "$clconv" verify 1x1x8x8:1x3x3
expect path_of_no_folder 1 'file' "$clconv" cache path

finish

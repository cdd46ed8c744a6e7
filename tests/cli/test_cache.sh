#!/bin/sh
# clconv cache: the folder, what is in it, damage, and nothing removed that is not ours.
. "${0%/*}/harness"

# PoCL keeps a cache of its own: the one that tests share, so that nothing is compiled anew here.
POCL_CACHE_DIR=${CLCONV_CACHE_DIR:-$work/shared}/pocl
CLCONV_CACHE_DIR=$work/cache
export CLCONV_CACHE_DIR POCL_CACHE_DIR
mkdir -p "$POCL_CACHE_DIR"
expect path 0 '' "$clconv" cache path
same path "$work/cache" "$(cat stdout)"
expect empty 0 '' "$clconv" cache list
grep -q '^ *0  bytes in all' stdout || fail 'empty: something is in it'
expect clear_of_nothing 0 '0 files removed' "$clconv" cache clear
expect kernel_of_no_warm 2 'belongs to .cache warm' "$clconv" cache clear -k sharpen
expect warm_unknown_set 2 'did you mean resnet50' "$clconv" cache warm resnet5
expect warm_wrong_problem 2 'nonsense' "$clconv" cache warm nonsense
expect warm_the_host 0 '1x1x8x8:1x3x3: ready' "$clconv" cache warm 1x1x8x8:1x3x3 --device host

# What has been compiled or proved.
entries() {
    find "$work/cache" -name '*.clconv' | wc -l
}

# photo MAGIC SIDE BYTES: of that many bytes a pixel; kernels do not depend on what it shows.
photo() {
    printf '%s\n%d %d\n255\n' "$1" "$2" "$2"
    head -c $(($2 * $2 * $3)) /dev/zero
}

device=$(opencl_device)
if [ -n "$device" ]; then
    # What was built ahead is not built again: nothing new comes into the folder.
    printf '1x1x40x40:1x3x3 box:3 # a name\n1x1x40x40:1x3x3\n1x4x9x9:8x1x1\n' >mine.txt
    expect warm_a_set 0 '1x4x9x9:8x1x1: ready' "$clconv" cache warm mine.txt -d "$device"
    same warm_a_set 3 "$(grep -c ': ready' stderr)"
    warmed=$(entries)
    expect use_what_is_warm 0 '' "$clconv" plan 1x1x40x40:1x3x3 -d "$device"
    expect use_what_is_warm 0 '' "$clconv" plan 1x4x9x9:8x1x1 -d "$device"
    same use_what_is_warm "$warmed" "$(entries)"
    # The first filters of images in grey and in colour wait for no compiler.
    photo P5 512 1 >grey.pgm
    photo P6 2000 3 >colour.ppm
    for kernel in sharpen gaussian:2; do
        expect "warm_$kernel" 0 "$kernel: ready" "$clconv" cache warm -k $kernel -d "$device"
        warmed=$(entries)
        for image in grey.pgm colour.ppm; do
            expect "warm_$kernel" 0 '' "$clconv" filter $image y.npy -k $kernel -d "$device"
            same "warm_${kernel}_of_$image" "$warmed" "$(entries)"
        done
    done
    expect warm_no_preset 1 'nearest is "sharpen"' "$clconv" cache warm -k sharpe -d "$device"
    printf '1x1x40x40:1x3x3 box:5\n' >wrong.txt
    expect warm_kernel_of_another_size 1 '5 x 5 taps' "$clconv" cache warm wrong.txt -d "$device"
    echo 'clconv wisdom 1' >"$work/cache/wisdom.txt"
    expect clear_leaves_wisdom 0 '' "$clconv" cache clear
    same clear_leaves_wisdom 'clconv wisdom 1' "$(cat "$work/cache/wisdom.txt")"
    expect warm 0 '1x1x8x8:1x3x3: ready' "$clconv" cache warm 1x1x8x8:1x3x3 -d "$device"
    expect list 0 '' "$clconv" cache list
    grep -q 'program ' stdout || fail 'list: no program'
    grep -q 'verdict ' stdout || fail 'list: no verdict'
    listed=$(($(wc -l <stdout) - 1))
    if command -v jq >/dev/null; then
        expect json 0 '' "$clconv" cache list --json
        same json "$listed" "$(jq length stdout)"
    fi
    # Each file damaged in another way; all are rebuilt, and none reaches the driver.
    n=0
    for file in "$work"/cache/*.clconv; do
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
    # Without a folder of its own it keeps it in ours, and dies of a shared object that was cut short.
    unset POCL_CACHE_DIR
    verify="$clconv verify 1x1x8x8:1x3x3 -a direct --device"
    expect clear_leaves_what_pocl_was_given 0 '' "$clconv" cache clear
    # shellcheck disable=SC2086 # words on purpose
    expect driver_cache_in_our_folder 0 '' $verify "$device"
    if [ -d "$work/cache/pocl" ]; then
        find "$work/cache/pocl" -type f -size +2k >objects
        same something_to_damage yes "$([ -s objects ] && echo yes)"
        while read -r file; do
            head -c 2000 "$file" >cut && cat cut >"$file"
        done <objects
        # shellcheck disable=SC2086
        expect damaged_driver_cache 0 '' $verify "$device"
        same damaged_driver_cache 0 "$(grep -c -e WRONG -e FAILED stdout)"
    fi
    echo mine >"$work/cache/notes.txt"
    expect clear 0 "^clconv cache: [1-9][0-9]* files removed" "$clconv" cache clear
    same clear_leaves_what_is_not_ours mine "$(cat "$work/cache/notes.txt")"
    absent clear_takes_the_driver_cache_along "$work/cache/pocl/"*/*
    expect cleared 0 '' "$clconv" cache list
    grep -q '^ *0  bytes in all' stdout || fail 'cleared: something is left'
fi

# A folder that cannot be used costs speed, not the result.
: >"$work/file"
CLCONV_CACHE_DIR=$work/file
expect folder_is_a_file 0 '' "$clconv" verify 1x1x8x8:1x3x3
expect path_of_no_folder 1 'file' "$clconv" cache path

finish

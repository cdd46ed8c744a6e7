#!/bin/sh
# clconv devices: the list, the same as JSON, and what it says where there is nothing.
. "${0%/*}/harness"

expect list 0 '' "$clconv" devices
grep -q '^device  *kind ' stdout || fail 'list: no heading'
same host_is_always_there 1 "$(grep -c '^host:' stdout)"
same host_is_last 'host:' "$(tail -n 1 stdout | cut -c 1-5)"
rows=$(($(wc -l <stdout) - 1))

if command -v jq >/dev/null; then
    expect json 0 '' "$clconv" devices --json
    same json_has_every_device "$rows" "$(jq length stdout)"
    same json_ends_with_the_host host "$(jq -r '.[-1].kind' stdout)"
    same json_has_numbers number "$(jq -r '.[0].memory | type' stdout)"
fi

# Each id opens the device that it names.
"$clconv" devices 2>/dev/null | sed '1d; s/  .*//' >ids
while read -r id; do
    expect "id_opens: $id" 0 '' "$clconv" plan 1x1x8x8:1x3x3 --device "$id"
done <ids

expect why 0 '' "$clconv" devices --why
grep -q . stdout || fail 'why: nothing was said'
if command -v jq >/dev/null; then
    expect why_as_json 0 '' "$clconv" devices --why --json
    jq -e .why stdout >/dev/null || fail 'why_as_json: no JSON'
fi

# ---- a machine where nothing is found

mkdir nothing
OCL_ICD_VENDORS=$work/nothing
export OCL_ICD_VENDORS
expect nothing_is_no_failure 0 'devices --why' "$clconv" devices
same nothing_but_the_host 2 "$(wc -l <stdout)"
expect nothing_is_explained 0 '' "$clconv" devices --why
expect default_device_is_the_host 0 '' "$clconv" plan 1x1x8x8:1x3x3
expect missing_device_lists_those_there 1 'host' "$clconv" plan 1x1x8x8:1x3x3 --device gpu

mkdir broken
echo "$work/no-such-driver.so" >broken/broken.icd
if [ -n "$(unset OCL_ICD_VENDORS && opencl_device)" ]; then
    OCL_ICD_VENDORS=$work/broken/
    expect missing_library_is_named 0 '' "$clconv" devices --why
    grep -q 'no-such-driver.so' stdout || fail 'missing_library_is_named: it is not'
fi
unset OCL_ICD_VENDORS

CLCONV_DEVICE=host
export CLCONV_DEVICE
expect environment_names_the_device 0 '' "$clconv" plan 1x1x8x8:1x3x3
grep -q host stdout || fail 'environment_names_the_device: not the host'
CLCONV_DEVICE=no-such-device
expect environment_names_none 1 'no-such-device' "$clconv" plan 1x1x8x8:1x3x3
expect option_beats_the_environment 0 '' "$clconv" plan 1x1x8x8:1x3x3 --device host

finish

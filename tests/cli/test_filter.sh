#!/bin/sh
# clconv filter: numbers worked out by hand, types, borders, strips, and the command line.
# Images are .npy, PGM, PPM and PFM, which every build reads; test_images.sh has the other formats.
. "${0%/*}/harness"

filter() {
    "$clconv" filter "$@" --device host
}
npy x.npy '|u1' '(3, 3)' '\1\2\3\4\5\6\7\10\11'
npy row.npy '|u1' '(1, 3)' '\1\2\3'

# ---- sums, anchors, orientation

expect identity 0 '' filter x.npy y.npy -k identity
same identity '1 2 3 4 5 6 7 8 9' "$(values y.npy u1)"
expect textbook_rows 0 '' filter x.npy y.npy -k '0,1;1,0'
same textbook_rows '6 8 8 12 14 14 12 14 14' "$(values y.npy u1)"
expect anchor_left 0 '' filter row.npy y.npy -k '2x1+0+0:1,10'
same anchor_left '21 32 23' "$(values y.npy u1)"
expect anchor_right 0 '' filter row.npy y.npy -k '2x1+1+0:1,10'
same anchor_right '12 21 32' "$(values y.npy u1)"
expect correlation 0 '' filter row.npy y.npy -k '1,0,0'
same correlation '2 1 2' "$(values y.npy u1)"
expect flip 0 '' filter row.npy y.npy -k '1,0,0' --flip
same flip '2 3 2' "$(values y.npy u1)"
expect flip_takes_the_anchor_along 0 '' filter row.npy y.npy -k '2x1+1+0:1,10' --flip
same flip_takes_the_anchor_along '12 23 32' "$(values y.npy u1)"
expect kernel_larger_than_the_image 0 '' filter x.npy y.npy -k box:31 --border constant --scale 961
same kernel_larger_than_the_image '45 45 45 45 45 45 45 45 45' "$(values y.npy u1)"
npy one.npy '|u1' '(1, 1)' '\7'
for border in constant replicate reflect reflect101 wrap; do
    expect "one_pixel_$border" 0 '' filter one.npy y.npy -k '0,0,0;0,2,0;0,0,0' --border $border
    same "one_pixel_$border" 14 "$(values y.npy u1)"
done

# ---- borders

while read -r border wanted; do
    expect "border_$border" 0 '' filter row.npy y.npy -k '1,1,1' --border "$border"
    same "border_$border" "$wanted" "$(values y.npy u1)"
done <<END
reflect101 5 6 7
replicate 4 6 8
reflect 4 6 8
wrap 6 6 6
constant 3 6 5
constant=10 13 6 15
END
expect border_default_is_reflect101 0 '' filter row.npy y.npy -k '1,1,1'
same border_default_is_reflect101 '5 6 7' "$(values y.npy u1)"
expect border_value 0 '' filter row.npy y.npy -k '1,1,1' --border zero --border-value 20
same border_value '23 6 25' "$(values y.npy u1)"
expect border_value_between_the_steps 0 '' \
    filter row.npy y.npy -k '1,1,1' --border constant --border-value 0.5 --type f32
same border_value_between_the_steps '3.5 6 5.5' "$(values y.npy f4)"
for border in reflect:2:1:1 replicate:1:1:1 wrap:2:3:1; do
    expect "border_two_out_${border%%:*}" 0 '' \
        filter row.npy y.npy -k '1,0,0,0,0' --border "${border%%:*}"
    same "border_two_out_${border%%:*}" "$(echo "${border#*:}" | tr : ' ')" "$(values y.npy u1)"
done

# ---- scale, offset, rounding, saturation, types

npy odd.npy '|u1' '(1, 4)' '\1\3\5\377'
expect half_to_even 0 '' filter odd.npy y.npy -k 0.5
same half_to_even '0 2 2 128' "$(values y.npy u1)"
expect scale_and_offset 0 '' filter odd.npy y.npy -k 1 --scale 2 --offset -3
same scale_and_offset '0 3 7 255' "$(values y.npy u1)"
expect absolute_is_last 0 '' filter odd.npy y.npy -k 1 --scale 2 --offset -9 --abs
same absolute_is_last '7 3 1 255' "$(values y.npy u1)"
expect signed_output 0 '' filter odd.npy y.npy -k -1 --type s16
same signed_output '-1 -3 -5 -255' "$(values y.npy d2)"
expect signed_bytes_saturate 0 '' filter odd.npy y.npy -k -1 --type s8
same signed_bytes_saturate '-1 -3 -5 -128' "$(values y.npy d1)"
expect wide_output_keeps_values 0 '' filter odd.npy y.npy -k 2 --type u16
same wide_output_keeps_values '2 6 10 510' "$(values y.npy u2)"
expect float_output 0 '' filter odd.npy y.npy -k 0.5 --type f32
same float_output '0.5 1.5 2.5 127.5' "$(values y.npy f4)"
expect double_output 0 '' filter odd.npy y.npy -k 0.25 --type f64
same double_output '0.25 0.75 1.25 63.75' "$(values y.npy f8)"
npy s.npy '<i2' '(1, 2)' '\376\377\5\0'
expect input_type_is_kept 0 '' filter s.npy y.npy -k 3
same input_type_is_kept '-6 15' "$(values y.npy d2)"
expect normalize 0 '' filter row.npy y.npy -k '2,4,2' --normalize --type f32
same normalize '1.5 2 2.5' "$(values y.npy f4)"
printf '1 1 4 10\n8\n' >m.mat
expect matrix_scale_and_offset 0 '' filter row.npy y.npy -k @m.mat
same matrix_scale_and_offset '12 14 16' "$(values y.npy u1)"
expect option_beats_the_matrix 0 '' filter row.npy y.npy -k @m.mat --offset 0
same option_beats_the_matrix '2 4 6' "$(values y.npy u1)"

# ---- stride and dilation

expect stride 0 '' filter x.npy y.npy -k identity --stride 2
same stride '1 3 7 9' "$(values y.npy u1)"
same stride '(2, 2)' "$(shape y.npy)"
expect stride_beyond_the_image 0 '' filter x.npy y.npy -k box:3 --stride 100
same stride_beyond_the_image '(1, 1)' "$(shape y.npy)"
npy five.npy '|u1' '(1, 5)' '\1\2\3\4\5'
expect dilation 0 '' filter five.npy y.npy -k '1,0,10' --dilation 2 --border constant
same dilation '30 40 51 2 3' "$(values y.npy u1)"
expect stride_with_dilation 0 '' \
    filter five.npy y.npy -k '1,0,10' --dilation 2 --stride 2 --border constant
same stride_with_dilation '30 51 3' "$(values y.npy u1)"

# ---- presets that take differences: the middle of 1..9 has gx = 8 and gy = 24

middle() {
    values y.npy "$1" | cut -d ' ' -f 5
}
expect sobel_x_plain 0 '' filter x.npy y.npy -k sobel:x --type s16
same sobel_x_plain 8 "$(middle d2)"
expect sobel_y_plain 0 '' filter x.npy y.npy -k sobel:y --type f32
same sobel_y_plain 24 "$(middle f4)"
expect sobel_x_is_not_clipped 0 '' filter x.npy y.npy -k sobel:x
same sobel_x_is_not_clipped 129 "$(middle u1)"
expect sobel_x_turned 0 '' filter x.npy y.npy -k sobel:x --flip
same sobel_x_turned 127 "$(middle u1)"
expect sobel_x_absolute 0 '' filter x.npy y.npy -k sobel:x --flip --abs
same sobel_x_absolute 2 "$(middle u1)"
expect sobel_x_own_scale 0 '' filter x.npy y.npy -k sobel:x --scale 1 --offset 100
same sobel_x_own_scale 108 "$(middle u1)"
expect magnitude_plain 0 '' filter x.npy y.npy -k sobel:magnitude --type f32
same magnitude_plain 25.298222 "$(middle f4)"
expect magnitude_u8 0 '' filter x.npy y.npy -k sobel:magnitude
same magnitude_u8 6 "$(middle u1)"
expect white_stays_white 0 '' filter x.npy wide.npy -k identity --type u16
same white_stays_white '257 514 771 1028 1285 1542 1799 2056 2313' "$(values wide.npy u2)"
expect and_on_the_way_back 0 '' filter wide.npy y.npy -k identity --type u8
same and_on_the_way_back '1 2 3 4 5 6 7 8 9' "$(values y.npy u1)"
expect differences_in_16_bits 0 '' filter x.npy y.npy -k sobel:x --type u16
same differences_in_16_bits 33025 "$(middle u2)"
expect differences_of_16_bits 0 '' filter wide.npy y.npy -k sobel:x --type u8
same differences_of_16_bits 129 "$(middle u1)"
expect magnitude_in_16_bits 0 '' filter x.npy y.npy -k sobel:magnitude --type u16 --verify
same magnitude_in_16_bits 1625 "$(middle u2)"
expect magnitude_of_doubles 0 '' filter x.npy y.npy -k prewitt:magnitude --type f64
same magnitude_of_doubles 18.973 "$(middle f8 | cut -c 1-6)"
expect magnitude_offset 0 '' filter x.npy y.npy -k sobel:magnitude --scale -1 --offset 5 --abs
same magnitude_offset 20 "$(middle u1)"
npy step.npy '|u1' '(1, 4)' '\0\0\377\377'
expect step_just_fits 0 '' filter step.npy y.npy -k sobel:x
same step_just_fits '128 255 255 128' "$(values y.npy u1)"
expect step_just_fits_downwards 0 '' filter step.npy y.npy -k sobel:x --flip
same step_just_fits_downwards '128 0 0 128' "$(values y.npy u1)"
expect step_is_white 0 '' filter step.npy y.npy -k scharr:magnitude
same step_is_white '0 255 255 0' "$(values y.npy u1)"
expect plain_differences_are_warned_of 0 'no room for negative results' \
    filter step.npy y.npy -k '1,0,-1'
same plain_differences_are_clipped '0 0 0 0' "$(values y.npy u1)"

# ---- bands, and formats of every build

npy rgb.npy '|u1' '(2, 2, 3)' '\1\12\144\2\24\310\1\12\144\2\24\310'
expect bands_do_not_mix 0 '' filter rgb.npy y.npy -k '1,1' --border constant
same bands_do_not_mix '3 30 255 2 20 200 3 30 255 2 20 200' "$(values y.npy u1)"
same bands_do_not_mix '(2, 2, 3)' "$(shape y.npy)"
expect ppm_out 0 '' filter rgb.npy y.ppm -k identity
printf 'P6\n2 2\n255\n\1\12\144\2\24\310\1\12\144\2\24\310' >wanted
cmp -s wanted y.ppm || fail 'ppm_out'
expect ppm_in 0 '' filter y.ppm y.npy -k identity
cmp -s rgb.npy y.npy || same ppm_in '1 10 100 2 20 200 1 10 100 2 20 200' "$(values y.npy u1)"
npy wide.npy '<u2' '(1, 2)' '\1\2\377\377'
expect pgm_of_16_bits 0 '' filter wide.npy y.pgm -k identity
printf 'P5\n2 1\n65535\n\2\1\377\377' >wanted
cmp -s wanted y.pgm || fail 'pgm_of_16_bits'
expect pgm_of_16_bits_in 0 '' filter y.pgm y.npy -k identity
same pgm_of_16_bits_in '513 65535' "$(values y.npy u2)"
printf 'P5 # remark\n# another\n3 1\n100\n\0\62\144' >low.pgm
expect largest_value_becomes_white 0 '' filter low.pgm y.npy -k identity
same largest_value_becomes_white '0 128 255' "$(values y.npy u1)"
printf 'P2\n2 2\n255\n1 2\n3 4\n' >text.pgm
expect pgm_as_text 0 '' filter text.pgm y.npy -k identity
same pgm_as_text '1 2 3 4' "$(values y.npy u1)"
expect pfm 0 '' filter x.npy y.pfm -k identity --type f32
expect pfm_in 0 '' filter y.pfm y.npy -k identity
same pfm_comes_back_upright '1 2 3 4 5 6 7 8 9' "$(values y.npy f4)"
printf 'Pf\n1 2\n1.0\n\100\0\0\0\77\200\0\0' >big.pfm
expect pfm_big_endian 0 '' filter big.pfm y.npy -k identity
same pfm_big_endian '1 2' "$(values y.npy f4)"
expect in_is_out 0 '' filter x.npy x.npy -k 2
same in_is_out '2 4 6 8 10 12 14 16 18' "$(values x.npy u1)"
npy x.npy '|u1' '(3, 3)' '\1\2\3\4\5\6\7\10\11'

# ---- linear light: 188 is half the light of 255

npy light.npy '|u1' '(1, 2)' '\0\377'
expect linear_mean 0 '' filter light.npy y.npy -k '1,1' --normalize --linear
same linear_mean '188 188' "$(values y.npy u1)"
expect plain_mean 0 '' filter light.npy y.npy -k '1,1' --normalize
same plain_mean '128 128' "$(values y.npy u1)"
awk 'BEGIN { print "P2\n256 1\n255"; for (i = 0; i < 256; i++) print i }' >all.pgm
expect linear_round_trip 0 '' filter all.pgm y.npy -k identity --linear
expect plain_copy 0 '' filter all.pgm z.npy -k identity
cmp -s y.npy z.npy || fail 'linear_round_trip: a value changed'
awk 'BEGIN { print "P2\n65536 1\n65535"; for (i = 0; i < 65536; i++) print i }' >all.pgm
expect linear_round_trip_16 0 '' filter all.pgm y.npy -k identity --linear
expect plain_copy_16 0 '' filter all.pgm z.npy -k identity
cmp -s y.npy z.npy || fail 'linear_round_trip_16: a value changed'
expect linear_to_16_bits 0 '' filter light.npy y.npy -k '1,1' --normalize --linear --type u16
same linear_to_16_bits '48192 48192' "$(values y.npy u2 | sed 's/4819[0-9]/48192/g')"
expect linear_offset_is_light 0 '' filter light.npy y.npy -k identity --linear --offset 127.5
same linear_offset_is_light '188 255' "$(values y.npy u1)"
expect linear_border_is_a_stored_value 0 '' \
    filter light.npy y.npy -k '0,0,1' --linear --border constant --border-value 100
same linear_border_is_a_stored_value '255 100' "$(values y.npy u1)"
expect linear_to_floats 1 '--type u8 or u16' filter light.npy y.npy -k box:3 --linear --type f32
expect linear_from_floats 1 'how light is stored' filter big.pfm y.npy -k box:3 --linear --type u8

# ---- strips: blocks that repeat have to give blocks that repeat

block() {
    LC_ALL=C awk 'BEGIN { for (i = 0; i < 300000; i++) printf "%c", 33 + (i * i + 7 * i) % 89 }'
}
block >block
copies=60
{
    printf 'P5\n3000 %d\n255\n' $((copies * 100))
    i=0
    while [ $i -lt $copies ]; do
        cat block
        i=$((i + 1))
    done
} >tall.pgm
expect identity_in_strips 0 '' filter tall.pgm y.pgm -k identity
cmp -s tall.pgm y.pgm || fail 'identity_in_strips: not the same'
expect strips_are_several 0 '' filter tall.pgm y.pgm -k '1,-2,3;0,1,-1;2,0,-3' --abs --json
strips=$(sed -n 's/.*"strips": \([0-9]*\).*/\1/p' stdout)
[ "${strips:-0}" -gt 1 ] || fail "strips_are_several: $strips"
part() {
    tail -c $((300000 * $1)) y.pgm | head -c 300000 | cksum
}
second=$(part 2)
i=3
while [ $i -lt $copies ]; do
    same "strips_$i" "$second" "$(part $i)"
    i=$((i + 1))
done
expect verified_in_strips 0 'largest error 0,' \
    filter tall.pgm y.pgm -k '1,0,-2;0,1,0' --border wrap --offset 100 --verify
for border in constant=7 replicate reflect reflect101; do
    expect "verified_$border" 0 'largest error 0,' \
        filter x.npy y.npy -k '1,2,0;0,3,-1;5,0,1;2,2,2;1,0,0' --border $border --verify --type s16
done

# ---- the best device, and every algorithm that is there

npy_header block.npy 1 "{'descr': '|u1', 'fortran_order': False, 'shape': (100, 3000), }"
cat block >>block.npy
device=$(opencl_device)
if [ -n "$device" ]; then
    for kernel in '1,-2,3;0,1,-1;2,0,-3' sobel:magnitude; do
        expect on_the_host 0 '' filter block.npy host.npy -k "$kernel" --type f32
        expect on_a_device 0 'largest error 0,' \
            "$clconv" filter block.npy device.npy -k "$kernel" --type f32 -d "$device" --verify
        cmp -s host.npy device.npy || fail "on_a_device: $kernel differs from the host"
        for algorithm in direct tiled; do
            expect "by_$algorithm" 0 ", $algorithm," "$clconv" filter block.npy device.npy \
                -k "$kernel" --type f32 -d "$device" --algorithm $algorithm
            cmp -s host.npy device.npy || fail "by_$algorithm: $kernel differs from the host"
        done
    done
    # A kernel that is wrong only beyond what a self-test looks at: --verify sees it, no file.
    mkdir wrong
    cp "$source_folder"/cl/* wrong
    sed 's/sum + bias\[k\]/sum + bias[k] + (q == 2777 \&\& p == 77)/' "$source_folder/cl/direct.cl" \
        >wrong/direct.cl
    grep -q 2777 wrong/direct.cl || fail 'wrong_kernel: the text to change is not there'
    cp x.npy kept.npy
    CLCONV_CL_DIR=$work/wrong
    export CLCONV_CL_DIR
    expect wrong_kernel_unseen 0 '' \
        "$clconv" filter block.npy y.npy -k '1,1' --type f32 -d "$device" --algorithm direct
    expect wrong_kernel 1 'not written: 1 of 300000 values miss.* row 77, column 2777: ' \
        "$clconv" filter block.npy kept.npy -k '1,1' --type f32 -d "$device" -a direct --verify
    unset CLCONV_CL_DIR
    cmp -s x.npy kept.npy || fail 'wrong_kernel: the old output changed'
fi

# ---- the command line

expect no_words 2 'missing' filter
expect no_output 2 'missing' filter x.npy
expect no_kernel 2 '--kernel is missing' filter x.npy y.npy
expect a_word_too_many 2 'too many' filter x.npy y.npy z.npy -k identity
expect unknown_option 2 'did you mean --border' filter x.npy y.npy -k identity --bordr wrap
expect wrong_kernel 2 'is not a number' filter x.npy y.npy -k '1,x'
expect wrong_border 2 'border' filter x.npy y.npy -k identity --border around
expect border_mirror 2 'reflect101' filter x.npy y.npy -k identity --border mirror
expect border_value_alone 2 'belongs to --border constant' \
    filter x.npy y.npy -k identity --border-value 3
expect wrong_type 2 'u9' filter x.npy y.npy -k identity --type u9
expect half_type 2 'f32 holds all' filter x.npy y.npy -k identity --type f16
expect stride_0 2 '1 or more' filter x.npy y.npy -k identity --stride 0
expect dilation_0 2 '1 or more' filter x.npy y.npy -k identity --dilation 0
expect dilation_huge 1 'at most' filter x.npy y.npy -k box:3 --dilation 2000000000
expect scale_0 2 'scale 0' filter x.npy y.npy -k identity --scale 0
expect scale_nan 2 'finite' filter x.npy y.npy -k identity --scale nan
expect sum_0_normalized 2 'add up to 0' filter x.npy y.npy -k sobel:x --normalize
expect unknown_algorithm 2 'nearest' filter x.npy y.npy -k identity --algorithm hots
expect algorithm_of_another_device 1 '' filter x.npy y.npy -k identity --algorithm direct
expect unknown_device 1 'no-such-device' "$clconv" filter x.npy y.npy -k identity -d no-such-device
if command -v jq >/dev/null; then
    expect json 0 '' filter x.npy y.npy -k sobel:x --verify --json
    same json 'host u8 u8 9 0' \
        "$(jq -r '[.algorithm, .input_type, .output_type, .verified, .misses] | join(" ")' stdout)"
fi
odd=$(printf 'caf\351 \303\251 \355\240\200.npy')
cp x.npy "$odd"
expect json_of_a_name_that_is_no_text 0 '' filter "$odd" y.npy -k identity --json
wanted=$(printf 'caf\\ufffd \303\251 \\ufffd\\ufffd\\ufffd.npy')
same json_of_a_name_that_is_no_text 1 "$(grep -cF "$wanted" stdout)"
no_leftovers at_the_end .

finish

#!/bin/sh
# clconv kernels: every preset's taps, and what is said of kernels that are wrong.
. "${0%/*}/harness"

kernels() {
    "$clconv" kernels "$@"
}

# taps KERNEL: its rows, as printed, with single blanks and semicolons between.
taps() {
    "$clconv" kernels "$1" | sed -n '3,/^sum/p' | sed '/^sum/d; /^$/d; s/^ *//; s/ *$//' |
        tr -s ' ' | paste -sd ';' -
}

# ---- presets

expect list 0 '' kernels
for name in box gaussian motion identity sharpen unsharp emboss laplacian log sobel:x sobel:y \
    sobel:magnitude prewitt:x prewitt:y prewitt:magnitude scharr:x scharr:y scharr:magnitude; do
    grep -Eq "^$name([ :[]|\$)" stdout || fail "list: no $name"
done
# Each example of the list is a kernel.
for example in box:5 gaussian:2.5 motion:15,30 identity sharpen unsharp:1.5,0.8 emboss laplacian:8 \
    log:2 sobel:x sobel:y sobel:magnitude prewitt:x prewitt:y prewitt:magnitude scharr:x scharr:y \
    scharr:magnitude; do
    expect "shows_$example" 0 '' kernels "$example"
    grep -Eq "^The output has the input's type .* (The taps add up to|sqrt)" stdout ||
        fail "shows_$example: no reason"
done

same box '0.16667 0.16667 0.16667;0.16667 0.16667 0.16667' "$(taps box:2,3)"
same identity 1 "$(taps identity)"
same sharpen '0 -1 0;-1 5 -1;0 -1 0' "$(taps sharpen)"
same emboss '-2 -1 0;-1 1 1;0 1 2' "$(taps emboss)"
same laplacian_defaults_to_4 '0 1 0;1 -4 1;0 1 0' "$(taps laplacian)"
same laplacian_8 '1 1 1;1 -8 1;1 1 1' "$(taps laplacian:8)"
same sobel_x '-1 0 1;-2 0 2;-1 0 1' "$(taps sobel:x)"
same sobel_y '-1 -2 -1;0 0 0;1 2 1' "$(taps sobel:y)"
same sobel_magnitude_has_both '-1 0 1;-2 0 2;-1 0 1;-1 -2 -1;0 0 0;1 2 1' \
    "$(taps sobel:magnitude)"
same prewitt_x '-1 0 1;-1 0 1;-1 0 1' "$(taps prewitt:x)"
same scharr_y '-3 -10 -3;0 0 0;3 10 3' "$(taps scharr:y)"
# exp(-1/2) = 0.60653: 0.60653^2, 0.60653, 1 over their sum 4.89764
same gaussian '0.075114 0.12384 0.075114;0.12384 0.20418 0.12384;0.075114 0.12384 0.075114' \
    "$(taps gaussian:1,3)"
same gaussian_of_3_sigma_to_each_side 7 "$(taps gaussian:1 | tr ';' '\n' | wc -l | tr -d ' ')"
same motion_to_the_right '0.2 0.2 0.2 0.2 0.2' "$(taps motion:5)"
same motion_upwards '0.33333;0.33333;0.33333' "$(taps motion:3,90)"
same motion_of_45_degrees_rises 'rises' \
    "$(taps motion:3,45 | awk -F '[ ;]' '{ print ($3 > $1 && $7 > $9) ? "rises" : "falls" }')"
# 1 + 0.5 - 0.5 * 0.15924, the middle of a gaussian of 7 x 7
same unsharp_amount 1.4204 "$(taps unsharp:1,0.5 | cut -d ';' -f 4 | cut -d ' ' -f 4)"
for zero in log:1 log:2.5 laplacian sobel:x scharr:magnitude; do
    expect "sum_of_$zero" 0 '' kernels "$zero"
    grep -q '^sum 0;' stdout || fail "sum_of_$zero: not 0"
done
for one in gaussian:3 box:7 motion:9,20 unsharp:2,3 sharpen emboss identity; do
    expect "sum_of_$one" 0 '' kernels "$one"
    grep -q '^sum 1;' stdout || fail "sum_of_$one: not 1"
done

# ---- what the results want to be: a straight step just fits

kernels sobel:x >stdout
grep -Eq '^u8 +0.125 +128$' stdout || fail 'sobel_in_u8'
grep -Eq '^u8 --abs +0.25 +0$' stdout || fail 'sobel_in_u8_absolute'
grep -Eq '^u16 +0.125 +32768$' stdout || fail 'sobel_in_u16'
grep -Eq '^f32 +1 +0$' stdout || fail 'sobel_in_f32_is_the_plain_sum'
kernels emboss >stdout
grep -q 'from 0 to 1 gives 4 at most' stdout || fail 'step_with_the_bright_side_first'
kernels laplacian >stdout
grep -Eq '^u8 +0.5 +128$' stdout || fail 'laplacian_in_u8'
kernels scharr:magnitude >stdout
grep -Eq '^u8 +0.0625 +0$' stdout || fail 'magnitude_in_u8'
kernels gaussian:1 >stdout
grep -Eq '^u8 +1 +0$' stdout || fail 'means_stay_as_they_are'

# ---- kernels in numbers

same rows '0 -1 0;-1 5 -1;0 -1 0' "$(taps '0,-1,0;-1,5,-1;0,-1,0')"
same blanks_and_commas '1 2 3;4 5 6' "$(taps ' 1 2,3 ; 4 , 5	6 ;')"
same newlines '1 2;3 4' "$(taps '1 2
3 4')"
same exponents '0.001 -250 0.5' "$(taps '1e-3 -2.5e2 .5')"
same magick '0 -1 0;-1 5 -1;0 -1 0' "$(taps '3x3: 0,-1,0 -1,5,-1 0,-1,0')"
same magick_holes '1 0 0;2 3 4' "$(taps '3x2:1,nan,-,2,3,4')"
kernels '3x2+2+1:1,2,3,4,5,6' >stdout
grep -q 'anchor row 1, column 2,' stdout || fail 'magick_origin'
kernels '4x3:1 2 3 4 5 6 7 8 9 10 11 12' >stdout
grep -q 'anchor row 1, column 1,' stdout || fail 'anchor_of_an_even_side'

printf '3 2 4 10\n1 2 3\n4 5 6\n' >matrix.mat
same matrix '1 2 3;4 5 6' "$(taps @matrix.mat)"
kernels @matrix.mat >stdout
grep -Eq '^u8 +0.25 +10$' stdout || fail 'matrix_scale_and_offset'
printf '1,2,3\r\n4,5,6\r\n' >rows.csv
same csv '1 2 3;4 5 6' "$(taps @rows.csv)"
printf '1;2\n3;4\n' >rows.txt
same csv_with_semicolons '1 2;3 4' "$(taps @rows.txt)"
printf '2 1\n5 6\n' >rows.csv
same csv_that_looks_like_a_matrix '2 1;5 6' "$(taps @rows.csv)"
npy rows.npy '<f4' '(1, 2)' '\0\0\200\077\0\0\0\300'
same npy '1 -2' "$(taps @rows.npy)"

# ---- JSON

if command -v jq >/dev/null; then
    expect list_as_json 0 '' kernels --json
    same list_as_json 18 "$(jq length stdout)"
    expect one_as_json 0 '' kernels prewitt:magnitude --json
    same one_as_json '2 3 3 0' \
        "$(jq -r '[(.filters | length), .rows, .columns, .sum] | join(" ")' stdout)"
fi

# ---- wrong ones

expect unknown_preset 2 'nearest is "gaussian"' kernels gausian
expect unknown_preset_far_from_all 2 'no preset is called "zzzzzzzz"; `clconv kernels`' \
    kernels zzzzzzzz
expect preset_without_its_direction 2 'one of sobel:x, sobel:y, sobel:magnitude' kernels sobel
expect preset_with_a_wrong_direction 2 'one of scharr:x' kernels scharr:z
expect parameter_missing 2 'SIGMA is missing; it is gaussian:SIGMA\[,SIZE\]' kernels gaussian
expect parameter_no_number 2 'SIGMA "x" is not a number' kernels gaussian:x
expect parameter_out_of_range 2 'SIGMA 0 is not within 0.1 .. 500' kernels gaussian:0
expect parameter_negative 2 'not within' kernels log:-1
expect parameter_too_many 2 'too many numbers' kernels box:3,3,3
expect parameter_where_none_is 2 'takes no number' kernels sharpen:3
expect parameter_empty 2 'is not a number' kernels box:
expect parameter_even_size 2 'odd' kernels gaussian:1,4
expect parameter_fraction 2 'whole' kernels box:2.5
expect neighbours 2 '4 or 8, not 6' kernels laplacian:6
expect too_large 2 '4095' kernels box:5000
expect no_number 2 '"x" is not a number' kernels '1,2;3,x'
tail -n 1 stderr | grep -q '^        ^$' || fail 'no_number: the mark is not under the x'
expect ragged_rows 2 'row 2 has 1 value, row 1 has 2' kernels '1,2;3'
expect value_missing_between 2 'a value is missing' kernels '1,,2'
expect value_missing_at_the_end 2 'a value is missing' kernels '1,2,;3,4,5'
expect nothing 2 'not a single number' kernels ''
expect only_separators 2 'not a single number' kernels ';;'
expect infinite 2 'finite' kernels '1,inf'
expect beyond_f32 2 'finite number within' kernels '1,1e39'
expect no_number 2 'finite number within' kernels 'nan,1;2,3'
expect no_end 2 'finite number within' kernels inf
expect magick_too_few 2 '2 values, but 3 columns x 3 rows take 9' kernels '3x3:1,2'
expect magick_too_many 2 'more values than the 2 x 1' kernels '2x1:1,2,3'
expect magick_origin_outside 2 'outside' kernels '2x2+2+0:1,2,3,4'
expect magick_no_size 2 'expected COLUMNSxROWS' kernels '3x:1'
expect magick_zero 2 'rows and columns are possible' kernels '0x3:1'
expect magick_huge 2 '' kernels '99999999999x3:1'
expect file_missing 1 'No such file' kernels @none
expect file_is_a_folder 1 '' kernels @.
expect file_neither_text_nor_npy 1 'neither text nor .npy' kernels "@$source_folder/data/astronaut.png"
printf '3 3\n1 2 3\n4 5 6\n' >short.mat
expect matrix_too_short 1 'short.mat: line' kernels @short.mat
printf '1 2 3\n4 5 six\n' >word.csv
expect csv_no_number 1 'word.csv: line 2: "six" is not a number' kernels @word.csv
printf '1 1 0\n5\n' >zero.mat
expect matrix_scale_0 1 'must not be 0' kernels @zero.mat
npy cube.npy '|u1' '(2, 2, 2)' '\1\2\3\4\5\6\7\10'
expect npy_of_three_dimensions 1 'shape \(2, 2, 2\)' kernels @cube.npy
npy nan.npy '<f4' '(1, 1)' '\0\0\300\177'
expect npy_nan 1 'not a finite number' kernels @nan.npy
: >empty.csv
expect file_empty 1 'not a single number' kernels @empty.csv

finish

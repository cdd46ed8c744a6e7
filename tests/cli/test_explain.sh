#!/bin/sh
# clconv explain: the worked examples that people learn convolution from, with their published
# numbers, and the figure.
. "${0%/*}/harness"

CLCONV_DEVICE=nothing # explain needs no device
export CLCONV_DEVICE

explain() {
    "$clconv" explain "$@"
}

# result RISK NUMBERS: the matrix behind the last "result:".
result() {
    same "$1" "$2" "$(sed '1,/^result:/d' stdout | tr -s ' \n' ' ' | sed 's/^ //; s/ $//')"
}

# says RISK PATTERN: a line of the explanation.
says() {
    checks=$((checks + 1))
    grep -Eq -e "$2" stdout || fail "$1: no line '$2'"
}

expect three_by_three 0 '' explain --input '1 2 3; 4 5 6; 7 8 9' --filter '0 1; 1 0'
result three_by_three '6 8 12 14'
says size_formula_of_rows 'rows: +floor\(\(3 \+ 0 \+ 0 - 1 \* \(2 - 1\) - 1\) / 1\) \+ 1 = 2$'
says size_formula_of_columns 'columns: +floor\(\(3 \+ 0 \+ 0 - 1 \* \(2 - 1\) - 1\) / 1\) \+ 1 = 2$'
says first_placement '^y\[0\]\[0\]: rows 0 to 1, columns 0 to 1$'
says products_of_a_row '^    1 \* 0 \+ 2 \* 1$'
says products_and_sum '^  \+ 4 \* 1 \+ 5 \* 0 = 6$'
says last_placement '^  \+ 8 \* 1 \+ 9 \* 0 = 14$'
same every_placement 4 "$(grep -c '^y\[' stdout)"

# "Dive into Deep Learning", sections 7.2 and 7.3.
expect d2l_correlation 0 '' explain --input '0 1 2; 3 4 5; 6 7 8' --filter '0 1; 2 3'
result d2l_correlation '19 25 37 43'
expect d2l_padding 0 '' explain --input '0 1 2; 3 4 5; 6 7 8' --filter '0 1; 2 3' --padding 1
result d2l_padding '0 3 8 4 9 19 25 10 21 37 43 16 6 7 8 0'
expect d2l_strides 0 '' explain --input '0 1 2; 3 4 5; 6 7 8' --filter '0 1; 2 3' --padding 1 \
    --stride 3,2
result d2l_strides '0 8 6 8'
says padding_is_shown '\[0\]'

five='1 2 3 0 1; 0 1 2 3 1; 1 2 1 0 0; 2 1 0 1 2; 0 1 2 3 1'
expect vertical_edges 0 '' explain --input "$five" --filter '1 0 -1; 1 0 -1; 1 0 -1'
result vertical_edges '-4 2 4 0 0 0 0 0 0'
says negative_coefficients '1 \* 1 +\+ +2 \* 0 +\+ +3 \* \(-1\)$'

# Dumoulin and Visin, "A guide to convolution arithmetic", figures 1.1 and 2.5: 5x5 by 3x3.
guide='3 3 2 1 0; 0 0 1 3 1; 3 1 2 2 3; 2 0 0 2 2; 2 0 0 0 1'
expect guide_no_padding 0 '' explain --input "$guide" --filter '0 1 2; 2 2 0; 0 1 2'
result guide_no_padding '12 12 17 10 17 19 9 6 14'
expect guide_half_padding 0 '' explain --input "$guide" --filter '0 1 2; 2 2 0; 0 1 2' \
    --padding 1 --stride 2
result guide_half_padding '6 17 3 8 17 13 6 4 4'

# Stanford's deep learning tutorial: a 5x5 picture of zeros and ones.
expect stanford 0 '' explain --input '1 1 1 0 0; 0 1 1 1 0; 0 0 1 1 1; 0 0 1 1 0; 0 1 1 0 0' \
    --filter '1 0 1; 0 1 0; 1 0 1'
result stanford '4 3 4 2 4 3 2 3 4'

# Ng's vertical edge: half light, half dark.
expect half_and_half 0 '' explain --filter '1 0 -1; 1 0 -1; 1 0 -1' --input \
    '10 10 10 0 0 0; 10 10 10 0 0 0; 10 10 10 0 0 0; 10 10 10 0 0 0; 10 10 10 0 0 0; 10 10 10 0 0 0'
result half_and_half '0 30 30 0 0 30 30 0 0 30 30 0 0 30 30 0'

expect four_by_four 0 '' explain --input '1 2 3 4; 5 6 7 8; 9 10 11 12; 13 14 15 16' \
    --filter '1 1 1; 1 1 1; 1 1 1'
result four_by_four '54 63 90 99'

# A convolution of the mathematicians, worked out in many textbooks of signal processing.
expect flipped 0 '' explain --input '1 2 3; 4 5 6; 7 8 9' --filter '-1 -2 -1; 0 0 0; 1 2 1' \
    --extent same --flip
result flipped '-13 -20 -17 -18 -24 -18 13 20 17'
says turned_filter_is_shown '^turned by 180 degrees'

expect seven_by_seven_stride_two 0 '' explain --stride 2 --filter '0 1 0; 1 1 1; 0 1 0' --input \
    '0 0 0 0 0 0 0; 0 1 1 1 1 1 0; 0 0 0 0 1 0 0; 0 0 0 1 0 0 0; 0 0 1 0 0 0 0; 0 1 1 1 1 1 0; 0 0 0 0 0 0 0'
result seven_by_seven_stride_two '2 3 2 0 1 0 2 3 2'

expect impulse_gives_the_turned_filter 0 '' explain --input '0 0 0; 0 1 0; 0 0 0' \
    --filter '1 2 3; 4 5 6; 7 8 9' --extent same
result impulse_gives_the_turned_filter '9 8 7 6 5 4 3 2 1'
expect impulse_gives_the_filter_back 0 '' explain --input '0 0 0; 0 1 0; 0 0 0' \
    --filter '1 2 3; 4 5 6; 7 8 9' --extent same --flip
result impulse_gives_the_filter_back '1 2 3 4 5 6 7 8 9'

expect anchor_of_the_kernel 0 '' explain --input '1 2 3; 4 5 6; 7 8 9' \
    --filter '3x3+0+0:1,0,0,0,0,0,0,0,0' --extent same
result anchor_of_the_kernel '1 2 3 4 5 6 7 8 9'
expect anchor_turns_along 0 '' explain --input '1 2 3; 4 5 6; 7 8 9' \
    --filter '3x3+0+0:1,0,0,0,0,0,0,0,0' --extent same --flip
result anchor_turns_along '1 2 3 4 5 6 7 8 9'

# ---- borders and extents, by the patterns that the documents give for `abcd`

border() {
    expect "border_$1" 0 '' explain --input '1 2 3 4' --filter 1 --padding 0,0,3,3 --border "$1"
    result "border_$1" "$2"
}
border constant=9 '9 9 9 1 2 3 4 9 9 9'
border constant=inf 'inf inf inf 1 2 3 4 inf inf inf'
border replicate '1 1 1 1 2 3 4 4 4 4'
border reflect '3 2 1 1 2 3 4 4 3 2'
border reflect101 '4 3 2 1 2 3 4 3 2 1'
border wrap '2 3 4 1 2 3 4 1 2 3'
says border_is_named 'border wrap'
expect padding_larger_than_the_image 0 '' explain --input '1 2' --filter 1 --padding 0,0,5,5 \
    --border reflect101
result padding_larger_than_the_image '2 1 2 1 2 1 2 1 2 1 2 1'
expect even_filter_same 0 '' explain --input '1 2 3 4' --filter '1 1' --extent same
result even_filter_same '3 5 7 4'
expect even_filter_same_flipped 0 '' explain --input '1 2 3 4' --filter '1 10' --extent same --flip
result even_filter_same_flipped '1 12 23 34'
expect full 0 '' explain --input '1 2 3' --filter '1 1' --extent full
result full '1 3 5 3'
expect dilation 0 '' explain --input '1 2 3 4 5' --filter '1 0 -1' --dilation 2
result dilation '-4'
says dilated_columns 'columns 0, 2, 4$'
expect fractions 0 '' explain --input '0.5 -1.25; 1e3 7' --filter '0.1 2'
result fractions '-2.45 114'
expect presets_are_filters 0 '' explain --input '1 2 3; 4 5 6; 7 8 9' --filter identity
result presets_are_filters '1 2 3 4 5 6 7 8 9'

# ---- the figure

expect figure 0 '' explain --input '1 2 3; 4 5 6; 7 8 9' --filter '0 1; 1 -1' --padding 1 \
    --svg figure.svg
grep -q '^<svg ' figure.svg || fail 'figure: no <svg>'
same cells_of_all_matrices 45 "$(grep -c '<rect x=.* fill="[u#]' figure.svg)"
same padding_is_hatched 16 "$(grep -c 'fill="url(#outside)"' figure.svg)"
if command -v xmllint >/dev/null; then
    expect well_formed 0 '' xmllint --noout figure.svg
fi
expect figure_marks_what_is_asked 0 '' explain --input '1 2 3; 4 5 6; 7 8 9' --filter '0 1; 1 0' \
    --svg figure.svg --at 1,0
grep -q 'y\[1\]\[0\]' figure.svg || fail 'figure_marks_what_is_asked: not y[1][0]'
expect window_outside_of_the_result 2 'rows 0 to 1' explain --input '1 2 3; 4 5 6; 7 8 9' \
    --filter '0 1; 1 0' --at 2,0
expect figure_in_no_folder 1 'folder is not there' explain --input 1 --filter 1 --svg no/figure.svg
if [ -c /dev/full ]; then
    expect figure_on_a_full_disk 1 'No space left' explain --input 1 --filter 1 --svg /dev/full
fi
no_leftovers figure .

# ---- what cannot be explained

expect input_missing 2 'are needed' explain --filter 1
expect filter_missing 2 'are needed' explain --input 1
expect ragged_rows 2 'row 2 has 1 value' explain --input '1 2; 3' --filter 1
expect not_a_number 2 'not a number' explain --input '1 two' --filter 1
expect empty_input 2 'not a single number' explain --input '' --filter 1
expect filter_larger_than_image 2 '' explain --input '1 2' --filter '1 2 3'
expect too_large_to_follow 2 '16 x 16' explain --filter 1 \
    --input '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17'
expect padding_too_large_to_follow 2 'followed by eye' explain --input 1 --filter 1 --padding 33
expect dilation_too_large_to_follow 2 'followed by eye' explain --input 1 --filter '1 1' \
    --dilation 1000000 --extent full
expect two_filters_at_once 2 'single filter' explain --input '1 2 3' --filter sobel:magnitude
expect unknown_border 2 '--border' explain --input 1 --filter 1 --border mirror
expect padding_and_extent 2 'exclude' explain --input 1 --filter 1 --padding 1 --extent full

finish

#!/bin/sh
# clconv conv: shapes and numbers worked out by hand, every form of .npy, and what has to be refused.
. "${0%/*}/harness"

conv() {
    "$clconv" conv "$@" --output y.npy
}
npy x.npy '|u1' '(3, 3)' '\1\2\3\4\5\6\7\10\11'
npy f.npy '|i1' '(2, 2)' '\0\1\1\0'

# ---- numbers and shapes

expect textbook_example 0 '' conv -i x.npy -f f.npy
same textbook_example '6 8 12 14' "$(values y.npy f4)"
same image_stays_an_image '(2, 2)' "$(shape y.npy)"
expect textbook_example_of_bytes 0 '' conv -i x.npy -f f.npy --type u8
same textbook_example_of_bytes '6 8 12 14' "$(values y.npy u1)"
expect full_extent 0 '' conv -i x.npy -f f.npy --extent full
same full_extent '0 1 2 3 1 6 8 6 4 12 14 9 7 8 9 0' "$(values y.npy f4)"
expect same_extent 0 '' conv -i x.npy -f f.npy --extent same
same same_extent '6 8 6 12 14 9 8 9 0' "$(values y.npy f4)"
expect border_replicate 0 '' conv -i x.npy -f f.npy --extent same --border replicate
same border_replicate '6 8 9 12 14 15 15 17 18' "$(values y.npy f4)"
expect border_value 0 '' conv -i x.npy -f f.npy --padding 0,0,0,1 --border constant=10
same border_value '6 8 16 12 14 19' "$(values y.npy f4)"
expect four_paddings 0 '' conv -i x.npy -f f.npy --padding 1,0,2,0 --stride 1,2
same four_paddings '0 1 0 6 0 12' "$(values y.npy f4)"
expect stride 0 '' conv -i x.npy -f f.npy --stride 2
same stride '6' "$(values y.npy f4)"
expect dilation 0 '' conv -i x.npy -f f.npy --dilation 2
same dilation '10' "$(values y.npy f4)"

npy g.npy '|i1' '(2, 2)' '\1\2\3\4'
expect flip_turns_the_filter 0 '' conv -i x.npy -f g.npy --flip
same flip_turns_the_filter '23 33 53 63' "$(values y.npy f4)"
expect correlation_does_not 0 '' conv -i x.npy -f g.npy
same correlation_does_not '37 47 67 77' "$(values y.npy f4)"

npy k.npy '|i1' '(2, 1, 2, 2)' '\0\1\1\0\0\377\377\0'
npy b.npy '|i1' '(2,)' '\1\12'
expect bias_of_each_filter 0 '' conv -i x.npy -f k.npy -b b.npy
same bias_of_each_filter '7 9 13 15 4 2 -2 -4' "$(values y.npy f4)"
same filters_add_a_dimension '(2, 2, 2)' "$(shape y.npy)"
expect activation_after_bias 0 '' conv -i x.npy -f k.npy -b b.npy --activation relu
same activation_after_bias '7 9 13 15 4 2 0 0' "$(values y.npy f4)"
expect nhwc_interleaves_filters 0 '' conv -i x.npy -f k.npy -b b.npy --layout nhwc
same nhwc_interleaves_filters '7 4 9 2 13 -2 15 -4' "$(values y.npy f4)"
same nhwc_interleaves_filters '(2, 2, 2)' "$(shape y.npy)"
expect saturates_below_zero 0 '' conv -i x.npy -f k.npy --type u8
same saturates_below_zero '6 8 12 14 0 0 0 0' "$(values y.npy u1)"

npy x3.npy '|u1' '(1, 3, 3)' '\1\2\3\4\5\6\7\10\11'
npy x4.npy '|u1' '(1, 1, 3, 3)' '\1\2\3\4\5\6\7\10\11'
expect rank_three 0 '' conv -i x3.npy -f f.npy
same rank_three '(1, 2, 2)' "$(shape y.npy)"
expect rank_four 0 '' conv -i x4.npy -f f.npy
same rank_four '(1, 1, 2, 2)' "$(shape y.npy)"

npy c.npy '|u1' '(2, 2, 2)' '\1\2\3\4\12\24\36\50'
expect one_filter_for_each_channel 0 '' conv -i c.npy -f f.npy
same one_filter_for_each_channel '5 50' "$(values y.npy f4)"
same one_filter_for_each_channel '(2, 1, 1)' "$(shape y.npy)"
expect one_filter_for_each_channel_nhwc 0 '' conv -i c.npy -f f.npy --layout nhwc
same one_filter_for_each_channel_nhwc '13 24' "$(values y.npy f4)"
same one_filter_for_each_channel_nhwc '(1, 1, 2)' "$(shape y.npy)"
npy kc.npy '|i1' '(1, 2, 2, 2)' '\0\1\1\0\0\1\1\0'
expect channels_are_added 0 '' conv -i c.npy -f kc.npy
same channels_are_added '55' "$(values y.npy f4)"
npy kg.npy '|i1' '(2, 1, 2, 2)' '\0\1\1\0\1\0\0\0'
expect groups 0 '' conv -i c.npy -f kg.npy --groups 2
same groups '5 10' "$(values y.npy f4)"

expect verify_says_the_error 0 'largest error 0' conv -i x.npy -f f.npy --verify
expect names_the_algorithm 0 '^clconv conv: host on ' conv -i x.npy -f f.npy --device host \
    --algorithm host

# ---- every form of the file

CLCONV_DEVICE=host # quicker to start, and the file is the same
export CLCONV_DEVICE

for version in 2 3; do
    npy v.npy '|u1' '(3, 3)' '\1\2\3\4\5\6\7\10\11' False $version
    expect "npy_version_$version" 0 '' conv -i v.npy -f f.npy
    same "npy_version_$version" '6 8 12 14' "$(values y.npy f4)"
done
npy t.npy '|u1' '(3, 3)' '\1\4\7\2\5\10\3\6\11' True
expect fortran_order 0 '' conv -i t.npy -f f.npy
same fortran_order '6 8 12 14' "$(values y.npy f4)"
npy t3.npy '|u1' '(2, 2, 2)' '\1\12\3\36\2\24\4\50' True
expect fortran_order_of_rank_three 0 '' conv -i t3.npy -f f.npy
same fortran_order_of_rank_three '5 50' "$(values y.npy f4)"
npy big.npy '>u2' '(2, 2)' '\1\0\1\1\1\2\1\3'
npy little.npy '<u2' '(2, 2)' '\0\1\1\1\2\1\3\1'
for file in big little; do
    expect "${file}_endian" 0 '' conv -i $file.npy -f f.npy
    same "${file}_endian" '515' "$(values y.npy f4)"
done
npy f4.npy '<f4' '(1, 2)' '\0\0\200\077\0\0\0\100'
npy f8.npy '>f8' '(1, 2)' '\077\360\0\0\0\0\0\0\100\0\0\0\0\0\0\0'
npy f2.npy '<f2' '(1, 2)' '\0\074\0\100'
npy one.npy '|u1' '(1, 1)' '\3'
for type in 4 8; do
    expect "float_of_$type" 0 '' conv -i f$type.npy -f one.npy
    same "float_of_$type" '3 6' "$(values y.npy f$type)"
done
expect float_of_2 0 '' conv -i f2.npy -f one.npy --type f32
same float_of_2 '3 6' "$(values y.npy f4)"
expect float_of_2_stays 0 '' conv -i f2.npy -f one.npy
same float_of_2_stays '16896 17920' "$(values y.npy u2)"
npy i2.npy '<i2' '(1, 2)' '\377\377\2\0'
expect negative_shorts 0 '' conv -i i2.npy -f one.npy
same negative_shorts '-3 6' "$(values y.npy f4)"
npy w.npy '<i8' '(1, 1)' '\1\0\0\0\0\0\200\177'
expect rounded_coefficients_are_told 0 'rounded' conv -i one.npy -f w.npy
npy w.npy '<i8' '(1, 1)' '\375\377\377\377\377\377\377\377'
expect eight_byte_coefficients 0 '' conv -i one.npy -f w.npy
same eight_byte_coefficients '-9' "$(values y.npy f4)"
npy w.npy '<i4' '(1, 1)' '\375\377\377\377'
expect four_byte_coefficients 0 '' conv -i one.npy -f w.npy
same four_byte_coefficients '-9' "$(values y.npy f4)"
npy w.npy '<f2' '(1, 1)' '\0\302'
expect half_coefficients 0 '' conv -i one.npy -f w.npy
same half_coefficients '-9' "$(values y.npy f4)"

# ---- arrays that have to be refused, and in words

rm -f y.npy
refuse() {
    expect "$1" 1 "$2" conv -i bad.npy -f f.npy
}
expect input_missing 1 'nowhere.npy: No such file' conv -i nowhere.npy -f f.npy
mkdir folder
expect input_is_a_folder 1 'no regular file' conv -i folder -f f.npy
: >bad.npy
refuse empty_file 'no .npy file'
printf 'PK\003\004 an archive, not an array' >bad.npy
refuse other_format 'no .npy file'
head -c 60 x.npy >bad.npy
refuse ends_in_the_header 'ends inside its header'
head -c 9 x.npy >bad.npy
refuse ends_in_the_length 'ends inside its header'
npy bad.npy '|u1' '(3, 3)' '\1\2\3' False 9
refuse unknown_version 'version'
npy bad.npy '|u1' '(3, 3)' '\1\2\3\4'
refuse shape_larger_than_the_file 'promises shape \(3, 3\), 9 bytes, but 4 bytes follow'
npy bad.npy '|u1' '(1, 3)' '\1\2\3\4'
refuse shape_smaller_than_the_file 'but 4 bytes follow'
npy bad.npy '|u1' '(-3, -3)' '\1\2\3\4\5\6\7\10\11'
refuse negative_shape 'negative'
npy bad.npy '|u1' '(4294967296, 4294967296, 2)' '\1'
refuse product_passes_64_bits 'passes 64 bits'
npy bad.npy '|u1' '(99999999999999999999, 1)' '\1'
refuse extent_passes_64_bits 'passes 64 bits'
npy bad.npy '<f8' '(2305843009213693952, 1)' '\1'
refuse bytes_pass_64_bits 'passes 64 bits'
npy bad.npy '|u1' '(0, 3)' ''
refuse no_elements 'no elements'
npy bad.npy '|u1' '(9,)' '\1\2\3\4\5\6\7\10\11'
refuse vector 'HW, CHW or NCHW'
npy bad.npy '|u1' '(1, 1, 1, 3, 3)' '\1\2\3\4\5\6\7\10\11'
refuse rank_five 'HW, CHW or NCHW'
npy bad.npy '|u1' '(1, 1, 1, 1, 1, 1, 1, 3, 3)' '\1\2\3\4\5\6\7\10\11'
refuse rank_nine 'dimensions'
npy bad.npy '|O' '(3, 3)' 'cos\nsystem'
refuse python_objects 'objects'
npy_header bad.npy 1 "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 1), }"
refuse structured 'structured'
npy_header bad.npy 1 "{'descr': ('<f4', (2,)), 'fortran_order': False, 'shape': (1, 1), }"
refuse subarray 'structured'
npy bad.npy '|b1' '(3, 3)' '\1\1\1\1\1\1\1\1\1'
refuse truth_values "astype\\('u1'\\)"
npy bad.npy '<i4' '(1, 1)' '\1\1\1\1'
refuse long_integers "astype\\('f4'\\)"
npy bad.npy '<c8' '(1, 1)' '\1\1\1\1\1\1\1\1'
refuse complex_numbers 'x.real'
npy bad.npy '<U1' '(1, 1)' '\1\1\1\1'
refuse strings 'no number type'
npy bad.npy '<f3' '(1, 1)' '\1\1\1'
refuse odd_size 'no number type'
npy_header bad.npy 1 "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1)"
refuse header_without_an_end 'dictionary'
npy_header bad.npy 1 "{'descr': '|u1', 'shape': (1, 1), }"
refuse header_lacks_an_entry 'lacks'
npy_header bad.npy 1 "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1, 1), }"
refuse header_says_it_twice 'twice'
npy_header bad.npy 1 "{'descr': '|u1', 'fortran_order': 7, 'shape': (1, 1), }"
refuse order_is_no_truth_value 'fortran_order'
npy_header bad.npy 1 "{'descr': '|u1', 'fortran_order': False, 'shape': (1 1), }"
refuse shape_without_a_comma 'shape'
npy_header bad.npy 1 "__import__('os').system('touch pwned')"
refuse code_in_the_header 'dictionary'
absent code_in_the_header pwned
{
    printf '\223NUMPY\2\0\0\0\1\0'
    head -c 65536 /dev/zero | tr '\0' ' '
} >bad.npy
refuse huge_header '65535'
printf '\223NUMPY\2\0\377\377\377\377{' >bad.npy
refuse lying_header_length 'ends inside its header'
absent nothing_is_written_for_bad_input y.npy
no_leftovers nothing_is_written_for_bad_input .

# ---- arrays that do not fit together

expect channels_of_the_filter 1 'filters over 2 channels.*has 1 channels' conv -i x.npy -f kc.npy
expect groups_and_one_filter 1 'needs KCRS' conv -i c.npy -f f.npy --groups 1
npy r3.npy '|u1' '(1, 2, 2)' '\1\2\3\4'
expect filter_of_rank_three 1 'RS or KCRS' conv -i x.npy -f r3.npy
expect bias_of_another_length 1 '2 numbers are wanted' conv -i x.npy -f k.npy -b x.npy
npy large.npy '|u1' '(4, 4)' '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
expect filter_larger_than_image 1 'clconv conv: .*4' conv -i x.npy -f large.npy

# ---- the output: whole or not at all

expect output_folder_missing 1 'folder is not there' "$clconv" conv -i x.npy -f f.npy \
    -o missing/y.npy
expect output_is_a_folder 1 'folder: Is a directory' "$clconv" conv -i x.npy -f f.npy -o folder
if [ -c /dev/full ]; then
    expect full_disk 1 'No space left' "$clconv" conv -i x.npy -f f.npy -o /dev/full
fi
echo precious >y.npy
expect failure_keeps_the_old_file 1 '' conv -i x.npy -f large.npy
same failure_keeps_the_old_file precious "$(cat y.npy)"

npy_header plane.npy 1 "{'descr': '|u1', 'fortran_order': False, 'shape': (1000, 1000), }"
head -c 1000000 /dev/zero >>plane.npy
limited() (
    ulimit -f 64
    exec "$clconv" conv -i plane.npy -f one.npy -o y.npy --device host
)
expect file_size_limit 1 'File too large' limited
same file_size_limit precious "$(cat y.npy)"
no_leftovers file_size_limit .

ln -s target.npy link.npy
echo old >target.npy
expect link_is_followed 0 '' "$clconv" conv -i x.npy -f f.npy -o link.npy
same link_is_followed '6 8 12 14' "$(values target.npy f4)"
[ -L link.npy ] || fail "link_is_followed: the link was replaced"
chmod 640 target.npy
expect permissions_stay 0 '' "$clconv" conv -i x.npy -f f.npy -o target.npy
same permissions_stay '-rw-r-----' "$(ls -l target.npy | cut -c 1-10)"
expect to_stdout 0 '' "$clconv" conv -i x.npy -f f.npy -o /dev/stdout
same to_stdout '6 8 12 14' "$(values stdout f4)"
expect input_is_replaced 0 '' "$clconv" conv -i target.npy -f one.npy -o target.npy
same input_is_replaced '18 24 36 42' "$(values target.npy f4)"

# A signal while the work is on: the same signal ends the command, and nothing is left.
npy_header slow.npy 1 "{'descr': '|u1', 'fortran_order': False, 'shape': (6000, 6000), }"
head -c 36000000 /dev/zero >>slow.npy
npy_header slow_f.npy 1 "{'descr': '|u1', 'fortran_order': False, 'shape': (151, 151), }"
head -c 22801 /dev/zero >>slow_f.npy
checks=$((checks + 1))
"$clconv" conv -i slow.npy -f slow_f.npy -o z.npy --device host 2>stderr &
pid=$!
sleep 1
kill -TERM $pid
wait $pid
same terminated_by_a_signal 143 $?
absent terminated_by_a_signal z.npy
no_leftovers terminated_by_a_signal .

# ---- wrong usage

expect nothing_given 2 'are needed' "$clconv" conv
expect padding_and_extent 2 'exclude each other' conv -i x.npy -f f.npy --padding 1 --extent same
expect three_paddings 2 '--padding' conv -i x.npy -f f.npy --padding 1,2,3
expect stride_of_zero 2 '1 or more' conv -i x.npy -f f.npy --stride 0
expect stride_of_letters 2 '--stride' conv -i x.npy -f f.npy --stride two
expect groups_of_zero 2 '1 or more' conv -i x.npy -f f.npy --groups 0
expect mirror_is_ambiguous 2 '--border mirror' conv -i x.npy -f f.npy --border mirror
expect unknown_layout 2 '--layout' conv -i x.npy -f f.npy --layout chwn
expect output_is_no_image 2 'name it .npy' "$clconv" conv -i x.npy -f f.npy -o y.png
expect unknown_type 2 '--type' conv -i x.npy -f f.npy --type i32
expect unknown_extent 2 '--extent' conv -i x.npy -f f.npy --extent whole
expect unknown_activation 2 '--activation' conv -i x.npy -f f.npy --activation gelu
expect unknown_algorithm 2 'the nearest is host' conv -i x.npy -f f.npy --algorithm hosd
expect unknown_device 1 'host' conv -i x.npy -f f.npy --device no-such-device
expect negative_padding 2 '0 or more is wanted' conv -i x.npy -f f.npy --padding=-1

finish

#!/bin/sh
# clconv filter on image files: formats, what survives, and files that are missing, damaged or
# hostile; outputs that cannot be written. Nothing half-written is left, nothing is lost.
. "${0%/*}/harness"

photo=$source_folder/data/astronaut.png
sky=$source_folder/data/hubble_deep_field.jpg
filter() {
    "$clconv" filter "$@" --device host
}
npy x.npy '|u1' '(3, 3)' '\1\2\3\4\5\6\7\10\11'
npy rgb.npy '|u1' '(1, 1, 3)' '\1\2\3'
npy bands.npy '|u1' '(1, 1, 5)' '\1\2\3\4\5'

# ---- inputs that cannot be read, in every build

expect input_missing 1 'nofile.png: No such file' filter nofile.png y.npy -k identity
expect input_is_a_folder 1 'is a folder' filter . y.npy -k identity
mkfifo pipe
expect input_is_a_pipe 1 'pipe: is no file' filter pipe y.npy -k identity
if [ "$(id -u)" -ne 0 ]; then
    cp x.npy locked.npy
    chmod 0 locked.npy
    expect input_unreadable 1 'ermission' filter locked.npy y.npy -k identity
fi
: >empty.png
expect input_empty 1 'empty.png: the file is empty' filter empty.png y.npy -k identity
echo 'not an image' >text.jpg
expect input_no_image 1 'text.jpg: ' filter text.jpg y.npy -k identity
printf 'P5\n1 1\n255\nx' >'grey[1]'
expect name_that_looks_like_options 0 '' filter 'grey[1]' y.npy -k identity
rm y.npy
printf 'P5\n100 100\n255\n1234' >short.pgm
expect pgm_truncated 1 'truncated: .* need 10015 bytes' filter short.pgm y.npy -k identity
printf 'P6\n2000000000 2000000000\n65535\n1234' >bomb.ppm
expect ppm_bomb 1 'truncated' filter bomb.ppm y.npy -k identity
printf 'P2\n2000000000 2000000000\n255\n1 2 3' >bomb.pgm
expect pgm_text_bomb 1 'truncated' filter bomb.pgm y.npy -k identity
printf 'P2\n2 2\n255\n1 2 300 4\n' >large.pgm
expect pgm_text_beyond_its_largest 1 'value 3 of 4, "300"' filter large.pgm y.npy -k identity
printf 'P2\n2 2\n255\n1 2 x 4\n' >word.pgm
expect pgm_text_no_number 1 'value 3 of 4, "x"' filter word.pgm y.npy -k identity
printf 'P5\n0 5\n255\n' >zero.pgm
expect pgm_no_width 1 'no width and height' filter zero.pgm y.npy -k identity
printf 'P5\n99999999999999999999 5\n255\n' >wide.pgm
expect pgm_width_overflows 1 'no width and height' filter wide.pgm y.npy -k identity
printf 'P5\n5 5\n70000\n' >deep.pgm
expect pgm_too_deep 1 'largest value' filter deep.pgm y.npy -k identity
printf 'P4\n8 1\n1' >bitmap.pbm
expect bitmap 1 'P4' filter bitmap.pbm y.npy -k identity
printf 'Pf\n1 1\nnan\n1234' >nan.pfm
expect pfm_no_scale 1 'no scale' filter nan.pfm y.npy -k identity
npy four.npy '|u1' '(1, 1, 1, 1)' '\1'
expect npy_of_four_dimensions 1 'clconv conv' filter four.npy y.npy -k identity
npy half.npy '<f2' '(1, 1)' '\0\74'
expect npy_of_half 1 'astype' filter half.npy y.npy -k identity
absent no_output_of_failures y.npy

# ---- outputs that cannot be written, in every build

expect folder_missing 1 'folder is not there' filter x.npy nofolder/y.npy -k identity
mkdir folder.npy
expect output_is_a_folder 1 'irectory' filter x.npy folder.npy -k identity
expect suffix_missing 1 'no format is known by this suffix; there are' filter x.npy y -k identity
expect suffix_unknown 1 'no format is known by this suffix' filter x.npy y.xyz -k identity
expect pgm_of_three_bands 1 'PGM holds 1 band, and the result has 3' filter rgb.npy y.pgm -k identity
expect ppm_of_one_band 1 'PPM holds 3 bands, and the result has 1' filter x.npy y.ppm -k identity
expect pgm_of_floats 1 'PGM holds u8 and u16, and the result is f32; .* such as .tif or .npy' \
    filter x.npy y.pgm -k identity --type f32
expect pfm_of_bytes 1 'PFM holds f32, and the result is u8' filter x.npy y.pfm -k identity
expect options_for_a_format_without 1 '' filter x.npy 'y.npy[Q=3]' -k identity
absent no_output_of_failures y y.xyz y.pgm y.ppm y.pfm y.npy

cp x.npy kept.npy
expect old_output_survives_a_failure 1 '' filter short.pgm kept.npy -k identity
cmp -s x.npy kept.npy || fail 'old_output_survives_a_failure: it changed'
ln -s /dev/full full.npy
expect disk_full 1 'No space left' filter x.npy full.npy -k identity
ln -s /dev/full full.pfm
expect disk_full_pfm 1 'go back|No space left' filter x.npy full.pfm -k identity --type f32
awk 'BEGIN { print "P2\n300 300\n255"; for (i = 0; i < 90000; i++) print i % 251 }' >big.pgm
limited() {
    (
        trap '' XFSZ
        ulimit -f 20
        filter "$@"
    )
}
cp x.npy kept.npy
expect file_size_limit 1 'kept.npy: .*too large' limited big.pgm kept.npy -k identity
cmp -s x.npy kept.npy || fail 'file_size_limit: the old output changed'
no_leftovers file_size_limit .
expect closed_stdout 0 '' filter x.npy y.npy -k identity --json
filter x.npy y.npy -k identity --json 2>stderr | true
grep -i pipe stderr && fail 'closed_pipe: talks about it'
expect full_stdout 1 'stdout: No space' sh -c "\"$clconv\" filter x.npy y.npy -k identity --json \
    --device host >/dev/full"

# A signal in the middle: the old output stays, and nothing else.
awk 'BEGIN { printf "P5\n4000 4000\n255\n"; for (i = 0; i < 16000000; i++) printf "x" }' >long.pgm
cp x.npy kept.npy
"$clconv" filter long.pgm kept.npy -k box:61 --device host 2>stderr &
process=$!
sleep 2
kill -TERM $process
got=0
wait $process 2>/dev/null || got=$?
same killed_in_the_middle 143 $got
cmp -s x.npy kept.npy || fail 'killed_in_the_middle: the old output changed'
no_leftovers killed_in_the_middle .

cp "$photo" photo.png
if ! filter "$photo" y.npy -k identity 2>stderr; then
    grep -q 'without libvips these are .pgm' stderr || fail 'png_without_libvips: no such message'
    finish
fi

# ---- through libvips: the module, beside the command

mkdir alone
cp "$clconv" alone/clconv
alone() {
    alone/clconv filter "$@" --device host
}
echo 'no library' >clconv_vips.so # in the current folder, where nobody may look
expect module_missing 1 \
    'photo.png: .* loaded: .*/clconv/clconv_vips.so: .*No such file.*; install .*, or convert to' \
    alone photo.png z.npy -k identity
expect module_missing_to_write 1 'q.png: .* loaded: .*No such file.*, or write PNM' \
    alone y.npy q.png -k identity
rm clconv_vips.so
expect no_module_needed 0 '' alone y.npy z.npy -k identity
cmp -s y.npy z.npy || fail 'no_module_needed: not the same pixels'
echo 'no library' >alone/clconv_vips.so
expect module_damaged 1 'cannot be loaded: ' alone photo.png z.npy -k identity
absent no_output_without_module q.png

# ---- through libvips: formats

for suffix in png tif webp; do
    options=
    [ $suffix = webp ] && options='[lossless]'
    expect "out_$suffix" 0 '' filter "$photo" "p.$suffix$options" -k identity
    expect "in_$suffix" 0 '' filter "p.$suffix" z.npy -k identity
    cmp -s y.npy z.npy || fail "in_$suffix: not the same pixels"
done
expect out_jpeg 0 '' filter "$photo" 'p.jpg[Q=100]' -k gaussian:1
expect in_jpeg 0 '' filter p.jpg z.npy -k identity
expect tiled_tiff 0 '' filter "$photo" 'p.tif[tile,compression=deflate]' -k identity
expect in_tiled_tiff 0 '' filter p.tif z.npy -k identity
cmp -s y.npy z.npy || fail 'in_tiled_tiff: not the same pixels'
expect wrap_needs_the_end_first 0 'largest error 0,' \
    filter "$photo" z.npy -k '0,1,0;0,0,0;0,0,0' --border wrap --verify
expect float_tiff 0 '' filter "$photo" p.tif -k laplacian --type f32
expect in_float_tiff 0 '' filter p.tif z.npy -k identity
expect the_same_in_npy 0 '' filter "$photo" w.npy -k laplacian --type f32
cmp -s w.npy z.npy || fail 'in_float_tiff: not the same values'
expect signed_tiff 0 '' filter "$photo" p.tif -k laplacian --type s16
expect sixteen_bit_png 0 '' filter "$photo" p16.png -k identity --type u16 --scale 257
expect in_sixteen_bit_png 0 '' filter p16.png z.npy -k identity --type u8 --scale 0.003891051
cmp -s y.npy z.npy || fail 'in_sixteen_bit_png: not the same pixels'

# What is read without libvips, into its formats and back.
printf 'P5\n3 2\n255\nabcdef' >grey.pgm
expect colours_to_ppm 0 '' filter "$photo" rgb.ppm -k identity
while read -r in out type; do
    expect "$in:$out:$type" 0 '' filter "$in" "$out" -k identity --type "$type" --border wrap
    expect "$in:$out:$type:back" 0 '' filter "$out" z.npy -k identity
    expect "$in:$type" 0 '' filter "$in" v.npy -k identity --type "$type"
    cmp -s v.npy z.npy || fail "$in:$out:$type: not the same pixels"
done <<END
grey.pgm p.png u8
grey.pgm p.tif u16
rgb.ppm p.png u16
rgb.ppm p.tif f32
w.npy p.tif f32
END
echo 'no image' >'gone.tif[page=0]'
expect options_that_a_file_is_named_by_too 1 'gone.tif: No such file' \
    filter 'gone.tif[page=0]' z.npy -k identity
expect options_of_pgm 1 'grey.pgm.x.: this format has no .options.' \
    filter 'grey.pgm[x]' z.npy -k identity

expect photograph_verified 0 'largest error' filter "$photo" p.png -k gaussian:1 --verify
expect png_of_signed 1 'PNG holds u8, u16, and the result is s16; give another --type' \
    filter "$photo" q.png -k identity --type s16
expect jpeg_of_16_bits 1 'JPEG holds u8, .*give --type u8 [(].*--scale 0.00389105' \
    filter p16.png q.jpg -k identity
expect png_of_five_bands 1 'the result has 5 bands; .tif and .npy' filter bands.npy q.png -k identity
expect tiff_of_doubles 1 'TIFF holds .*f32, and the result is f64; .*such as .npy' \
    filter "$photo" q.tif -k laplacian --type f64
npy five.npy '|u1' '(1, 2, 5)' '\144\1\2\3\1\0\0\0\0\377'
expect tiff_of_five_bands 0 '' filter five.npy five.tif -k identity
expect fifth_band_is_no_alpha 0 '' filter five.tif z.npy -k box:1,3
expect fifth_band_is_no_alpha 0 '' filter five.npy w.npy -k box:1,3
cmp -s w.npy z.npy || fail 'fifth_band_is_no_alpha: not the same values'
expect deep_zoom 1 'a folder, not a file' filter "$photo" q.dz -k identity
expect save_option_unknown 1 'nonsense' filter "$photo" 'q.png[nonsense=1]' -k identity
absent no_output_of_failures q.png q.jpg q.dz

# ---- what survives

expect jpeg_to_jpeg 0 '' filter "$sky" sky.jpg -k gaussian:1
for mark in ICC_PROFILE Exif Photoshop; do
    grep -aq $mark sky.jpg || fail "jpeg_to_jpeg: $mark is lost"
done
# Orientation is tag 0x0112 of type 3; its value is made 6: turned by 90 degrees.
cp "$sky" turned.jpg
at=$(LC_ALL=C grep -obUaP '\x01\x12\x00\x03\x00\x00\x00\x01' "$sky" | head -n 1 | cut -d : -f 1)
if [ -n "$at" ]; then
    printf '\0\6' | dd of=turned.jpg bs=1 seek=$((at + 8)) conv=notrunc 2>/dev/null
    expect orientation 0 '' filter turned.jpg out.jpg -k box:3
    LC_ALL=C grep -qUaP '\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06' out.jpg ||
        LC_ALL=C grep -qUaP '\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00' out.jpg ||
        fail 'orientation: it is lost'
fi
expect linear_by_the_profile 0 '' filter "$sky" z.npy -k identity --linear
expect plain_copy 0 '' filter "$sky" w.npy -k identity
cmp -s w.npy z.npy || fail 'linear_by_the_profile: a value changed'

# ---- alpha: red and opaque on the left, green and clear on the right

# tiff FILE WIDTH HEIGHT BANDS BYTES: 8 bit, little-endian, alpha not premultiplied.
entry() { # tag, type, count, value
    for field in "$1:2" "$2:2" "$3:4" "$4:4"; do
        n=${field%:*}
        for _ in $(seq "${field#*:}"); do
            byte $((n % 256))
            n=$((n / 256))
        done
    done
}
tiff() {
    size=$(($2 * $3 * $4))
    {
        printf 'II\52\0\10\0\0\0\13\0'
        entry 256 3 1 "$2"
        entry 257 3 1 "$3"
        entry 258 3 1 8
        entry 259 3 1 1
        entry 262 3 1 "$((${4} > 2 ? 2 : 1))"
        entry 273 4 1 146
        entry 277 3 1 "$4"
        entry 278 4 1 "$3"
        entry 279 4 1 $size
        entry 284 3 1 1
        entry 338 3 1 2
        printf '\0\0\0\0'
        # shellcheck disable=SC2059 # the format is the bytes
        printf "$5"
    } >"$1"
}
red='\377\0\0\377'
clear='\0\377\0\0'
tiff alpha.tif 4 1 4 "$red$red$clear$clear"
expect clear_pixels_do_not_bleed 0 '' filter alpha.tif y.npy -k box:1,3 --border replicate
same clear_pixels_do_not_bleed '255 0 0 255 255 0 0 170 255 0 0 85 0 0 0 0' "$(values y.npy u1)"
expect opaque_stays_opaque 0 '' filter alpha.tif y.npy -k '9' --verify
same opaque_stays_opaque '255 0 0 255 255 0 0 255 0 0 0 0 0 0 0 0' "$(values y.npy u1)"
expect derivative_copies_alpha 0 '' filter alpha.tif y.npy -k sobel:x --border replicate
same derivative_copies_alpha '128 128 128 255 0 255 128 255 0 255 128 0 128 128 128 0' \
    "$(values y.npy u1)"
expect magnitude_copies_alpha 0 '' filter alpha.tif y.npy -k sobel:magnitude --border replicate
same magnitude_copies_alpha '0 0 0 255 255 255 0 255 255 255 0 0 0 0 0 0' "$(values y.npy u1)"
expect alpha_in_16_bits 0 '' filter alpha.tif y.npy -k box:1,3 --border replicate --type u16
same alpha_in_16_bits '65535 0 0 65535 65535 0 0 43690 65535 0 0 21845 0 0 0 0' "$(values y.npy u2)"
expect alpha_is_not_light 0 '' filter alpha.tif y.npy -k box:1,3 --border replicate --linear
same alpha_is_not_light '255 0 0 255 255 0 0 170 255 0 0 85 0 0 0 0' "$(values y.npy u1)"
expect border_of_nothing 0 '' filter alpha.tif y.npy -k box:1,3 --border constant
expect border_that_is_no_colour 1 'nothing [(]0[)] or opaque white [(]255[)]' \
    filter alpha.tif q.npy -k box:1,3 --border constant --border-value 128
expect border_of_white 0 '' filter alpha.tif y.npy -k box:1,3 --border constant --border-value 255
same border_of_white '255 85 85 255 255 0 0 170 255 0 0 85 255 255 255 85' "$(values y.npy u1)"
expect offset_leaves_alpha_alone 0 '' filter alpha.tif y.npy -k identity --scale 0.5 --offset 10
same offset_leaves_alpha_alone '138 10 10 255 138 10 10 255 10 10 10 0 10 10 10 0' \
    "$(values y.npy u1)"
expect alpha_to_png 0 '' filter alpha.tif y.png -k box:1,3 --border replicate
expect alpha_from_png 0 '' filter y.png y.npy -k '0,0,1' --border replicate
expect jpeg_has_no_alpha 0 'no alpha' filter alpha.tif y.jpg -k identity
grey='\144\377'
tiff grey.tif 2 1 2 "$grey"'\310\0'
expect grey_with_alpha 0 '' filter grey.tif y.npy -k '1,1' --border replicate
same grey_with_alpha '200 128 0 0' "$(values y.npy u1)"

# ---- damaged and hostile files

for length in 10000 300000; do
    for file in "$photo" "$sky"; do
        cut=cut.${file##*.}
        head -c $length "$file" >"$cut"
        expect "truncated_at_${length}_$cut" 1 "$cut: .*(damaged or truncated|cannot be read)" \
            filter "$cut" q.npy -k box:3
    done
done
filter "$photo" whole.tif -k identity 2>/dev/null
head -c 300000 whole.tif >cut.tif
expect truncated_tiff 1 'cut.tif: ' filter cut.tif q.npy -k box:3
filter "$photo" whole.webp -k identity 2>/dev/null
head -c 10000 whole.webp >cut.webp
expect truncated_webp 1 'cut.webp: ' filter cut.webp q.npy -k box:3
cp "$photo" flipped.png
printf 'XXXXXXXX' | dd of=flipped.png bs=1 seek=200000 conv=notrunc 2>/dev/null
expect damaged_png 1 'flipped.png: damaged' filter flipped.png q.npy -k box:3
tiff bomb.tif 60000 60000 4 '\0'
expect tiff_bomb 1 'announces 60000 x 60000 pixels' filter bomb.tif q.npy -k box:3
printf 'GIF89a\377\377\377\377\360\0\0\0\0\0\0\0\0,\0\0\0\0\377\377\377\377\0\2\2\104\1\0;' >bomb.gif
expect gif_bomb 1 'announces 65535 x 65535 pixels' filter bomb.gif q.npy -k box:3
printf '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>' >blocked.svg
expect blocked_format 1 'not read from unknown hands' filter blocked.svg q.npy -k box:3
absent no_output_of_failures q.npy
for suffix in png tif jpg webp; do
    ln -s /dev/full "full.$suffix"
    expect "disk_full_$suffix" 1 "full.$suffix: .*No space left" \
        filter "$photo" "full.$suffix" -k identity
done
expect file_size_limit_png 1 'large.png: .*too large' limited "$photo" large.png -k identity
absent file_size_limit_png large.png
no_leftovers at_the_end .

finish

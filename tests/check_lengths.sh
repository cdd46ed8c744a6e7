#!/bin/sh
# Files and functions stay short. check_lengths.sh [ROOT]
# A function, as clang-format lays it out: from its signature to the brace in the first column.
cd "${1:-$(dirname "$0")/..}" || exit 2

files=$(find src include examples bench tests cl -name '*.c' -o -name '*.h' -o -name '*.cl' | sort)
[ -n "$files" ] || exit 2
# shellcheck disable=SC2086 # words on purpose
awk '
    function finish() {
        if (!file)
            return
        limit = file ~ /\.cl$/ ? 250 : 400
        # The public header is the manual; its length is its readers to judge.
        if (count > limit && file != "include/clconv/clconv.h") {
            printf "%s: %d lines, at most %d\n", file, count, limit
            failed = 1
        }
        if (file ~ /^src\/.*\.c$/)
            lengths[++nfiles] = count
    }
    function median(array, n,    i, j, x) {
        for (i = 2; i <= n; i++) {
            x = array[i]
            for (j = i - 1; j >= 1 && array[j] > x; j--)
                array[j + 1] = array[j]
            array[j + 1] = x
        }
        return array[int((n + 1) / 2)]
    }
    FNR == 1 { finish(); file = FILENAME; start = 0 }
    { count = FNR }
    /^\{/ { body = 1; if (!start) start = FNR }
    /^\}/ {
        if (body) {
            size = FNR - start + 1
            if (file ~ /^src\//)
                sizes[++nfunctions] = size
            if (size > 70) {
                printf "%s:%d: function of %d lines, at most 70\n", file, start, size
                failed = 1
            }
        }
        body = start = 0
        next
    }
    !body && (/^[ \t]*$/ || /^#/ || /^[ \/]\*/ || /[;\/]$/) { start = 0; next }
    !body && !start && /^[A-Za-z_]/ { start = FNR }
    END {
        finish()
        if (!nfunctions) {
            print "no functions found"
            exit 2
        }
        file_median = median(lengths, nfiles)
        function_median = median(sizes, nfunctions)
        printf "%d C files, median %d lines; %d functions, median %d lines\n", nfiles, file_median,
            nfunctions, function_median
        if (file_median > 140 || function_median > 15) {
            print "the medians should be about 120 and 12"
            failed = 1
        }
        exit failed
    }' $files

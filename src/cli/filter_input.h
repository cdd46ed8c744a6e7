/* filter_input.h - rows of the input around the strip that is being computed: files are read in
 * order and once, what reads them goes back and forth. */
#ifndef CLI_FILTER_INPUT_H
#define CLI_FILTER_INPUT_H

#include "image.h"
#include <stddef.h>

struct filter_input {
    struct image *image;
    bool direct; /* the image gives rows in any order: none are kept */
    size_t row_bytes;
    unsigned char *rows; /* [first, first + count) of the image */
    int first, count, capacity;
    int keep_from; /* rows before this one are not needed any more */
    bool failed;   /* after a message */
};

/* For output rows [first, first + count) of desc: which rows of the input they read. */
void filter_input_need(struct filter_input *input, const clconv_desc *desc, int first, int count);

/* A clconv_source_fn; user is a filter_input. */
clconv_status filter_input_read(void *user, int first, int count, void *rows);

#endif

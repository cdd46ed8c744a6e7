/* filter_input.h - rows of the input around the strip that is being computed: files are read in
 * order and once, what reads them goes back and forth. */
#ifndef CLI_FILTER_INPUT_H
#define CLI_FILTER_INPUT_H

#include "filter_work.h"

struct filter_input {
    struct image *image;
    const struct filter_work *work; /* says how rows are made ready for the sums */
    bool direct;                    /* the image gives rows in any order: none are kept */
    size_t file_bytes, row_bytes;   /* of a row as stored, and made ready */
    unsigned char *stored;          /* a few rows as stored */
    unsigned char *rows;            /* [first, first + count) of the image, made ready */
    int first, count, capacity;
    int keep_from; /* rows before this one are not needed any more */
    bool failed;   /* after a message */
};

/* False after a message. */
bool filter_input_open(struct filter_input *input, struct image *image,
                       const struct filter_work *work);
void filter_input_close(struct filter_input *input);

/* Output rows [first, first + count) come next: what they do not read is forgotten. */
void filter_input_need(struct filter_input *input, int first, int count);

/* A clconv_source_fn; user is a filter_input. */
clconv_status filter_input_read(void *user, int first, int count, void *rows);

#endif

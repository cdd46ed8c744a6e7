/* npy_header.h - the header of a .npy file: a Python dictionary in text. */
#ifndef CLI_NPY_HEADER_H
#define CLI_NPY_HEADER_H

#include "npy.h"

struct cli_npy_header {
    bool swapped; /* the elements are in the other byte order */
    bool fortran; /* the first index runs fastest */
};

/* Fills kind, size, rank, shape and count from "{'descr': '<f4', 'fortran_order': False, 'shape':
 * (3, 4), }". False after a message that begins with path. */
bool cli_npy_header_parse(struct cli_npy *array, struct cli_npy_header *header, const char *text,
                          const char *path);

#endif

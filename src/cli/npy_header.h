/* npy_header.h - the header of a .npy file: a Python dictionary in text. */
#ifndef CLI_NPY_HEADER_H
#define CLI_NPY_HEADER_H

#include "npy.h"

/* Fills all but start and data from "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }".
 * False after a message that begins with path. */
bool cli_npy_header_parse(struct cli_npy *array, const char *text, const char *path);

#endif

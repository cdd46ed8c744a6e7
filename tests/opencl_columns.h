/* opencl_columns.h - im2col.cl without CLBlast. */
#ifndef OPENCL_COLUMNS_H
#define OPENCL_COLUMNS_H

#include "cases.h"

/* The kernels around a product that is made here, in buffers without a byte to spare; y, which held
 * CASE_POISON, malloc'd. */
unsigned char *columns_run(clconv_context *context, const case_data *data);

#endif

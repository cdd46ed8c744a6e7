/* tune_data.c - the memory that tuning one problem needs, filled with numbers that cost no
 * algorithm more than any other: no zeros, no denormals, nothing that saturates. */
#include "base/status.h"
#include "host/host.h"
#include "plan/tune.h"
#include <stdlib.h>
#include <string.h>

/* So many elements differ; then they come again. */
enum { PERIOD = 1 << 20 };

static bool is_integer(clconv_type type)
{
    return type != CLCONV_F32 && type != CLCONV_F16 && type != CLCONV_F64;
}

/* The upper 16 bits of a generator whose only merit is that it never changes. */
static int next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (int)(*seed >> 16);
}

/* In [-1, 1), of 11 bits so that f16 holds them, and odd so that none is 0. */
static double next_real(uint32_t *seed)
{
    return ((next(seed) >> 6 << 1) - 1023) / 1024.0;
}

static void fill_input(void *x, const cc_geom *geom)
{
    const size_t size = clconv_type_size(geom->x_type), all = (size_t)geom->x_bytes;
    size_t done = all < PERIOD * size ? all : PERIOD * size;
    uint32_t seed = 1;

    for (size_t i = 0; i < done / size; i++)
        cc_store(geom->x_type, x, (int64_t)i,
                 is_integer(geom->x_type) ? 1 + next(&seed) % 120 : next_real(&seed));
    while (done < all) {
        const size_t more = all - done < done ? all - done : done;
        memcpy((char *)x + done, x, more);
        done += more;
    }
}

/* Integer results stay inside their type: positive coefficients with the sum 1. */
static void fill_filters(float *filters, const cc_geom *geom)
{
    uint32_t seed = 2;

    for (int64_t i = 0; i < geom->filter_count; i++) {
        const double value = next_real(&seed);
        filters[i] = (float)(is_integer(geom->y_type) ? (value + 1) / (double)geom->taps : value);
    }
}

clconv_status cc_tune_data_make(cc_tune_data *data, clconv_context *context, const cc_geom *geom,
                                const float *filters)
{
    const size_t x_bytes = (size_t)geom->x_bytes, y_bytes = (size_t)geom->y_bytes;
    const size_t filter_bytes = (size_t)geom->filter_count * sizeof *filters;

    data->x = malloc(x_bytes);
    data->y = malloc(y_bytes);
    data->filters = malloc(filter_bytes);
    if (!data->x || !data->y || !data->filters)
        return cc_fail(CLCONV_NO_MEMORY, "tuning: no memory for %zu bytes of input, %zu of output",
                       x_bytes, y_bytes);
    fill_input(data->x, geom);
    if (filters)
        memcpy(data->filters, filters, filter_bytes);
    else
        fill_filters(data->filters, geom);
    CC_TRY(cc_buffer_create(&data->in, context, x_bytes));
    CC_TRY(cc_buffer_create(&data->out, context, y_bytes));
    return cc_buffer_write(data->in, 0, data->x, x_bytes);
}

void cc_tune_data_free(cc_tune_data *data)
{
    free(data->x);
    free(data->y);
    free(data->filters);
    cc_buffer_release(data->in);
    cc_buffer_release(data->out);
    *data = (cc_tune_data){0};
}

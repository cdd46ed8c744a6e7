/* filter_finish.c - what happens to pixels beside the convolution, in double precision. */
#include "filter_finish.h"
#include "pixels.h"
#include <math.h>
#include <stdlib.h>

enum { CHUNK = 1024 }; /* values; an image with more bands has no alpha and no light, but lengths */

static size_t chunk_of(const struct filter_finish *finish)
{
    const size_t bands = (size_t)finish->bands;
    return bands < CHUNK ? CHUNK / bands * bands : CHUNK;
}

static void prepare_alpha(const struct filter_finish *finish, double *values, size_t n)
{
    const size_t bands = (size_t)finish->bands;
    const double white = pixels_most(finish->input);
    for (size_t i = 0; i < n; i += bands) {
        double *const alpha = &values[i + bands - 1];
        const double weight = *alpha / white;
        for (size_t band = 0; finish->premultiply && band + 1 < bands; band++)
            values[i + band] *= weight;
        if (finish->light)
            *alpha = weight;
    }
}

void filter_prepare_row(const struct filter_finish *finish, const void *row, void *to,
                        size_t pixels)
{
    const size_t count = pixels * (size_t)finish->bands, chunk = chunk_of(finish);
    double values[CHUNK];
    for (size_t first = 0; first < count; first += chunk) {
        const size_t n = count - first < chunk ? count - first : chunk;
        pixels_load(values, finish->input, row, first, n);
        if (finish->light)
            light_in(finish->light, values, n);
        if (finish->has_alpha)
            prepare_alpha(finish, values, n);
        pixels_store(finish->computed, to, first, n, values);
    }
}

/* sqrt(a * a + b * b); a copied alpha is a alone, for its b is 0. */
static void load_lengths(double *values, clconv_type type, const void *row, size_t first, size_t n)
{
    double pairs[2 * CHUNK];
    pixels_load(pairs, type, row, 2 * first, 2 * n);
    for (size_t i = 0; i < n; i++)
        values[i] = sqrt(pairs[2 * i] * pairs[2 * i] + pairs[2 * i + 1] * pairs[2 * i + 1]);
}

/* Where nothing is left of alpha there is no colour to be told. */
static void divide(double *values, size_t n, size_t bands, double white)
{
    for (size_t i = 0; i < n; i += bands) {
        const double weight = values[i + bands - 1] / white;
        for (size_t band = 0; band + 1 < bands; band++)
            values[i + band] = weight > 0 ? values[i + band] / weight : 0;
    }
}

static void apply(const struct kernel_result *result, double *values, size_t n, size_t first,
                  size_t bands, bool has_alpha)
{
    for (size_t i = 0; i < n; i++) {
        const double v = values[i] * result->scale + result->offset;
        if (!has_alpha || (first + i) % bands != bands - 1)
            values[i] = result->absolute ? fabs(v) : v;
    }
}

void filter_finish_row(const struct filter_finish *finish, const void *row, void *to, size_t pixels)
{
    const size_t bands = (size_t)finish->bands;
    const size_t count = pixels * bands, chunk = chunk_of(finish);
    double values[CHUNK];
    for (size_t first = 0; first < count; first += chunk) {
        const size_t n = count - first < chunk ? count - first : chunk;
        if (finish->magnitude)
            load_lengths(values, finish->computed, row, first, n);
        else
            pixels_load(values, finish->computed, row, first, n);
        if (finish->premultiply)
            divide(values, n, bands, finish->alpha_white);
        apply(&finish->result, values, n, first, bands, finish->has_alpha);
        if (finish->light)
            light_out(finish->light, values, n);
        pixels_store(finish->output, to, first, n, values);
    }
}

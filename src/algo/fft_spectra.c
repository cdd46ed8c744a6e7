/* fft_spectra.c - the twiddles of fft's tiles, and the spectra of its filters. */
#include "algo/fft.h"
#include "cl/fft_tile.h"
#include <math.h>

static const double PI = 3.14159265358979323846;

static void pack_twiddles(float *packed, int size)
{
    for (int m = size, l; m > 1; m = l) {
        l = m / FFT_RADIX(m);
        for (int j = 0; j < l; j++)
            for (int b = 1; b < m / l; b++) {
                const double angle = -2 * PI * b * j / m;
                *packed++ = (float)cos(angle);
                *packed++ = (float)sin(angle);
            }
    }
}

/* The frequency that a transform leaves at this place. */
static int frequency_at(int place, int size)
{
    int frequency = 0, weight = 1;

    for (int m = size, l; m > 1; m = l) {
        l = m / FFT_RADIX(m);
        frequency += place / l * weight;
        weight *= m / l;
        place %= l;
    }
    return frequency;
}

typedef struct spectrum {
    int size;
    double cosine[CC_FFT_MOST_TILE], sine[CC_FFT_MOST_TILE]; /* of multiples of 2 pi / size */
} spectrum;

/* sum += value * exp(2 pi i turns / size) */
static void add_turned(double sum[2], const spectrum *s, const double value[2], int turns)
{
    const int at = turns % s->size;
    sum[0] += value[0] * s->cosine[at] - value[1] * s->sine[at];
    sum[1] += value[0] * s->sine[at] + value[1] * s->cosine[at];
}

/* One column of a filter's spectrum: by definition, for it is made once. */
static void pack_column(float *packed, const cc_geom *geom, const spectrum *s, const float *filter,
                        int column, int lanes)
{
    const int x_frequency = frequency_at(column, s->size);
    double rows[CC_FFT_MOST_TILE][2];

    for (int i = 0; i < geom->r; i++) {
        rows[i][0] = rows[i][1] = 0;
        for (int j = 0; j < geom->s; j++) {
            const double tap[2] = {(double)filter[i * geom->s + j], 0};
            add_turned(rows[i], s, tap, j * geom->dilation_w * x_frequency);
        }
    }
    for (int row = 0; row < s->size; row++) {
        const int y_frequency = frequency_at(row, s->size);
        float *const to = packed + 2 * ((row / lanes * s->size + column) * lanes) + row % lanes;
        double sum[2] = {0, 0};
        for (int i = 0; i < geom->r; i++)
            add_turned(sum, s, rows[i], i * geom->dilation_h * y_frequency);
        to[0] = (float)(sum[0] / s->size / s->size);
        to[lanes] = (float)(sum[1] / s->size / s->size);
    }
}

void cc_fft_pack(float *packed, size_t count, const cc_geom *geom, int size, int lanes,
                 const float *filters)
{
    spectrum s = {.size = size};

    for (int i = 0; i < size; i++) {
        s.cosine[i] = cos(2 * PI * i / size);
        s.sine[i] = sin(2 * PI * i / size);
    }
    for (size_t i = 0; i < count; i++)
        packed[i] = 0;
    pack_twiddles(packed, size);
    packed += FFT_TWIDDLES(size);
    for (int64_t i = 0; i < (int64_t)geom->k * geom->group_c; i++)
        for (int column = 0; column < size; column++)
            pack_column(packed + i * 2 * size * size, geom, &s, filters + i * geom->r * geom->s,
                        column, lanes);
}

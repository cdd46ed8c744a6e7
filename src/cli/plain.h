/* plain.h - images in PNM, PFM and .npy, without a library, in every build.
 *
 * PGM and PPM, binary (P5, P6) and as text (P2, P3), 8 and 16 bit; values are stretched when the
 * file's largest value is neither 255 nor 65535. PFM: f32, rows from the bottom up. .npy: (rows,
 * columns) or (rows, columns, bands). Headers are not believed: they have to match the length of
 * the file. */
#ifndef CLI_PLAIN_H
#define CLI_PLAIN_H

#include <clconv/clconv.h>
#include <stdbool.h>
#include <stddef.h>

struct cli_output; /* output.h */

struct plain { /* an input */
    int width, height, bands;
    clconv_type type;
    const char *format; /* "PNM", "PFM" or ".npy" */
    const char *path;   /* the caller's */
    int fd;
    long long pixels;   /* offset of the first row in the file */
    int largest;        /* PNM: the value of white in the file; else 0 */
    bool swap, upwards; /* bytes of an element are the other way round; the last row comes first */
    unsigned char *memory; /* all of it, where rows cannot be read one by one; or NULL */
};

/* The file begins like one of these formats. */
bool plain_is(const char *path);
/* False after a message. */
bool plain_open(struct plain *plain, const char *path);
/* Rows in any order, bands interleaved; false after a message. */
bool plain_read(const struct plain *plain, int first, int count, void *rows);
void plain_close(struct plain *plain);

/* The suffix of the path is one that is written here. */
bool plain_writes(const char *path);
/* Says why not, and the remedy, when such a file cannot hold such an image. */
bool plain_can_hold(const char *path, clconv_type type, int bands);

struct plain_writer {
    struct cli_output *output;
    int width, height, bands;
    clconv_type type;
    bool is_pfm, is_npy;
    size_t head; /* bytes of the header */
};

/* Both false after a message; the output is discarded then. Rows come in order. */
bool plain_begin(struct plain_writer *writer, struct cli_output *output, int width, int height,
                 int bands, clconv_type type);
bool plain_write(struct plain_writer *writer, int first, int count, const void *rows);

#endif

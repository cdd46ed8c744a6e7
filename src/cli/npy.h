/* npy.h - arrays in NumPy's .npy format: versions 1 to 3, both byte orders, C and Fortran order.
 * Headers are not believed: the shape has to match the length of the file. */
#ifndef CLI_NPY_H
#define CLI_NPY_H

#include <clconv/clconv.h>
#include <stdbool.h>

enum { CLI_NPY_RANK = 8 };

struct cli_npy {
    char kind; /* 'f' 'i' 'u' 'b', as in a NumPy type "f4" */
    int size;  /* bytes of an element */
    int rank;  /* 0 .. CLI_NPY_RANK */
    int64_t shape[CLI_NPY_RANK];
    size_t count;  /* elements */
    bool swapped;  /* in the file, they are in the other byte order */
    bool fortran;  /* in the file, the first index runs fastest */
    int64_t start; /* of the elements in the file */
    void *data;    /* malloc'd, in C order and in the byte order of this machine; or NULL */
};

/* With the elements, and without. False after a message on stderr that names the file, what is
 * wrong and the remedy. */
bool cli_npy_read(struct cli_npy *array, const char *path);
bool cli_npy_look(struct cli_npy *array, const char *path);
void cli_npy_free(struct cli_npy *array);

/* The type of a desc for these elements; false after a message with the remedy (astype). */
bool cli_npy_type(clconv_type *type, const struct cli_npy *array, const char *path);

/* The elements as f32, malloc'd: any number type; says on stderr when that loses precision. */
bool cli_npy_floats(float **values, const struct cli_npy *array, const char *path);

/* "(3, 224, 224)" for messages; at most `bytes` with the terminating zero. */
const char *cli_npy_shape(char *text, size_t bytes, const struct cli_npy *array);

/* Writes an array in C order through a temporary file (output.h). False after a message. */
bool cli_npy_write(const char *path, clconv_type type, int rank, const int64_t *shape,
                   const void *data);

/* The header alone, to an output that has begun: for arrays that are written in parts. False after
 * a message; the output is discarded then. */
struct cli_output;
bool cli_npy_write_header(struct cli_output *output, clconv_type type, int rank,
                          const int64_t *shape);

#endif

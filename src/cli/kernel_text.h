/* kernel_text.h - numbers in a text, with errors that point at the place. */
#ifndef CLI_KERNEL_TEXT_H
#define CLI_KERNEL_TEXT_H

#include "cli.h"
#include "kernel.h"
#include <stddef.h>

struct kernel_text {
    const char *name; /* of the file, or NULL: the argument itself */
    const char *text, *at;
    const char *fields, *rows; /* characters that separate values, and rows; blanks always
                                  separate values, newlines always rows */
    bool holes;                /* "nan" and "-" stand for a tap that is left out (0) */
};

/* Says "kernel: sentence" (or "FILE: line N: sentence"), the line, and a mark under `at`. Returns
 * false. */
bool kernel_text_wrong(const struct kernel_text *text, const char *at, const char *format, ...)
    CLI_PRINTF(3, 4);

/* The next value of this row; 0: the row ends here, -1 after a message. */
int kernel_text_value(struct kernel_text *text, double *value);
/* Steps over the end of a row and over empty rows; false at the end of the text. */
bool kernel_text_next_row(struct kernel_text *text);

/* The rest of the text as rows of equally many values. */
bool kernel_text_rows(struct kernel *kernel, struct kernel_text *text);
/* The rest as rows * columns values in the order of rows, whatever the line ends. */
bool kernel_text_values(struct kernel *kernel, struct kernel_text *text);

bool kernel_from_magick(struct kernel *kernel, const char *argument);
bool kernel_from_file(struct kernel *kernel, const char *path);

#endif

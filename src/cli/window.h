/* window.h - the options that say how a filter moves over its input, for the commands that take
 * them as NumPy's users write them. */
#ifndef CLI_WINDOW_H
#define CLI_WINDOW_H

#include "args.h"
#include "cli.h"

struct cli_window {
    const char *stride, *padding, *dilation, *extent, *border;
    bool flip;
};

/* Rows of a table of options: the member `field` of `type` is a struct cli_window. */
#define CLI_WINDOW_OPTIONS(type, field)                                                            \
    {"--stride", "-s",                                                                             \
     CLI_TEXT,   offsetof(type, field.stride),                                                     \
     "A[,B]",    "step of rows and columns, default 1"},                                           \
        {"--padding",     "-p",                                                                    \
         CLI_TEXT,        offsetof(type, field.padding),                                           \
         "P|R,C|T,B,L,R", "all sides; rows, columns; top, bottom, left, right; default 0"},        \
        {"--dilation", NULL,                                                                       \
         CLI_TEXT,     offsetof(type, field.dilation),                                             \
         "A[,B]",      "distance of taps, default 1"},                                             \
        {"--extent",        NULL,                                                                  \
         CLI_TEXT,          offsetof(type, field.extent),                                          \
         "same|valid|full", "instead of --padding"},                                               \
        {"--border", NULL,                                                                         \
         CLI_TEXT,   offsetof(type, field.border),                                                 \
         "B",        "constant[=V] (default 0), replicate, reflect, reflect101, wrap"},            \
    {                                                                                              \
        "--flip", NULL, CLI_FLAG, offsetof(type, field.flip), NULL,                                \
            "turn the filter by 180 degrees: convolution instead of correlation"                   \
    }

/* Fills in stride, dilation, padding or extent, border and operation; strides and dilations are 1
 * where none is given. False after a message: wrong usage. */
bool cli_window_read(clconv_desc *desc, const struct cli_window *window);

#endif

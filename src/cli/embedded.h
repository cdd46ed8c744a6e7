/* embedded.h - files inside the command; the build generates the table (cmake/embed.cmake). */
#ifndef CLI_EMBEDDED_H
#define CLI_EMBEDDED_H

#include <stddef.h>

extern const struct cli_embedded {
    const char *name; /* "images.txt" */
    const unsigned char *bytes;
    size_t size;
} cli_embedded[];
extern const size_t cli_embedded_count;

#endif

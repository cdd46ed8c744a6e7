/* plain_text.h - what is text in PNM and PFM: the header, and the pixels of P2 and P3. */
#ifndef CLI_PLAIN_TEXT_H
#define CLI_PLAIN_TEXT_H

#include "plain.h"

struct plain_head {
    bool is_pfm, is_text;
    bool big_endian; /* PFM */
    int width, height, bands;
    int largest;      /* PNM: the value of white */
    long long length; /* bytes of the header */
};

/* head: zero-terminated, at most the beginning of the file. False after a message. */
bool plain_head_parse(struct plain_head *parsed, const char *head, const char *path);

/* All pixels of a text format, malloc'd; NULL after a message. */
unsigned char *plain_text_pixels(const struct plain *plain);

/* plain.c: from the file's largest value to that of the type. */
void plain_stretch(const struct plain *plain, void *rows, size_t values);

bool plain_little_endian(void);

#endif

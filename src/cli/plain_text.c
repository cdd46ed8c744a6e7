/* plain_text.c - the headers of PNM and PFM, and the pixels of P2 and P3. */
#define _POSIX_C_SOURCE 200809L
#include "plain_text.h"
#include "cli.h"
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool plain_little_endian(void)
{
    const uint16_t one = 1;
    return *(const uint8_t *)&one == 1;
}

static const char *skip_blanks(const char *s)
{
    while (isspace((unsigned char)*s) || *s == '#')
        s += *s == '#' ? strcspn(s, "\n") : 1;
    return s;
}

/* A whole number from 1 up to `most`; NULL when there is none. */
static const char *read_size(const char *s, int *value, long most)
{
    char *end;
    s = skip_blanks(s);
    errno = 0;
    const long v = isdigit((unsigned char)*s) ? strtol(s, &end, 10) : 0;
    if (v < 1 || v > most || errno)
        return NULL;
    *value = (int)v;
    return end;
}

static bool wrong(const char *path, const char *what)
{
    cli_say("%s: its header %s; it is damaged, or no PNM or PFM file", path, what);
    return false;
}

/* PFM: the sign of the last number is the byte order; its size, a unit of light, is ignored. */
static const char *read_pfm_scale(const char *s, bool *big_endian)
{
    char *end;
    const double scale = strtod(s, &end);
    *big_endian = scale > 0;
    return end == s || scale == 0 || !isfinite(scale) ? NULL : end;
}

bool plain_head_parse(struct plain_head *parsed, const char *head, const char *path)
{
    const char kind = head[1], *s = head + 2;
    *parsed = (struct plain_head){.is_pfm = kind == 'F' || kind == 'f',
                                  .is_text = kind == '2' || kind == '3',
                                  .bands = strchr("36F", kind) ? 3 : 1};
    if (head[0] != 'P' || !kind || !strchr("2356Ff", kind)) {
        cli_say("%s: P%c (bitmaps and PAM) is not read; PGM, PPM (P2, P3, P5, P6) and PFM are",
                path, isprint((unsigned char)kind) ? kind : '?');
        return false;
    }
    if (!(s = read_size(s, &parsed->width, INT_MAX)) ||
        !(s = read_size(s, &parsed->height, INT_MAX)))
        return wrong(path, "has no width and height from 1 up");
    s = parsed->is_pfm ? read_pfm_scale(skip_blanks(s), &parsed->big_endian)
                       : read_size(s, &parsed->largest, 65535);
    if (!s || !isspace((unsigned char)*s))
        return wrong(path,
                     parsed->is_pfm ? "has no scale" : "has no largest value within 1 .. 65535");
    parsed->length = s + 1 - head;
    return true;
}

static void store(const struct plain *plain, unsigned char *pixels, size_t i, long value)
{
    if (plain->type == CLCONV_U8)
        pixels[i] = (uint8_t)value;
    else
        memcpy(pixels + 2 * i, &(uint16_t){(uint16_t)value}, 2);
}

static bool read_values(const struct plain *plain, unsigned char *pixels, size_t values, FILE *file)
{
    char word[8];
    for (size_t i = 0; i < values; i++) {
        char *end;
        if (fscanf(file, "%7s", word) != 1) {
            cli_say("%s: truncated: value %zu of %zu is missing", plain->path, i + 1, values);
            return false;
        }
        const long value = strtol(word, &end, 10);
        if (*end || value < 0 || value > plain->largest) {
            cli_say("%s: value %zu of %zu, \"%s\", is not within 0 .. %d", plain->path, i + 1,
                    values, word, plain->largest);
            return false;
        }
        store(plain, pixels, i, value);
    }
    return true;
}

unsigned char *plain_text_pixels(const struct plain *plain)
{
    /* Each value is a digit and a separator at least: a file that is too short for what its header
     * says is found before memory is asked for. */
    const double values = (double)plain->width * plain->height * plain->bands;
    const double bytes = values * (double)clconv_type_size(plain->type);
    const int copy = dup(plain->fd);
    FILE *const file = copy < 0 ? NULL : fdopen(copy, "r");
    unsigned char *pixels = NULL;
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        cli_say("%s: %s", plain->path, strerror(errno));
    } else if (2 * values - 1 > (double)ftell(file) - (double)plain->pixels) {
        cli_say("%s: truncated: %.0f values cannot stand in its %ld bytes", plain->path, values,
                ftell(file));
    } else if (!(pixels = malloc((size_t)bytes))) {
        cli_no_memory((size_t)bytes);
    } else if (fseek(file, (long)plain->pixels, SEEK_SET) != 0 ||
               !read_values(plain, pixels, (size_t)values, file)) {
        free(pixels);
        pixels = NULL;
    } else {
        plain_stretch(plain, pixels, (size_t)values);
    }
    if (file)
        fclose(file);
    else if (copy >= 0)
        close(copy);
    return pixels;
}

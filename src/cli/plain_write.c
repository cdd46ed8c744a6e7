/* plain_write.c - writing PNM, PFM and .npy images row by row. */
#define _POSIX_C_SOURCE 200809L
#include "cli.h"
#include "image.h"
#include "npy.h"
#include "output.h"
#include "plain.h"
#include "plain_text.h"
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const struct suffix {
    const char *text, *name;
    int bands; /* 0: one or three; -1: any */
    bool floats, any_type;
} suffixes[] = {
    {".pgm", "PGM", 1, false, false}, {".ppm", "PPM", 3, false, false},
    {".pnm", "PNM", 0, false, false}, {".pfm", "PFM", 0, true, false},
    {".npy", ".npy", -1, true, true},
};

static const struct suffix *find(const char *path)
{
    const size_t length = strlen(path);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (length >= 4 && strcasecmp(path + length - 4, suffixes[i].text) == 0)
            return &suffixes[i];
    return NULL;
}

bool plain_writes(const char *path)
{
    return find(path) != NULL;
}

bool plain_can_hold(const char *path, clconv_type type, int bands)
{
    const struct suffix *const s = find(path);
    const bool integer = type == CLCONV_U8 || type == CLCONV_U16;
    if (!s->any_type && (s->floats ? type != CLCONV_F32 : !integer))
        return image_wrong_type(path, s->name, s->floats ? "f32" : "u8 and u16", type);
    if (s->bands < 0 || bands == s->bands || (!s->bands && (bands == 1 || bands == 3)))
        return true;
    cli_say("%s: %s holds %s band%s, and the result has %d; %s", path, s->name,
            s->bands == 1   ? "1"
            : s->bands == 3 ? "3"
                            : "1 or 3",
            s->bands == 1 ? "" : "s", bands, IMAGE_MANY_BANDS);
    return false;
}

static bool write_head(struct plain_writer *w)
{
    char head[80];
    if (w->is_npy) {
        const int64_t shape[3] = {w->height, w->width, w->bands};
        return cli_npy_write_header(w->output, w->type, w->bands == 1 ? 2 : 3, shape);
    }
    if (w->is_pfm)
        snprintf(head, sizeof head, "P%c\n%d %d\n%s\n", w->bands == 3 ? 'F' : 'f', w->width,
                 w->height, plain_little_endian() ? "-1.0" : "1.0");
    else
        snprintf(head, sizeof head, "P%c\n%d %d\n%d\n", w->bands == 3 ? '6' : '5', w->width,
                 w->height, w->type == CLCONV_U8 ? 255 : 65535);
    w->head = strlen(head);
    return cli_output_write(w->output, head, w->head);
}

bool plain_begin(struct plain_writer *writer, struct cli_output *output, int width, int height,
                 int bands, clconv_type type)
{
    const struct suffix *const s = find(output->path);
    *writer = (struct plain_writer){.output = output,
                                    .width = width,
                                    .height = height,
                                    .bands = bands,
                                    .type = type,
                                    .is_pfm = s->floats && !s->any_type,
                                    .is_npy = s->any_type};
    return write_head(writer);
}

static bool write_upwards(struct plain_writer *w, int first, int count, const void *rows)
{
    const size_t bytes = (size_t)w->width * (size_t)w->bands * clconv_type_size(w->type);
    for (int i = 0; i < count; i++) {
        const off_t at = (off_t)(w->head + bytes * (size_t)(w->height - 1 - first - i));
        if (lseek(w->output->fd, at, SEEK_SET) != at) {
            cli_say("%s: a PFM file has its last row first, and this is no file to go back in; "
                    "write a regular file",
                    w->output->path);
            cli_output_discard(w->output);
            return false;
        }
        if (!cli_output_write(w->output, (const char *)rows + bytes * (size_t)i, bytes))
            return false;
    }
    return true;
}

/* PNM has the high byte first. */
static bool write_swapped(struct plain_writer *w, int count, const void *rows)
{
    const size_t values = (size_t)w->width * (size_t)w->bands * (size_t)count;
    uint8_t *const copy = malloc(2 * values);
    if (!copy) {
        cli_no_memory(2 * values);
        cli_output_discard(w->output);
        return false;
    }
    for (size_t i = 0; i < values; i++) {
        uint16_t v;
        memcpy(&v, (const uint8_t *)rows + 2 * i, 2);
        copy[2 * i] = (uint8_t)(v >> 8);
        copy[2 * i + 1] = (uint8_t)v;
    }
    const bool ok = cli_output_write(w->output, copy, 2 * values);
    free(copy);
    return ok;
}

bool plain_write(struct plain_writer *w, int first, int count, const void *rows)
{
    if (w->is_pfm)
        return write_upwards(w, first, count, rows);
    if (!w->is_npy && w->type == CLCONV_U16)
        return write_swapped(w, count, rows);
    return cli_output_write(w->output, rows,
                            (size_t)w->width * (size_t)w->bands * clconv_type_size(w->type) *
                                (size_t)count);
}

/* bench_set.h - sets of problems: the built-in ones of bench/shapes, files, and single problems.
 *
 * A line of a set: PROBLEM [KERNEL] [# name]. KERNEL, as of `clconv filter`, gives the
 * coefficients, the same for every filter and channel; without it they are pseudo-random. */
#ifndef CLI_BENCH_SET_H
#define CLI_BENCH_SET_H

#include <clconv/clconv.h>
#include <stdbool.h>

struct bench_item {
    clconv_desc desc;
    char *kernel; /* NULL: none */
    char *name;   /* "" when there is none */
    char *set;    /* "images", a file's name, "" for a single problem */
};

struct bench_items {
    struct bench_item *items;
    int count;
};

/* Adds what the word means: a problem, a built-in set or a file. False after a message. batch
 * replaces the number of images unless it is 0. */
bool bench_set_add(struct bench_items *items, const char *word, int batch);
void bench_item_free(struct bench_item *item);

/* bench_fill.c: data of an item. The seed is the same for the same problem, and others for others.
 * filters: sizes->filter_count floats, the kernel's if the item has one; INVALID with the reason.
 */
enum { BENCH_REASON = 512 };
uint64_t bench_seed(const char *problem);
clconv_status bench_fill_filters(float *filters, const struct bench_item *item,
                                 const clconv_sizes *sizes, uint64_t seed,
                                 char reason[BENCH_REASON]);

/* "images   28 problems: Image filters ..." for each set, on stdout. */
void bench_set_list(void);

#endif

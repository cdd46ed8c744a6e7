/* peer.h - what the programs of bench/peers share: problems, data, checking, timing, printing.
 *
 * A peer is another library that computes the same convolution. Its program is a table of variants
 * (functions, algorithms, schedules) given to peer_main, which reads problems, makes the data, lets
 * each variant prepare, checks its result at some hundred outputs against plain loops in double
 * precision, measures, and prints
 *
 *   problem <TAB> peer/variant <TAB> median <TAB> least <TAB> samples <TAB> largest error
 *   problem <TAB> peer/variant <TAB> - <TAB> why not
 *
 * with times in seconds. A variant "class:choice" is one of several ways to the same end; the
 * fastest choice stands for its class. */
#ifndef PEER_H
#define PEER_H

#include <clconv/clconv.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct peer_problem {
    const char *text; /* the line of the set: problem, and kernel argument if any */
    clconv_desc desc; /* plain: dense, correlation, no scale, no activation */
    clconv_sizes sizes;
    int pad_top, pad_bottom, pad_left, pad_right; /* whatever the extent is */
    double sigma;                                 /* of a gaussian kernel, else 0 */
    bool box;                                     /* every tap is the same */
    float *filters; /* k * (c / groups) * r * s; of a kernel argument the same for every filter, and
                     * so without one for the channels of an interleaved image */
    float *column, *row; /* r and s taps whose product is the filter, gaussian and box only */
    void *x, *y;         /* dense; y is written by finish */
};

struct peer_variant {
    const char *name;
    const void *how; /* the variant's own parameters */
    /* Everything that is done once: layouts, packing, compiling. NULL, or why it cannot. */
    const char *(*prepare)(const struct peer_problem *, const void *how, void **state);
    /* What is measured: from input in memory to output in memory. NULL, or what went wrong. */
    const char *(*run)(void *state);
    /* Puts the result into problem->y unless y is NULL, and frees the state; also after a failed
     * prepare, whose state may be NULL. */
    void (*finish)(void *state, void *y);
};

struct peer {
    const char *name;
    const char *(*version)(void);
    const struct peer_variant *variants;
    size_t count;
    bool inside_only; /* its border is its own: outputs whose window leaves the image are not
                       * checked */
};

int peer_main(int argc, char **argv, const struct peer *peer);

/* Text of a reason, printf-like, valid until the thread's next call. */
const char *peer_why(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* An image filter: n = 1, one filter on each channel by itself, output as large as the input. NULL
 * or why the problem is none. */
const char *peer_image_filter(const struct peer_problem *problem);
/* Padding with zeros, or none at all. NULL, or the border that it has. */
const char *peer_zero_padding(const struct peer_problem *problem);

/* NULL, or why the text is no problem for peers. */
const char *peer_problem_make(struct peer_problem *problem, const char *text);
void peer_problem_free(struct peer_problem *problem);
/* The largest |y - expected| over the outputs that are looked at; *wrong when one is off by more
 * than a right program's rounding. */
double peer_problem_error(const struct peer_problem *problem, bool inside_only, bool *wrong);

#ifdef __cplusplus
}
#endif
#endif

/* work.h - a small convolution with data, exact in every algorithm, and what the host makes of it;
 * and a log that a test can read. */
#ifndef WORK_H
#define WORK_H

#include "problem.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct work {
    clconv_desc desc;
    clconv_sizes sizes;
    unsigned char *x, *y, *expected;
    float *filters, *bias;
} work;

/* Whole numbers, so small that sums are exact in any order; other seeds, other numbers. */
work work_make(const char *problem, unsigned seed);
void work_free(work *w);
void work_fill_filters(work *w, unsigned seed); /* and computes `expected` anew */
/* The same with filters that this algorithm does. */
void work_fill_filters_for(work *w, const char *algorithm, unsigned seed);
void work_poison(work *w); /* y holds no result */
bool work_is_poisoned(const work *w);
/* Exact, but that f32 of an algorithm that transforms tiles may be rounded. */
bool work_is_right(const work *w);
bool work_is_result(const work *w, const void *y);

/* The plan on fresh buffers of its context: x written, run, y read. */
clconv_status work_run(work *w, clconv_context *context, clconv_plan *plan);
/* Opens a plan by a forced algorithm (NULL: any), runs it, destroys it. */
clconv_status work_do(work *w, clconv_context *context, const char *algorithm);

/* What has to succeed: the default device opened, a plan of the work, memory. */
clconv_context *open_default(void);
clconv_plan *plan_of(const work *w, clconv_context *context, const clconv_plan_options *options);
clconv_buffer *buffer_of(clconv_context *context, size_t bytes);

#define CHECK_OK(call) check_ok((call), #call)
void check_ok(clconv_status status, const char *call);
/* The status, and every word (to a NULL) in the sentence. */
void check_failed(clconv_status status, clconv_status expected, ...);
#define CHECK_FAILED(status, ...) check_failed((status), __VA_ARGS__, (const char *)NULL)

typedef struct work_log {
    pthread_mutex_t lock;
    int count[CLCONV_LOG_DEBUG + 1];
    char text[16384]; /* a line a sentence: "level sentence" */
} work_log;
#define WORK_LOG                                                                                   \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }
void work_log_take(void *user, clconv_log_level level, const char *sentence);
bool work_log_has(work_log *log, clconv_log_level level, const char *words);

/* A fresh folder, and its end; the cache of a test that must not find what others left. */
void folder_make(char path[64]);
void folder_remove(const char *path);

#endif

/* work.c - small convolutions with known results. */
#define _XOPEN_SOURCE 700
#include "work.h"
#include "cli/fill.h"
#include "host/host.h"
#include <ftw.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { POISON = 0xA5 };

static double small(unsigned *seed, int least, int count)
{
    *seed = *seed * 1664525u + 1013904223u;
    return least + (int)((*seed >> 16) % (unsigned)count);
}

static void expect(work *w)
{
    clconv_context *host = NULL;
    CHECK_OK(clconv_context_create(&host, "host"));
    CHECK_OK(clconv_run(host, &w->desc, w->x, w->filters, w->bias, w->expected));
    clconv_context_destroy(host);
}

void work_fill_filters(work *w, unsigned seed)
{
    for (size_t i = 0; i < w->sizes.filter_count; i++)
        w->filters[i] = (float)small(&seed, -3, 7);
    for (size_t i = 0; i < w->sizes.bias_count; i++)
        w->bias[i] = (float)small(&seed, -5, 11);
    memset(w->expected, POISON, w->sizes.y_bytes);
    expect(w);
}

void work_fill_filters_for(work *w, const char *algorithm, unsigned seed)
{
    cli_fill_filters(w->filters, &w->desc, algorithm, CLI_FILL_INTEGERS, seed);
    memset(w->expected, POISON, w->sizes.y_bytes);
    expect(w);
}

work work_make(const char *problem, unsigned seed)
{
    work w = {.desc = parsed(problem)};
    CHECK_OK(clconv_desc_output(&w.sizes, &w.desc));
    w.x = malloc(w.sizes.x_bytes);
    w.y = malloc(w.sizes.y_bytes);
    w.expected = malloc(w.sizes.y_bytes);
    w.filters = malloc(w.sizes.filter_count * sizeof *w.filters);
    w.bias = malloc(w.sizes.bias_count * sizeof *w.bias);
    ck_assert(w.x && w.y && w.expected && w.filters && w.bias);
    unsigned state = seed + 1;
    const size_t element = clconv_type_size(w.desc.x_type);
    for (size_t i = 0; i < w.sizes.x_bytes / element; i++)
        cc_store(w.desc.x_type, w.x, (int64_t)i, small(&state, 0, 8));
    work_poison(&w);
    work_fill_filters(&w, seed);
    return w;
}

void work_free(work *w)
{
    free(w->x);
    free(w->y);
    free(w->expected);
    free(w->filters);
    free(w->bias);
}

void work_poison(work *w)
{
    memset(w->y, POISON, w->sizes.y_bytes);
}

bool work_is_poisoned(const work *w)
{
    for (size_t i = 0; i < w->sizes.y_bytes; i++)
        if (w->y[i] != POISON)
            return false;
    return true;
}

/* Sums of whole numbers: what is wrong is off by one at least. */
static bool is_rounding(const work *w, const void *y)
{
    static const float MOST = 0.01f;
    const float *const got = y, *const expected = (const float *)(const void *)w->expected;
    for (size_t i = 0; i < w->sizes.y_bytes / sizeof *got; i++)
        if (memcmp(&got[i], &expected[i], sizeof *got) != 0 &&
            !(fabsf(got[i] - expected[i]) <= MOST))
            return false;
    return true;
}

bool work_is_result(const work *w, const void *y)
{
    return memcmp(y, w->expected, w->sizes.y_bytes) == 0 ||
           (w->desc.y_type == CLCONV_F32 && is_rounding(w, y));
}

bool work_is_right(const work *w)
{
    return work_is_result(w, w->y);
}

clconv_status work_run(work *w, clconv_context *context, clconv_plan *plan)
{
    clconv_buffer *x = NULL, *y = NULL;
    clconv_status status = clconv_buffer_create(&x, context, w->sizes.x_bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_create(&y, context, w->sizes.y_bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_write(x, 0, w->x, w->sizes.x_bytes);
    if (status == CLCONV_OK)
        status = clconv_plan_run(plan, x, y);
    if (status == CLCONV_OK)
        status = clconv_buffer_read(w->y, y, 0, w->sizes.y_bytes);
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    return status;
}

clconv_status work_do(work *w, clconv_context *context, const char *algorithm)
{
    const clconv_plan_options options = {.algorithm = algorithm};
    clconv_plan *plan = NULL;
    clconv_status status =
        clconv_plan_create(&plan, context, &w->desc, w->filters, w->bias, &options);
    if (status == CLCONV_OK)
        status = work_run(w, context, plan);
    clconv_plan_destroy(plan);
    return status;
}

void check_ok(clconv_status status, const char *call)
{
    ck_assert_msg(status == CLCONV_OK, "%s: %s: %s", call, clconv_status_name(status),
                  clconv_last_error());
}

void check_failed(clconv_status status, clconv_status expected, ...)
{
    va_list words;
    ck_assert_msg(status == expected, "%s instead of %s: %s", clconv_status_name(status),
                  clconv_status_name(expected), clconv_last_error());
    va_start(words, expected);
    for (const char *word; (word = va_arg(words, const char *)) != NULL;)
        ck_assert_msg(strstr(clconv_last_error(), word) != NULL, "'%s' is not in: %s", word,
                      clconv_last_error());
    va_end(words);
    ck_assert_str_ne(clconv_last_error(), "");
}

void work_log_take(void *user, clconv_log_level level, const char *sentence)
{
    work_log *const log = user;
    pthread_mutex_lock(&log->lock);
    const size_t length = strlen(log->text);
    log->count[level]++;
    snprintf(log->text + length, sizeof log->text - length, "%d %s\n", (int)level, sentence);
    pthread_mutex_unlock(&log->lock);
}

bool work_log_has(work_log *log, clconv_log_level level, const char *words)
{
    bool found = false;
    pthread_mutex_lock(&log->lock);
    for (const char *at = log->text; !found && (at = strstr(at, words)) != NULL; at++) {
        const char *line = at;
        while (line > log->text && line[-1] != '\n')
            line--;
        found = line[0] - '0' == (int)level;
    }
    pthread_mutex_unlock(&log->lock);
    return found;
}

void folder_make(char path[64])
{
    snprintf(path, 64, "/tmp/clconv-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(path));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void folder_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

clconv_context *open_default(void)
{
    clconv_context *context = NULL;
    CHECK_OK(clconv_context_create(&context, NULL));
    return context;
}

clconv_plan *plan_of(const work *w, clconv_context *context, const clconv_plan_options *options)
{
    clconv_plan *plan = NULL;
    CHECK_OK(clconv_plan_create(&plan, context, &w->desc, w->filters, w->bias, options));
    return plan;
}

clconv_buffer *buffer_of(clconv_context *context, size_t bytes)
{
    clconv_buffer *buffer = NULL;
    CHECK_OK(clconv_buffer_create(&buffer, context, bytes));
    return buffer;
}

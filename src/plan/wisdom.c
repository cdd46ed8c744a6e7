/* wisdom.c - what a context knows from measurements: read when it opens, asked by the chooser,
 * extended by the tuner. */
#define _POSIX_C_SOURCE 200809L
#include "plan/wisdom.h"
#include "base/number.h"
#include "base/status.h"
#include "ocl/cache_file.h"
#include "plan/embedded.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char FILE_NAME[] = "wisdom.txt"; /* in the folder of the cache */

/* ---- life ---- */

static void wisdom_free(void *wisdom)
{
    cc_wisdom *const w = wisdom;

    for (size_t i = 0; i < w->count; i++)
        free(w->lines[i].problem);
    free(w->lines);
    free(w->path);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

/* Without what ends a field. */
static void clean_field(char field[CC_DEVICE_TEXT])
{
    for (char *at = field; *at; at++)
        if (*at == '\t' || *at == '\n' || *at == '\r')
            *at = ' ';
}

static cc_wisdom_device name_device(const cc_caps *caps)
{
    static const char *const kinds[] = {"host", "cpu", "gpu", "accelerator"};
    cc_wisdom_device device;

    snprintf(device.id, sizeof device.id, "%s", caps->info.id);
    snprintf(device.driver, sizeof device.driver, "%s",
             *caps->info.driver ? caps->info.driver : "?");
    snprintf(device.like, sizeof device.like, "%s:%s:lanes %d", caps->info.platform,
             kinds[caps->info.kind], caps->lanes);
    clean_field(device.id);
    clean_field(device.driver);
    clean_field(device.like);
    return device;
}

static clconv_status copy_text(char **copy, const char *text, size_t length)
{
    *copy = malloc(length + 1);
    if (!*copy)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for wisdom");
    memcpy(*copy, text, length);
    (*copy)[length] = '\0';
    return CLCONV_OK;
}

/* The user's file by options, CLCONV_TUNE or the cache's folder. */
static clconv_status choose_file(cc_wisdom *w, const cc_log *log,
                                 const clconv_context_options *options)
{
    const char *const word = options->tune ? options->tune : getenv("CLCONV_TUNE");
    char *folder = NULL;
    cc_text path = {0};

    w->off = word && !strcmp(word, "off");
    if (w->off)
        return CLCONV_OK;
    if (word && *word && strcmp(word, "on") != 0)
        return copy_text(&w->path, word, strlen(word));
    const clconv_status status = cc_cache_folder(&folder, options->cache_dir);
    if (status == CLCONV_NO_MEMORY)
        return status;
    if (status != CLCONV_OK)
        cc_log_say(log, CLCONV_LOG_INFO, "no wisdom of the user: %s", clconv_last_error());
    if (!folder)
        return CLCONV_OK;
    cc_text_add(&path, "%s/%s", folder, FILE_NAME);
    free(folder);
    w->path = cc_text_take(&path);
    return w->path ? CLCONV_OK : cc_fail(CLCONV_NO_MEMORY, "no memory for the name of a file");
}

static clconv_status read_shipped(cc_wisdom *w, const cc_log *log)
{
    for (size_t i = 0; i < cc_wisdom_shipped_count; i++) {
        char *text;
        CC_TRY(
            copy_text(&text, (const char *)cc_wisdom_shipped[i].bytes, cc_wisdom_shipped[i].size));
        const clconv_status status = cc_wisdom_read(w, log, text, cc_wisdom_shipped[i].name, true);
        free(text);
        CC_TRY(status);
    }
    return CLCONV_OK;
}

static clconv_status read_user(cc_wisdom *w, const cc_log *log)
{
    char *text = NULL;
    clconv_status status = w->path ? cc_wisdom_load(&text, w->path) : CLCONV_OK;

    if (status == CLCONV_IO) {
        cc_log_say(log, CLCONV_LOG_WARNING, "%s", clconv_last_error());
        return CLCONV_OK;
    }
    if (text)
        status = cc_wisdom_read(w, log, text, w->path, false);
    free(text);
    return status;
}

static clconv_status fill(cc_wisdom *w, const clconv_context *context,
                          const clconv_context_options *options)
{
    w->device = name_device(&context->caps);
    w->own = w->like = context->caps;
    CC_TRY(choose_file(w, &context->log, options));
    if (w->off)
        return CLCONV_OK;
    CC_TRY(read_shipped(w, &context->log));
    return read_user(w, &context->log);
}

/* The host has one algorithm and no choice. */
clconv_status cc_wisdom_open(clconv_context **context, const clconv_context_options *options)
{
    clconv_context *const c = *context;
    cc_wisdom *const w = c->ocl ? calloc(1, sizeof *w) : NULL;
    clconv_status status = CLCONV_OK;

    if (!c->ocl)
        return CLCONV_OK;
    if (!w || pthread_mutex_init(&w->lock, NULL) != 0) {
        free(w);
        status = cc_fail(CLCONV_NO_MEMORY, "no memory for wisdom");
    } else {
        c->wisdom = w;
        c->wisdom_free = wisdom_free;
        status = fill(w, c, options);
        c->caps = w->own;
    }
    if (status != CLCONV_OK) {
        cc_context_release(c);
        *context = NULL;
    }
    return status;
}

/* ---- asking ---- */

clconv_status cc_wisdom_key_make(cc_wisdom_key *key, const cc_geom *geom)
{
    clconv_desc d = geom->desc;

    *key = (cc_wisdom_key){.n = geom->n};
    d.extent = CLCONV_EXPLICIT;
    d.pad_top = geom->pad_top, d.pad_bottom = geom->pad_bottom;
    d.pad_left = geom->pad_left, d.pad_right = geom->pad_right;
    d.anchor_shift_h = d.anchor_shift_w = 0;
    d.border = CLCONV_CONSTANT;
    d.border_value = 0;
    d.operation = CLCONV_CORRELATION;
    d.scale = 1;
    d.offset = 0;
    d.absolute = 0;
    d.activation = CLCONV_NONE;
    d.activation_a = d.activation_b = 0;
    CC_TRY(clconv_desc_format(&key->exact, &d));
    d.n = 1;
    const clconv_status status = clconv_desc_format(&key->single, &d);
    if (status != CLCONV_OK)
        cc_wisdom_key_free(key);
    return status;
}

void cc_wisdom_key_free(cc_wisdom_key *key)
{
    free(key->exact);
    free(key->single);
    *key = (cc_wisdom_key){0};
}

/* The last of them: under the lock. */
static const cc_wisdom_line *find(const cc_wisdom *w, const char *problem, const char *algorithm)
{
    for (size_t i = w->count; i-- > 0;)
        if (!strcmp(w->lines[i].algorithm, algorithm) && !strcmp(w->lines[i].problem, problem))
            return &w->lines[i];
    return NULL;
}

void cc_wisdom_tile(char text[CC_TILE_TEXT], const cc_tile *tile)
{
    snprintf(text, CC_TILE_TEXT, "%dx%d/%d/%dx%dx%d/%d", tile->local_q, tile->local_p, tile->lanes,
             tile->block_q, tile->block_p, tile->block_k, tile->step);
}

/* Whether the algorithm has such a tile for this problem. */
static bool match_tile(cc_choice *choice, const cc_problem *problem, const char *text)
{
    char its[CC_TILE_TEXT];
    cc_tile tile;

    if (!choice->algo->tile)
        return !strcmp(text, "-");
    for (int i = 0; choice->algo->tile(&tile, problem, i); i++) {
        cc_wisdom_tile(its, &tile);
        if (!strcmp(text, its)) {
            choice->tile = tile;
            return true;
        }
    }
    return false;
}

static void take(cc_choice *choice, clconv_context *context, const cc_problem *problem,
                 double seconds, const char *tile)
{
    if (isinf(seconds)) {
        choice->possible = false;
        snprintf(choice->why, CC_WHY,
                 "its result was wrong when it was tuned; `clconv tune "
                 "--forget` forgets that");
    } else if (match_tile(choice, problem, tile)) {
        choice->measured = true;
        choice->estimate = seconds;
    } else {
        cc_log_say(&context->log, CLCONV_LOG_INFO,
                   "wisdom is ignored: %s has no tile %s for this problem", choice->algo->info.name,
                   tile);
    }
}

void cc_wisdom_apply(cc_choice *choice, clconv_context *context, const cc_problem *problem,
                     const cc_wisdom_key *key)
{
    cc_wisdom *const w = context->wisdom;
    const cc_geom *const geom = problem->geom;
    char tile[CC_TILE_TEXT];
    double seconds = 0;

    if (!w || !choice->possible)
        return;
    pthread_mutex_lock(&w->lock);
    const cc_wisdom_line *line = find(w, key->exact, choice->algo->info.name);
    const double images = line ? 1 : key->n;
    if (!line)
        line = find(w, key->single, choice->algo->info.name);
    if (line) {
        const double scale = line->of_like ? cc_roofline(&w->own, geom->flops, geom->bytes) /
                                                 cc_roofline(&w->like, geom->flops, geom->bytes)
                                           : 1;
        seconds = line->seconds * images * scale;
        snprintf(tile, sizeof tile, "%s", line->tile);
    }
    pthread_mutex_unlock(&w->lock);
    if (seconds > 0)
        take(choice, context, problem, seconds, tile);
}

/* ---- learning ---- */

clconv_status cc_wisdom_check(const clconv_context *context)
{
    const cc_wisdom *const w = context->wisdom;

    if (!w)
        return cc_fail(CLCONV_INVALID, "on the device 'host' there is nothing to choose, and so "
                                       "nothing to tune; take an OpenCL device");
    if (w->off)
        return cc_fail(CLCONV_INVALID, "wisdom is switched off; unset CLCONV_TUNE, or give it the "
                                       "path of a file");
    if (!w->path)
        return cc_fail(CLCONV_IO, "there is no folder for wisdom (`clconv cache path` says why); "
                                  "set CLCONV_TUNE to the path of a file");
    return CLCONV_OK;
}

/* Six digits, in any locale: clocks are no finer. */
static void format_seconds(char text[CC_NUMBER], double value)
{
    if (!isfinite(value)) {
        cc_number_format(text, value);
        return;
    }
    int exponent = (int)floor(log10(value));
    long digits = lround(value * pow(10, 5 - exponent));
    if (digits >= 1000000) {
        digits /= 10;
        exponent++;
    }
    snprintf(text, CC_NUMBER, "%ld.%05lde%d", digits / 100000, digits % 100000, exponent);
}

static void add_line(cc_text *text, const cc_wisdom *w, bool of_like, const char *const field[3],
                     double seconds)
{
    char number[CC_NUMBER];

    format_seconds(number, seconds);
    cc_text_add(text, "%s\t%s\t%s\t%s\t%s\t%s\n", of_like ? w->device.like : w->device.id,
                of_like ? "*" : w->device.driver, field[0], field[1], field[2], number);
}

static clconv_status append(const cc_wisdom *w, cc_text *lines)
{
    const clconv_status status = lines->failed
                                     ? cc_fail(CLCONV_NO_MEMORY, "no memory for a line of wisdom")
                                     : cc_wisdom_append(w->path, lines->s ? lines->s : "");
    cc_text_free(lines);
    return status;
}

clconv_status cc_wisdom_learn(clconv_context *context, const char *problem, const char *algorithm,
                              const char *tile, double seconds, bool of_like)
{
    cc_wisdom *const w = context->wisdom;
    char *copies[3] = {NULL, NULL, NULL};
    char *field[CC_WISDOM_FIELDS] = {NULL};
    const char *const texts[3] = {problem, algorithm, tile};
    cc_text line = {0};
    clconv_status status = cc_wisdom_check(context);

    if (status != CLCONV_OK)
        return status;
    add_line(&line, w, of_like, texts, seconds);
    status = append(w, &line);
    for (int i = 0; i < 3 && status == CLCONV_OK; i++) {
        status = copy_text(&copies[i], texts[i], strlen(texts[i]));
        field[2 + i] = copies[i];
    }
    if (status == CLCONV_OK) {
        pthread_mutex_lock(&w->lock);
        status = cc_wisdom_add(w, field, seconds, of_like, false);
        pthread_mutex_unlock(&w->lock);
    }
    for (int i = 0; i < 3; i++)
        free(copies[i]);
    return status;
}

clconv_status cc_wisdom_learn_ceilings(clconv_context *context, const clconv_ceilings *ceilings,
                                       bool of_like)
{
    const cc_wisdom *const w = context->wisdom;
    const char *const names[] = {"f32", "copy", "launch"};
    const double values[] = {ceilings->f32, ceilings->copy, ceilings->launch_seconds};
    cc_text lines = {0};

    CC_TRY(cc_wisdom_check(context));
    for (int i = 0; i < 3; i++)
        if (values[i] > 0 && isfinite(values[i]))
            add_line(&lines, w, of_like, (const char *const[]){"-", names[i], "-"}, values[i]);
    return append(w, &lines);
}

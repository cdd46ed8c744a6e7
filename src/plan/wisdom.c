/* wisdom.c - what a context knows from measurements, read when it opens. */
#define _POSIX_C_SOURCE 200809L
#include "plan/wisdom.h"
#include "base/status.h"
#include "ocl/cache_file.h"
#include "plan/embedded.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char FILE_NAME[] = "wisdom.txt"; /* in the folder of the cache */

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

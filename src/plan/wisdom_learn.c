/* wisdom_learn.c - what the tuner has measured is remembered, in the context and in the user's
 * file. */
#define _POSIX_C_SOURCE 200809L
#include "base/number.h"
#include "base/status.h"
#include "plan/wisdom.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        field[2 + i] = copies[i] = strdup(texts[i]);
        if (!copies[i])
            status = cc_fail(CLCONV_NO_MEMORY, "no memory for a line of wisdom");
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

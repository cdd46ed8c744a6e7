/* wisdom_list.c - wisdom shown and forgotten. */
#include "base/status.h"
#include "plan/wisdom.h"
#include <stdlib.h>
#include <string.h>

/* Whether a later line about the same stands in its stead. */
static bool is_superseded(const cc_wisdom *w, size_t i)
{
    for (size_t later = i + 1; later < w->count; later++)
        if (!strcmp(w->lines[later].algorithm, w->lines[i].algorithm) &&
            !strcmp(w->lines[later].problem, w->lines[i].problem))
            return true;
    return false;
}

clconv_status cc_wisdom_visit(clconv_context *context,
                              void (*visit)(void *user, const clconv_wisdom *line), void *user)
{
    cc_wisdom *const w = context->wisdom;

    if (!w)
        return CLCONV_OK;
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < w->count; i++) {
        const cc_wisdom_line *const line = &w->lines[i];
        if (!is_superseded(w, i))
            visit(user, &(clconv_wisdom){strcmp(line->problem, "-") ? line->problem : NULL,
                                         line->algorithm, line->tile, line->seconds, line->of_like,
                                         line->shipped});
    }
    pthread_mutex_unlock(&w->lock);
    return CLCONV_OK;
}

typedef struct forgetting {
    const cc_wisdom *wisdom;
    const char *problem; /* NULL: all, the ceilings too */
    bool failed;         /* no memory */
} forgetting;

static bool is_to_be_forgotten(void *user, const char *line)
{
    forgetting *const f = user;
    char *field[CC_WISDOM_FIELDS];
    bool of_like, drop = false;
    char *const copy = malloc(strlen(line) + 1);

    if (!copy) {
        f->failed = true;
        return false;
    }
    strcpy(copy, line);
    if (*line && *line != '#' && strcmp(line, CC_WISDOM_HEADER) != 0)
        drop = !cc_wisdom_split(field, copy) ||
               (cc_wisdom_is_about(&f->wisdom->device, field, &of_like) &&
                (!f->problem || !strcmp(f->problem, field[2])));
    free(copy);
    return drop;
}

static void forget_lines(cc_wisdom *w, const char *problem)
{
    size_t kept = 0;

    for (size_t i = 0; i < w->count; i++)
        if (w->lines[i].shipped || (problem && strcmp(problem, w->lines[i].problem) != 0))
            w->lines[kept++] = w->lines[i];
        else
            free(w->lines[i].problem);
    w->count = kept;
}

clconv_status cc_wisdom_forget(clconv_context *context, const clconv_desc *desc, size_t *removed)
{
    cc_wisdom *const w = context->wisdom;
    cc_wisdom_key key = {0};
    cc_geom geom;
    size_t count = 0;

    CC_TRY(cc_wisdom_check(context));
    if (desc) {
        CC_TRY(cc_geom_make(&geom, desc));
        CC_TRY(cc_wisdom_key_make(&key, &geom));
    }
    forgetting f = {w, key.exact, false};
    clconv_status status = cc_wisdom_rewrite(w->path, is_to_be_forgotten, &f, &count);
    if (status == CLCONV_OK && f.failed)
        status = cc_fail(CLCONV_NO_MEMORY, "no memory for a line of wisdom");
    if (status == CLCONV_OK) {
        pthread_mutex_lock(&w->lock);
        forget_lines(w, key.exact);
        pthread_mutex_unlock(&w->lock);
    }
    cc_wisdom_key_free(&key);
    if (removed)
        *removed = count;
    return status;
}

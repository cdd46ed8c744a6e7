/* wisdom_choice.c - what the chooser is told of measurements. */
#include "base/status.h"
#include "plan/wisdom.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        choice->has_tile = choice->algo->tile != NULL;
        choice->estimate = seconds;
    } else {
        cc_log_say(&context->log, CLCONV_LOG_INFO,
                   "wisdom is ignored: %s has no tile %s for this problem", choice->algo->info.name,
                   tile);
    }
}

/* Seconds here for each on the device like this one that was measured: under the lock. */
static double like_scale(const cc_wisdom *w, const cc_geom *geom)
{
    return cc_roofline(&w->own, geom->flops, geom->bytes) /
           cc_roofline(&w->like, geom->flops, geom->bytes);
}

double cc_wisdom_like_scale(const clconv_context *context, const cc_geom *geom)
{
    cc_wisdom *const w = context->wisdom;
    double scale = 1;

    if (!w)
        return scale;
    pthread_mutex_lock(&w->lock);
    scale = like_scale(w, geom);
    pthread_mutex_unlock(&w->lock);
    return scale;
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
        const double scale = line->of_like ? like_scale(w, geom) : 1;
        seconds = line->seconds * images * scale;
        choice->is_exact = images == 1;
        choice->is_of_like = line->of_like;
        snprintf(tile, sizeof tile, "%s", line->tile);
    }
    pthread_mutex_unlock(&w->lock);
    if (seconds > 0)
        take(choice, context, problem, seconds, tile);
}

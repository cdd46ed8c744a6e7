/* wisdom.h - what was measured on this device or on its like: for each class of problems the
 * seconds of an algorithm in its best tile, and the device's ceilings. The chooser takes a measured
 * time instead of an estimate.
 *
 * Text: the line "clconv wisdom 1", then a line a fact, six fields with a tab between:
 *   device, driver, class of problems, algorithm, tile, seconds
 * device: an id of clconv_device_list with driver its version, for that device alone; or
 * "platform:kind:lanes N" with driver "*", for its like. Class "-": a ceiling of the device, the
 * algorithm then being "f32", "copy" or "launch" (FLOP/s, bytes/s, seconds) and the tile "-".
 * seconds "inf": the result was wrong. A later line beats an earlier one, the user's file what
 * is shipped. What is odd is skipped and logged.
 *
 * A class is the problem's text without what costs no time inside an image: border, epilogue, flip;
 * padding in numbers. A batch that is not known is taken for so many single images,
 * where the tile is one of the batch's too. */
#ifndef CC_PLAN_WISDOM_H
#define CC_PLAN_WISDOM_H

#include "plan/plan.h"
#include <pthread.h>

#define CC_WISDOM_HEADER "clconv wisdom 1"
enum { CC_WISDOM_FIELDS = 6, CC_TILE_TEXT = 96, CC_DEVICE_TEXT = 256 };

typedef struct cc_wisdom_line {
    char *problem, *algorithm, *tile; /* problem owns the memory of all three */
    double seconds;
    bool of_like; /* measured on a device like this one: seconds are scaled by the ceilings */
    bool shipped;
} cc_wisdom_line;

typedef struct cc_wisdom_device { /* its names in the first two fields */
    char id[CC_DEVICE_TEXT], driver[CC_DEVICE_TEXT], like[CC_DEVICE_TEXT];
} cc_wisdom_device;

/* Of one context. The lock guards the lines and the ceilings. */
typedef struct cc_wisdom {
    pthread_mutex_t lock;
    cc_wisdom_device device;
    cc_wisdom_line *lines; /* of this device and its like, in order */
    size_t count, capacity;
    cc_caps own, like; /* the context's, with the ceilings that are known of either; 0: not known */
    char *path;        /* the user's file; NULL: nothing can be kept */
    bool off;
} cc_wisdom;

/* Reads what there is about the context's device; what is known of its ceilings replaces the
 * guesses in its caps. Failures are logged, but for NO_MEMORY: then the context is released and
 * *context NULL. */
clconv_status cc_wisdom_open(clconv_context **context, const clconv_context_options *options);

/* A class of problems, and that of a single image of them. */
typedef struct cc_wisdom_key {
    char *exact, *single;
    int n;
} cc_wisdom_key;
clconv_status cc_wisdom_key_make(cc_wisdom_key *key, const cc_geom *geom);
void cc_wisdom_key_free(cc_wisdom_key *key);

/* What is known about a possible choice: its seconds and tile, or that it is not possible. */
void cc_wisdom_apply(cc_choice *choice, clconv_context *context, const cc_problem *problem,
                     const cc_wisdom_key *key);

/* By what seconds of a device like this one are multiplied; 1 where nothing is known of it. */
double cc_wisdom_like_scale(const clconv_context *context, const cc_geom *geom);
/* Remembers a line, in the context and in the user's file. of_like: for all devices like it. */
clconv_status cc_wisdom_learn(clconv_context *context, const char *problem, const char *algorithm,
                              const char *tile, double seconds, bool of_like);
clconv_status cc_wisdom_learn_ceilings(clconv_context *context, const clconv_ceilings *ceilings,
                                       bool of_like);
/* INVALID or IO when nothing can be learnt. */
clconv_status cc_wisdom_check(const clconv_context *context);

/* "1x1/16/4x3x1/0": work-group, lanes, block, step; "-" without a tile. */
void cc_wisdom_tile(char text[CC_TILE_TEXT], const cc_tile *tile);

/* Every line that counts; the user's lines of this device forgotten: those of one class (NULL:
 * all). */
clconv_status cc_wisdom_visit(clconv_context *context,
                              void (*visit)(void *user, const clconv_wisdom *line), void *user);
clconv_status cc_wisdom_forget(clconv_context *context, const clconv_desc *desc, size_t *removed);

/* ---- wisdom_line.c: lines of text ---- */

/* Cuts a line without its end into fields; false when it is odd. */
bool cc_wisdom_split(char *field[CC_WISDOM_FIELDS], char *line);
bool cc_wisdom_is_about(const cc_wisdom_device *device, char *const field[CC_WISDOM_FIELDS],
                        bool *of_like);
/* Adds the lines of a file to what is known; text is cut up. */
clconv_status cc_wisdom_read(cc_wisdom *wisdom, const cc_log *log, char *text, const char *name,
                             bool shipped);
clconv_status cc_wisdom_add(cc_wisdom *wisdom, char *const field[CC_WISDOM_FIELDS], double seconds,
                            bool of_like, bool shipped);

/* ---- wisdom_file.c: the user's file, which several processes may change at once ---- */

/* The whole file, *text malloc'd; NULL when there is none. IO with the reason. */
clconv_status cc_wisdom_load(char **text, const char *path);
/* Adds whole lines, and the header before them where the file is new. */
clconv_status cc_wisdom_append(const char *path, const char *lines);
/* Rewrites the file without the lines that drop says true for; their number to *removed. */
clconv_status cc_wisdom_rewrite(const char *path, bool (*drop)(void *user, const char *line),
                                void *user, size_t *removed);

#endif

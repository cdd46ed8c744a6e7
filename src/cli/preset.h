/* preset.h - filters by name: how their taps are made, and what their result wants to be. */
#ifndef CLI_PRESET_H
#define CLI_PRESET_H

#include "kernel.h"
#include <stddef.h>

enum preset_class {
    PRESET_MEAN,      /* weighted means */
    PRESET_SHARPEN,   /* the image with its differences enlarged */
    PRESET_SIGNED,    /* differences, of either sign */
    PRESET_MAGNITUDE, /* the length of two differences */
};

enum { PRESET_NUMBERS = 2 };

/* A parameter: the values that it may have, and the one that stands when it is not given. */
struct preset_number {
    const char *name; /* "SIGMA"; NULL: there is no such parameter */
    double lowest, highest, otherwise;
    bool optional;
};

struct preset {
    const char *name; /* "gaussian", or with a word that belongs to it "sobel:x" */
    enum preset_class kind;
    const char *what; /* one line */
    const char *example;
    struct preset_number numbers[PRESET_NUMBERS];
    bool (*make)(struct kernel *kernel, const double *numbers); /* 0 for an optional one that has
                                                                   no other default */
};

extern const struct preset presets[];
extern const size_t preset_count;

/* "gaussian:2.5,15"; false after a message with the nearest name, or what is wrong. */
bool preset_parse(struct kernel *kernel, const char *argument);

/* "gaussian:SIGMA[,SIZE]" */
void preset_usage(char *text, size_t bytes, const struct preset *preset);

/* Why results of this class have the type, scale and offset that they have. */
const char *preset_why(enum preset_class kind);

#endif

/* preset.c - the table of presets, and how an argument is read against it. */
#include "preset.h"
#include "args.h"
#include "cli.h"
#include "preset_make.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SIGMA                                                                                      \
    {                                                                                              \
        "SIGMA", 0.1, 500, 0, false                                                                \
    }
#define SIDE(name)                                                                                 \
    {                                                                                              \
        name, 1, KERNEL_SIDE, 0, true                                                              \
    }

const struct preset presets[] = {
    {"box",
     PRESET_MEAN,
     "mean of a rectangle",
     "box:5",
     {{"ROWS", 1, KERNEL_SIDE, 0, false}, SIDE("COLUMNS")},
     preset_box},
    {"gaussian",
     PRESET_MEAN,
     "blur by a bell of SIGMA pixels, out to 3 SIGMA or SIZE taps",
     "gaussian:2.5",
     {SIGMA, SIDE("SIZE")},
     preset_gaussian},
    {"motion",
     PRESET_MEAN,
     "blur along a line of LENGTH pixels, ANGLE degrees anticlockwise from the right",
     "motion:15,30",
     {{"LENGTH", 1, 4000, 0, false}, {"ANGLE", -360, 360, 0, true}},
     preset_motion},
    {"identity",
     PRESET_MEAN,
     "the image itself: converts types, takes each --stride-th pixel",
     "identity",
     {{0}},
     preset_identity},
    {"sharpen", PRESET_SHARPEN, "the image minus its Laplacian", "sharpen", {{0}}, preset_sharpen},
    {"unsharp",
     PRESET_SHARPEN,
     "adds AMOUNT times what a gaussian of SIGMA takes away",
     "unsharp:1.5,0.8",
     {SIGMA, {"AMOUNT", 0.01, 100, 1, true}},
     preset_unsharp},
    {"emboss",
     PRESET_SHARPEN,
     "a relief lit from the upper left, in the image's own colours",
     "emboss",
     {{0}},
     preset_emboss},
    {"laplacian",
     PRESET_SIGNED,
     "sum of second differences over 4 or 8 neighbours",
     "laplacian:8",
     {{"NEIGHBOURS", 4, 8, 4, true}},
     preset_laplacian},
    {"log",
     PRESET_SIGNED,
     "Laplacian of a gaussian of SIGMA: blobs and edges of that size",
     "log:2",
     {SIGMA},
     preset_log},
    {"sobel:x",
     PRESET_SIGNED,
     "change from left to right, weights 1 2 1",
     "sobel:x",
     {{0}},
     preset_sobel_x},
    {"sobel:y",
     PRESET_SIGNED,
     "change from top to bottom, weights 1 2 1",
     "sobel:y",
     {{0}},
     preset_sobel_y},
    {"sobel:magnitude",
     PRESET_MAGNITUDE,
     "length of the gradient, weights 1 2 1",
     "sobel:magnitude",
     {{0}},
     preset_sobel_magnitude},
    {"prewitt:x",
     PRESET_SIGNED,
     "change from left to right, weights 1 1 1",
     "prewitt:x",
     {{0}},
     preset_prewitt_x},
    {"prewitt:y",
     PRESET_SIGNED,
     "change from top to bottom, weights 1 1 1",
     "prewitt:y",
     {{0}},
     preset_prewitt_y},
    {"prewitt:magnitude",
     PRESET_MAGNITUDE,
     "length of the gradient, weights 1 1 1",
     "prewitt:magnitude",
     {{0}},
     preset_prewitt_magnitude},
    {"scharr:x",
     PRESET_SIGNED,
     "change from left to right, weights 3 10 3",
     "scharr:x",
     {{0}},
     preset_scharr_x},
    {"scharr:y",
     PRESET_SIGNED,
     "change from top to bottom, weights 3 10 3",
     "scharr:y",
     {{0}},
     preset_scharr_y},
    {"scharr:magnitude",
     PRESET_MAGNITUDE,
     "length of the gradient, weights 3 10 3",
     "scharr:magnitude",
     {{0}},
     preset_scharr_magnitude},
};

enum { COUNT = sizeof presets / sizeof presets[0] };
const size_t preset_count = COUNT;

const char *preset_why(enum preset_class kind)
{
    switch (kind) {
    case PRESET_MEAN:
        return "The taps add up to 1 and none is negative, so every result lies between the "
               "smallest and the largest value of the input: its type holds them all.";
    case PRESET_SHARPEN:
        return "The taps add up to 1, so flat areas keep their value and the input's type; at "
               "strong edges the result passes the type's range and is cut off there, which is "
               "where white and black would stand anyway.";
    case PRESET_SIGNED:
        return "The taps add up to 0: flat areas give 0, and results have either sign. In u8 and "
               "u16 they are scaled so that a straight step from black to white just fits (a lone "
               "point may pass that and is cut off), and 0 becomes mid-grey, or black with --abs. "
               "s8, s16, f32 and f64 hold the plain sums.";
    default:
        return "sqrt(a * a + b * b) of two filters is never negative, so 0 is black. In u8 and "
               "u16 it is scaled so that a straight step from black to white gives white (a corner "
               "may pass that and is cut off). s8, s16, f32 and f64 hold the plain value.";
    }
}

void preset_usage(char *text, size_t bytes, const struct preset *preset)
{
    const struct preset_number *const n = preset->numbers;
    if (!n[0].name)
        snprintf(text, bytes, "%s", preset->name);
    else if (!n[1].name)
        snprintf(text, bytes, n[0].optional ? "%s[:%s]" : "%s:%s", preset->name, n[0].name);
    else
        snprintf(text, bytes, n[1].optional ? "%s:%s[,%s]" : "%s:%s,%s", preset->name, n[0].name,
                 n[1].name);
}

/* The preset whose name the argument has, and what stands behind it: "2.5" of "gaussian:2.5". */
static const struct preset *find(const char *argument, const char **rest)
{
    for (size_t i = 0; i < COUNT; i++) {
        const size_t length = strlen(presets[i].name);
        if (strncmp(argument, presets[i].name, length) != 0)
            continue;
        *rest = argument + length;
        if (**rest == '\0' || **rest == ':')
            return &presets[i];
    }
    return NULL;
}

static void say_unknown(const char *argument)
{
    const char *names[COUNT];
    const size_t stem = strcspn(argument, ":");
    char variants[80] = "";
    for (size_t i = 0; i < COUNT; i++) {
        const size_t used = strlen(variants);
        names[i] = presets[i].name;
        if (strncmp(argument, names[i], stem) == 0 && names[i][stem] == ':')
            snprintf(variants + used, sizeof variants - used, "%s%s", used ? ", " : "", names[i]);
    }
    const char *const near = cli_nearest(argument, names, COUNT);
    if (variants[0])
        cli_say("kernel: \"%s\" is one of %s", argument, variants);
    else
        cli_say("kernel: no preset is called \"%s\"%s%s%s; `clconv kernels` lists them", argument,
                near ? ", the nearest is \"" : "", near ? near : "", near ? "\"" : "");
}

static bool say_usage(const struct preset *preset, const char *argument, const char *problem)
{
    char usage[80];
    preset_usage(usage, sizeof usage, preset);
    cli_say("kernel: \"%s\": %s; it is %s, as in %s", argument, problem, usage, preset->example);
    return false;
}

/* Reads "2.5,15" into numbers; false after a message. */
static bool read_numbers(double numbers[PRESET_NUMBERS], const struct preset *preset,
                         const char *argument, const char *rest)
{
    char problem[160], word[32];
    int given = 0;
    for (; *rest; given++) {
        const struct preset_number *const number = &preset->numbers[given];
        const size_t length = strcspn(++rest, ",");
        if (given == PRESET_NUMBERS || !number->name)
            return say_usage(preset, argument, given ? "too many numbers" : "it takes no number");
        snprintf(word, sizeof word, "%.*s", (int)length, rest);
        if (length >= sizeof word || !cli_real(&numbers[given], word)) {
            snprintf(problem, sizeof problem, "%s \"%s\" is not a number", number->name, word);
            return say_usage(preset, argument, problem);
        }
        if (numbers[given] < number->lowest || numbers[given] > number->highest) {
            snprintf(problem, sizeof problem, "%s %g is not within %g .. %g", number->name,
                     numbers[given], number->lowest, number->highest);
            return say_usage(preset, argument, problem);
        }
        rest += length;
    }
    for (; given < PRESET_NUMBERS && preset->numbers[given].name; given++) {
        snprintf(problem, sizeof problem, "%s is missing", preset->numbers[given].name);
        if (!preset->numbers[given].optional)
            return say_usage(preset, argument, problem);
        numbers[given] = preset->numbers[given].otherwise;
    }
    return true;
}

bool preset_parse(struct kernel *kernel, const char *argument)
{
    double numbers[PRESET_NUMBERS] = {0};
    const char *rest;
    const struct preset *const preset = find(argument, &rest);
    if (!preset) {
        say_unknown(argument);
        return false;
    }
    if (!read_numbers(numbers, preset, argument, rest) || !preset->make(kernel, numbers))
        return false;
    kernel->preset = preset;
    return true;
}

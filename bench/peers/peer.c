/* peer.c - the main program of a peer: options, measuring, printing. */
#define _POSIX_C_SOURCE 200809L
#include "peer.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLES_LEAST = 5, SAMPLES_MOST = 2000, LINE = 1024 };
static const double warm_up = 0.1; /* part of the seconds that are given to a variant */

struct options {
    double seconds;       /* for each variant of a problem */
    const char *variants; /* names with commas between; NULL: all */
};

struct samples {
    double seconds[SAMPLES_MOST];
    size_t count;
};

const char *peer_why(const char *format, ...)
{
    static _Thread_local char text[LINE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    text[strcspn(text, "\n\t")] = 0;
    return text;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const char *measure(struct samples *samples, const struct peer_variant *variant, void *state,
                           double seconds)
{
    const double begin = now();
    const char *why = NULL;
    do {
        why = variant->run(state);
    } while (!why && now() - begin < warm_up * seconds);
    const double warm = now();
    while (!why && samples->count < SAMPLES_MOST &&
           (samples->count < SAMPLES_LEAST || now() - warm < seconds)) {
        const double start = now();
        why = variant->run(state);
        samples->seconds[samples->count++] = now() - start;
    }
    qsort(samples->seconds, samples->count, sizeof *samples->seconds, by_value);
    return why;
}

/* False when the result is wrong. */
static bool run_variant(const struct peer *peer, const struct peer_variant *variant,
                        const struct peer_problem *problem, double seconds)
{
    static struct samples samples;
    void *state = NULL;
    bool wrong = false;
    double error = 0;
    samples.count = 0;
    memset(problem->y, 0, problem->sizes.y_bytes);
    const char *why = variant->prepare(problem, variant->how, &state);
    if (!why)
        why = measure(&samples, variant, state, seconds);
    variant->finish(state, why ? NULL : problem->y);
    if (!why) {
        error = peer_problem_error(problem, peer->inside_only, &wrong);
        if (wrong)
            why = peer_why("wrong result: off by %.3g", error);
    }
    printf("%s\t%s/%s\t", problem->text, peer->name, variant->name);
    if (why)
        printf("-\t%s\n", why);
    else
        printf("%.9g\t%.9g\t%zu\t%.3g\n", samples.seconds[samples.count / 2], samples.seconds[0],
               samples.count, error);
    fflush(stdout);
    return !wrong;
}

static bool is_listed(const char *list, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (!strncmp(at, name, length) && (at[length] == ',' || at[length] == 0))
            return true;
    }
    return list == NULL;
}

static bool run_problem(const struct peer *peer, const char *text, const struct options *options)
{
    struct peer_problem problem;
    bool good = true;
    const char *why = peer_problem_make(&problem, text);
    if (why)
        printf("%s\t%s\t-\t%s\n", text, peer->name, why);
    for (size_t i = 0; !why && i < peer->count; i++)
        if (is_listed(options->variants, peer->variants[i].name))
            good = run_variant(peer, &peer->variants[i], &problem, options->seconds) && good;
    peer_problem_free(&problem);
    return good;
}

/* The line without its comment and the blanks around it; false when nothing is left. */
static bool clean(char *line)
{
    char *comment = line[0] == '#' ? line : strstr(line, " #");
    size_t length = strcspn(line, "\r\n");
    if (comment && (size_t)(comment - line) < length)
        length = (size_t)(comment - line);
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
        length--;
    line[length] = 0;
    return length > 0;
}

static int usage(const struct peer *peer)
{
    fprintf(stderr,
            "usage: peer_%s [--seconds S] [--variants A,B] [PROBLEM...]   (else from stdin)\n"
            "       peer_%s --version | --list\n",
            peer->name, peer->name);
    return 2;
}

static int information(const struct peer *peer, const char *what)
{
    if (!strcmp(what, "--version")) {
        printf("%s\n", peer->version());
        return 0;
    }
    for (size_t i = 0; i < peer->count; i++)
        printf("%s\n", peer->variants[i].name);
    return 0;
}

int peer_main(int argc, char **argv, const struct peer *peer)
{
    struct options options = {.seconds = 1};
    bool good = true;
    char line[LINE];
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (!strcmp(argv[i], "--version") || !strcmp(argv[i], "--list"))
            return information(peer, argv[i]);
        if (i + 1 == argc)
            return usage(peer);
        if (!strcmp(argv[i], "--seconds"))
            options.seconds = atof(argv[++i]);
        else if (!strcmp(argv[i], "--variants"))
            options.variants = argv[++i];
        else
            return usage(peer);
    }
    if (i == argc)
        while (fgets(line, sizeof line, stdin))
            good = (!clean(line) || run_problem(peer, line, &options)) && good;
    for (; i < argc; i++)
        good = run_problem(peer, argv[i], &options) && good;
    return good ? 0 : 1;
}

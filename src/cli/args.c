/* args.c - options and words of a command line. */
#include "args.h"
#include "cli.h"
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 48, MAX_NAME = 64 };

static const struct cli_option *given[MAX_OPTIONS]; /* in this command line, in order */
static size_t given_count;

/* Levenshtein's distance; words longer than MAX_NAME are far from everything. */
static size_t distance(const char *a, const char *b)
{
    size_t row[MAX_NAME + 1];
    const size_t n = strlen(a), m = strlen(b);
    if (n > MAX_NAME || m > MAX_NAME)
        return MAX_NAME;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            const size_t replace = corner + (a[i - 1] != b[j - 1]);
            const size_t least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            corner = row[j];
            row[j] = replace < least ? replace : least;
        }
    }
    return row[m];
}

const char *cli_nearest(const char *word, const char *const *names, size_t count)
{
    const char *best = NULL;
    size_t least = strlen(word) / 2 + 1;
    for (size_t i = 0; i < count; i++) {
        const bool prefix = *word && strncmp(names[i], word, strlen(word)) == 0;
        const size_t d = prefix ? 0 : distance(word, names[i]);
        if (d < least) {
            least = d;
            best = names[i];
        }
    }
    return best;
}

bool cli_given(const char *name)
{
    for (size_t i = 0; i < given_count; i++) {
        if (strcmp(given[i]->name, name) == 0)
            return true;
    }
    return false;
}

static const struct cli_option *find(const struct cli_option *options, const char *word,
                                     size_t length)
{
    for (; options->name; options++) {
        if (strlen(options->name) == length && strncmp(options->name, word, length) == 0)
            return options;
        if (options->alias && strlen(options->alias) == length &&
            strncmp(options->alias, word, length) == 0)
            return options;
    }
    return NULL;
}

static bool unknown(const struct cli_option *options, const char *word)
{
    const char *names[MAX_OPTIONS];
    size_t count = 0;
    for (; options->name && count < MAX_OPTIONS; options++)
        names[count++] = options->name;
    const char *near = cli_nearest(word, names, count);
    cli_misuse("unknown option %s%s%s%s", word, near ? "; did you mean " : "", near ? near : "",
               near ? "?" : "");
    return false;
}

bool cli_real(double *value, const char *text)
{
    char *end = NULL;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value);
}

/* One integer at *text; false when there is none or it passes int. */
static bool integer(int *value, const char **text)
{
    char *end = NULL;
    errno = 0;
    const long v = strtol(*text, &end, 10);
    if (end == *text || errno == ERANGE || v < INT_MIN || v > INT_MAX)
        return false;
    *value = (int)v;
    *text = end;
    return true;
}

int cli_integers(int *values, const char *counts, const char *option, const char *text)
{
    const char *at = text;
    int count = 0;
    for (bool more = true; more && count < 9; count++) {
        int value;
        if (!integer(&value, &at))
            break;
        if (count < counts[strlen(counts) - 1] - '0')
            values[count] = value;
        more = *at == ',';
        at += more;
    }
    if (*at == '\0' && count > 0 && strchr(counts, '0' + count))
        return count;
    cli_misuse("%s %s: integers with commas between are wanted, %s of them", option, text, counts);
    return 0;
}

static bool store(void *into, const struct cli_option *option, const char *text)
{
    void *field = (char *)into + option->offset;
    const char *at = text;
    switch (option->kind) {
    case CLI_FLAG:
        memcpy(field, &(bool){true}, sizeof(bool));
        return true;
    case CLI_TEXT:
        memcpy(field, &text, sizeof(text));
        return true;
    case CLI_INT:
        if (integer(field, &at) && *at == '\0')
            return true;
        break;
    case CLI_REAL:
        if (cli_real(field, text))
            return true;
        break;
    }
    cli_misuse("%s %s: %s is wanted", option->name, text,
               option->kind == CLI_INT ? "an integer" : "a finite number");
    return false;
}

/* The option at argv[*i], and its value; *i is left at the last argument that was used. */
static bool take(void *into, const struct cli_option *options, int argc, char **argv, int *i)
{
    const char *word = argv[*i];
    const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    const size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const struct cli_option *option = find(options, word, length);
    const char *value = equals ? equals + 1 : NULL;
    if (!option)
        return unknown(options, word);
    if (cli_given(option->name)) {
        cli_misuse("%s is given twice", option->name);
        return false;
    }
    if (option->kind == CLI_FLAG && equals) {
        cli_misuse("%s takes no value", option->name);
        return false;
    }
    if (option->kind != CLI_FLAG && !equals) {
        if (*i + 1 >= argc) {
            cli_misuse("%s wants a value: %s", option->name, option->value);
            return false;
        }
        value = argv[++*i];
    }
    if (given_count < MAX_OPTIONS)
        given[given_count++] = option;
    return store(into, option, value);
}

bool cli_args(void *into, const struct cli_option *options, int argc, char **argv, int least,
              int most, int *count)
{
    bool words_only = false;
    int words = 0;
    given_count = 0;
    for (int i = 1; i < argc; i++) {
        if (!words_only && strcmp(argv[i], "--") == 0)
            words_only = true;
        else if (words_only || argv[i][0] != '-' || argv[i][1] == '\0')
            argv[1 + words++] = argv[i];
        else if (!take(into, options, argc, argv, &i))
            return false;
    }
    if (count)
        *count = words;
    if (words < least) {
        cli_misuse("%s", words == 0 ? "what to work on is missing" : "a word is missing");
        return false;
    }
    if (most != CLI_ANY_WORDS && words > most) {
        cli_misuse("'%s' is one word too many", argv[1 + most]);
        return false;
    }
    return true;
}

void cli_args_help(const struct cli_option *options)
{
    enum { COLUMN = 28 };
    for (; options->name; options++) {
        char left[80];
        snprintf(left, sizeof(left), "  %s%s%s%s%s", options->alias ? options->alias : "",
                 options->alias ? ", " : "", options->name, options->value ? " " : "",
                 options->value ? options->value : "");
        if (strlen(left) >= COLUMN)
            cli_out("%s\n%*s%s\n", left, COLUMN, "", options->help);
        else
            cli_out("%-*s%s\n", COLUMN, left, options->help);
    }
}

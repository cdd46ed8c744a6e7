/* args.h - options and words of a command line, by a table per command.
 *
 *   struct blur { const char *kernel; int stride; bool verify; };
 *   static const struct cli_option options[] = {
 *       {"--kernel", "-k", CLI_TEXT, offsetof(struct blur, kernel), "KERNEL", "preset or rows"},
 *       {"--stride", NULL, CLI_INT, offsetof(struct blur, stride), "N", "step, default 1"},
 *       {"--verify", NULL, CLI_FLAG, offsetof(struct blur, verify), NULL, "check the result"},
 *       {0}};
 *
 * `--name value` and `--name=value` are the same; a value may begin with '-'; `--` ends the
 * options. An option given twice, an unknown one (with the nearest known one), a missing or
 * malformed value are said on stderr. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>

enum cli_kind {
    CLI_FLAG, /* bool */
    CLI_TEXT, /* const char * into argv; NULL when not given */
    CLI_INT,  /* int, any sign; the command checks its range */
    CLI_REAL, /* double, finite */
};

struct cli_option {
    const char *name, *alias; /* "--kernel", "-k" or NULL */
    enum cli_kind kind;
    size_t offset;     /* of the field in the command's struct */
    const char *value; /* "KERNEL" in the help; NULL for a flag */
    const char *help;  /* one line, without a full stop */
};

enum { CLI_ANY_WORDS = -1 };

/* Fills the struct at `into` (set to its defaults by the caller) and moves the words that belong to
 * no option to argv[1..count]. False after a message when something is wrong or the count of words
 * is not within least..most (CLI_ANY_WORDS: no upper limit); the command returns CLI_MISUSE.
 * Options that were given can be told by cli_given. */
bool cli_args(void *into, const struct cli_option *options, int argc, char **argv, int least,
              int most, int *count);

/* True when the option of this name was given in the last cli_args. */
bool cli_given(const char *name);

/* "3" or "3,1" or "1,0,2,0": exactly counts of integers in `counts` (e.g. "1 2 4"; the number of
 * values read is returned, 0 after a message). The whole text must be used. */
int cli_integers(int *values, const char *counts, const char *option, const char *text);

/* One finite number that uses the whole text. */
bool cli_real(double *value, const char *text);

/* The name nearest to word by edit distance, or NULL when none is near. */
const char *cli_nearest(const char *word, const char *const *names, size_t count);

/* Writes the lines of a command's options to stdout (cli_out). */
void cli_args_help(const struct cli_option *options);

#endif

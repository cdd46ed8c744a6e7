/* cli.h - what every command of the `clconv` program shares: the table entry of a command, data for
 * stdout, messages for stderr, and the opening of a device.
 *
 * A command is one file with `const struct cli_command cli_NAME` and a line in main.c. It runs in a
 * child process (guard.c). Exit statuses: CLI_DONE, CLI_FAILED, CLI_MISUSE (wrong usage). */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <clconv/clconv.h>
#include <stdbool.h>

#if defined(__GNUC__)
#define CLI_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CLI_PRINTF(text, first)
#endif

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_MISUSE = 2 };

struct cli_option; /* args.h */

struct cli_command {
    const char *name;    /* "conv" */
    const char *summary; /* one line without a full stop, for `clconv help` */
    const char *usage;   /* what follows "clconv conv ", for the first line of its help */
    const struct cli_option *options;  /* the help lists them; NULL: none */
    const char *notes;                 /* paragraphs and at least one example; ends in a newline */
    int (*run)(int argc, char **argv); /* argv[0] is the name; returns an exit status */
};

extern const struct cli_command cli_devices, cli_filter, cli_conv, cli_plan, cli_explain,
    cli_verify, cli_kernels, cli_cache, cli_bench, cli_tune;

/* The command of that name, or NULL. */
const struct cli_command *cli_command_find(const char *name);

/* Data: kept in memory and written to stdout when main ends the command, so that a crash of a
 * driver leaves nothing half said. Long listings may flush after each line; then a crash is not
 * tried again. False, with the reason on stderr unless a reader closed the pipe, when stdout takes
 * no more; main then exits with CLI_FAILED. */
void cli_out(const char *format, ...) CLI_PRINTF(1, 2);
void cli_out_bytes(const void *data, size_t bytes);
bool cli_out_flush(void);

/* Talk, on stderr: "clconv conv: the sentence". A newline is added. */
void cli_say(const char *format, ...) CLI_PRINTF(1, 2);
int cli_fail(const char *format, ...) CLI_PRINTF(1, 2);   /* says it, returns CLI_FAILED */
int cli_misuse(const char *format, ...) CLI_PRINTF(1, 2); /* says it and where help is */
int cli_fail_library(void); /* says clconv_last_error(), returns CLI_FAILED */
int cli_no_memory(size_t bytes);
extern const char *cli_command_name; /* set by main for cli_say */

/* Opens a device as clconv_context_create does, with warnings of the library on stderr, and with
 * what else it logs when CLCONV_VERBOSE is 1 (info) or 2 (debug). */
clconv_status cli_context(clconv_context **context, const char *device);

/* True when an algorithm of that name exists (or name is NULL); else says which is nearest. */
bool cli_algorithm_known(const char *name);

/* "largest error 3e-07, at most 0.2 of what is allowed": of a result and the referee's. */
enum { CLI_ERROR_TEXT = 96 };
void cli_error_text(char text[CLI_ERROR_TEXT], const clconv_check *check);

/* Seconds of a steady clock. */
double cli_clock(void);

#endif

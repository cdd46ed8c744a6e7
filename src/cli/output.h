/* output.h - a file that appears whole or not at all: written beside the target under a temporary
 * name, synced, renamed. What is not committed is removed, also when the process dies by a signal
 * or a crash (the waiting parent does it, guard.c). A target that is no regular file, such as
 * /dev/stdout or a pipe, is written in place. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct cli_output {
    char *path; /* as asked for, for messages */
    char *temp; /* the name to write to; ends as path does, for writers that go by the suffix */
    char *real; /* what temp is renamed to (links followed); NULL: written in place */
    int fd;     /* open on temp, for cli_output_write; others may write to temp by its name */
    int slot;   /* guard.h */
    mode_t mode;
};

/* All false after a message on stderr. A failed begin leaves nothing; a failed write or commit has
 * removed the temporary file. */
bool cli_output_begin(struct cli_output *output, const char *path);
bool cli_output_write(struct cli_output *output, const void *data, size_t bytes);
bool cli_output_commit(struct cli_output *output);

/* Removes the temporary file; harmless after a commit or a failure. */
void cli_output_discard(struct cli_output *output);

#endif

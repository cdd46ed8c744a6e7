/* guard.h - the command's work in a child process, because OpenCL drivers crash: on a damaged
 * cache, a full disk, few file descriptors, no memory. The waiting parent forwards signals, removes
 * the temporary files of a child that died, turns a crash into a sentence, empties the caches that
 * may have caused it, and tries once more if nothing was written to stdout yet. */
#ifndef CLI_GUARD_H
#define CLI_GUARD_H

#include "cli.h"

/* Runs the command and flushes its stdout; returns its exit status. */
int cli_guard(const struct cli_command *command, int argc, char **argv);

/* In the child: a file to be removed if the child dies. The slot for cli_guard_forget, or -1 when
 * all are taken. */
int cli_guard_remember(const char *path);
void cli_guard_forget(int slot);

/* In the child: something went out that a second try would repeat. */
void cli_guard_wrote(void);

/* Removes the cache that PoCL keeps in clconv's folder, moved out of the way in one step first, so
 * that no process meets half of it. The number of files removed. */
size_t cli_clear_driver_cache(void);

#endif

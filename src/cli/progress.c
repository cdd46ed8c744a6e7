/* progress.c - a bar on a terminal, when work lasts over a second. */
#define _POSIX_C_SOURCE 200809L
#include "progress.h"
#include "cli.h"
#include <stdio.h>
#include <unistd.h>

static const double patience = 1.0, interval = 0.1; /* seconds */
enum { WIDTH = 40 };

void progress_begin(struct progress *progress)
{
    *progress = (struct progress){.begun = cli_clock(), .on_terminal = isatty(STDERR_FILENO)};
}

void progress_show(struct progress *progress, double part)
{
    static const char full[] = "########################################";
    const double now = cli_clock();
    if (!progress->on_terminal || now - progress->begun < patience ||
        now - progress->drawn < interval)
        return;
    progress->drawn = now;
    fprintf(stderr, "\r[%-*.*s] %3d %%", WIDTH, (int)(part * WIDTH), full, (int)(part * 100));
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->drawn > 0)
        fprintf(stderr, "\r%*s\r", WIDTH + 8, "");
    progress->drawn = 0;
}

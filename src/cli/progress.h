/* progress.h - a bar on a terminal, when work lasts over a second. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

struct progress {
    double begun, drawn; /* seconds of cli_clock; drawn 0: no bar stands there */
    int on_terminal;
};

void progress_begin(struct progress *progress);
void progress_show(struct progress *progress, double part); /* 0 .. 1 */
void progress_end(struct progress *progress);               /* wipes the bar */

#endif

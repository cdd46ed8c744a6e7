/* verify.h - one run of one algorithm on one problem, compared with the referee. */
#ifndef CLI_VERIFY_H
#define CLI_VERIFY_H

#include "fill.h"

enum verify_verdict {
    VERIFY_PASSED,
    VERIFY_IMPOSSIBLE, /* the algorithm does not do this problem here; see reason */
    VERIFY_MISSED,     /* outputs beyond the bound, or inexact where exactness is due */
    VERIFY_FAILED,     /* a call failed; see reason */
};

struct verify_run {
    const char *problem, *device, *algorithm; /* given */
    enum cli_fill fill;
    int tile;                    /* as in clconv_plan_options */
    enum verify_verdict verdict; /* found */
    bool exact;                  /* the error has to be 0 */
    clconv_check check;
    char reason[512];
};

/* Fills in what is found; the status of the call that ended it, OK when all succeeded. */
clconv_status verify_run(struct verify_run *run, clconv_context *context);
/* How many tiles the algorithm has for the problem; 0: it does not do it, or a call failed. */
int verify_tiles(const struct verify_run *run, clconv_context *context);

#endif

/* bench.h - what `clconv bench` finds out: the ceilings of a device, and for every problem and
 * algorithm the samples of its runs. Filled by bench_run.c, told by bench_table.c, bench_record.c
 * and bench_page.c. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "bench_set.h"
#include "quantile.h"

enum { BENCH_ALGORITHMS = 64 };

struct bench_samples { /* seconds, in the order in which they were taken */
    double *values;
    int count;
};

enum bench_outcome {
    BENCH_RAN,
    BENCH_IMPOSSIBLE, /* the algorithm does not do this problem here; see reason */
    BENCH_SKIPPED,    /* it would take too long; see reason */
    BENCH_FAILED,     /* a call failed; see reason */
};

enum bench_verdict { BENCH_UNCHECKED, BENCH_RIGHT, BENCH_WRONG };

struct bench_result { /* of one algorithm on one problem */
    const char *algorithm;
    bool chosen; /* by the library, where none is forced */
    enum bench_outcome outcome;
    char reason[512];
    char shape[128];
    size_t workspace;
    double estimate_seconds;            /* what the library expects of it */
    double plan_seconds, first_seconds; /* making the plan; its first run, by the host's clock */
    struct bench_samples device, host;  /* the same runs by either clock */
    struct quartiles by_device, by_host;
    struct quartiles time; /* by the clock that counts */
    double f32_beside;     /* rate of f32, flop/s, before and after the runs; 0: unknown */
    double copies_beside; /* where memory bounds it: of copies of its input to its output, byte/s */
    enum bench_verdict verdict;
    double error_ratio; /* largest error / bound */
};

struct bench_problem {
    struct bench_item item;
    char *text; /* canonical */
    clconv_sizes sizes;
    double roof_seconds; /* no plain computation of it can be faster; 0: not known */
    bool memory_bound;   /* which of the two roofs it is */
    char reason[512];    /* why nothing could be measured; "" otherwise */
    struct bench_result *results;
    int result_count;
};

struct bench_record {
    clconv_device_info device;
    clconv_ceilings ceilings;
    char date[32];       /* UTC, ISO 8601 */
    char processor[128]; /* of the host */
    int cores;
    char *command_line;
    double seconds; /* budget of one measurement */
    int repeats;
    struct bench_problem *problems;
    int count, capacity;
};

enum bench_verify { BENCH_VERIFY_NONE, BENCH_VERIFY_SOME, BENCH_VERIFY_ALL };

struct bench_wishes {
    double seconds, patience;
    int repeats;
    enum bench_verify verify;
    bool chosen_only;
    bool wanted[BENCH_ALGORITHMS]; /* by index of clconv_algorithm */
};

/* bench_run.c: everything about one problem. DEVICE_LOST ends the benchmark; other failures are in
 * the results. */
clconv_status bench_run(struct bench_problem *problem, const struct bench_record *record,
                        const struct bench_wishes *wishes, clconv_context *context,
                        void (*progress)(void *user, const char *algorithm), void *user);

/* bench_record.c */
void bench_record_free(struct bench_record *record);
void bench_json(const struct bench_record *record); /* through json.h, wherever it writes to */

/* bench_figures.c: what follows from the samples. */
void bench_judge(struct bench_result *result, bool device_clock); /* by_device, by_host, time */
double bench_spread(struct quartiles of); /* half their distance, in percent of the median */
void bench_roof(struct bench_problem *problem, const clconv_ceilings *ceilings);
double bench_ceiling(const clconv_desc *desc, const clconv_ceilings *ceilings); /* flop/s */
double bench_pixels(const struct bench_problem *problem);                       /* of the output */
const struct bench_result *bench_best(const struct bench_problem *problem);
const struct bench_result *bench_chosen(const struct bench_problem *problem);

/* The chosen algorithm's median per the best median; 0 where there is no choice or no chosen one.
 */
double bench_loss(const struct bench_problem *problem);
extern const double bench_loss_limit; /* what a choice may lose unsaid */

struct bench_regret {
    int problems; /* with a loss that is known */
    double mean, worst;
    const struct bench_problem *worst_problem;
};
/* Of the problems of a set, or of all (NULL). */
struct bench_regret bench_regret(const struct bench_record *record, const char *set);
/* The set of problem i where it is the first of that set; else NULL. */
const char *bench_set_at(const struct bench_record *record, int i);

/* bench_table.c: the listings on stdout. */
void bench_table_head(const struct bench_record *record);
void bench_table_problem(const struct bench_problem *problem);
void bench_table_end(const struct bench_record *record);
void bench_csv_head(void);
void bench_csv_problem(const struct bench_problem *problem);

/* bench_page.c: one HTML page. */
struct cli_text;
void bench_page(struct cli_text *page, const struct bench_record *record);

/* bench_compare.c: `clconv bench compare`; argv[0] is "compare". */
int bench_compare(int argc, char **argv);

#endif

/* cases.h - one problem run by one algorithm, with everything around its output watched.
 *
 * Elements of x that the desc's strides leave out, and a guard on each side of x, hold CASE_POISON
 * bytes (a NaN in every floating type); so do y, its guards and the elements between its own. What
 * an algorithm writes where it should not, or leaves unwritten where it should not, is a complaint:
 * said on stderr with the line that reproduces it, and counted. */
#ifndef CASES_H
#define CASES_H

#include "cli/fill.h"
#include <clconv/clconv.h>
#include <stddef.h>

enum { CASE_POISON = 0xFF, CASE_OTHER_POISON = 0xA5 };

extern const char *const case_problems[]; /* the table of src/cli/problems.inc */
extern const size_t case_problem_count;

/* A number in the environment. */
int case_setting(const char *variable, int otherwise);

/* CLCONV_TEST_STEP, else 1: the longest loops take each so-many-th problem. */
size_t case_step(void);

/* The host, and the device that CLCONV_DEVICE names (else the best). A build with OpenCL has to
 * find a device, unless CLCONV_DEVICE says that the host is meant: then device is NULL. */
typedef struct case_machine {
    clconv_context *host, *device;
    bool has_f64; /* the device */
} case_machine;

void case_open(case_machine *machine);
void case_close(case_machine *machine);

/* Made for some kinds of problems: refuses the others. */
bool case_is_specialised(const char *algorithm);

/* Every algorithm that runs on the machine, and where, or those that are not specialised. The host
 * and direct have to; of the others, one that refuses even the plainest problem for a fair reason
 * is said on stdout and left out. */
typedef struct case_algorithm {
    const char *name;
    clconv_context *context;
    bool does_all;    /* refuses no problem, but f64 where the device has none */
    bool specialised; /* case_is_specialised */
    bool transforms;  /* is within its bound on small integers, not exact */
    clconv_filter_kind filters;
} case_algorithm;
enum { CASE_ALGORITHMS = 16 };
typedef enum case_kind { CASE_GENERAL, CASE_ALL } case_kind;
size_t case_algorithms(case_algorithm list[CASE_ALGORITHMS], const case_machine *machine,
                       case_kind kind);

/* Whether the last UNSUPPORTED has one of the reasons that are no defect: f64 on a device without,
 * a tile larger than local memory, a driver that allows no work-group of its size, a build without
 * CLBlast; of a specialised algorithm, what it is not made for. */
bool case_fair_refusal(const char *algorithm);

/* What one convolution reads; arrays malloc'd. */
typedef struct case_data {
    clconv_desc desc;
    clconv_sizes sizes;
    char *text; /* the problem */
    unsigned char *x;
    float *filters, *bias;
} case_data;

void case_make(case_data *data, const clconv_desc *desc, enum cli_fill fill, uint64_t seed);
/* With filters that this algorithm is made for. */
void case_make_for(case_data *data, const clconv_desc *desc, const char *algorithm,
                   enum cli_fill fill, uint64_t seed);
void case_parse(case_data *data, const char *problem, enum cli_fill fill, uint64_t seed);
void case_parse_for(case_data *data, const char *problem, const char *algorithm, enum cli_fill fill,
                    uint64_t seed);
void case_free(case_data *data);

/* The options that force an algorithm; NULL: the chooser's. */
clconv_plan_options case_force(const char *algorithm);

/* y_bytes bytes, malloc'd; NULL after a failure, whose status is returned (UNSUPPORTED is for the
 * caller to judge). poison: what y and its guards hold before. */
clconv_status case_run(unsigned char **y, clconv_context *context, const case_data *data,
                       const char *algorithm, unsigned char poison);

/* The same, where anything but success is a complaint. */
unsigned char *case_must_run(clconv_context *context, const case_data *data, const char *algorithm);

/* The formula of clconv.h in plain loops (naive.c), in a y that held CASE_POISON; malloc'd. */
unsigned char *case_naive(const case_data *data);

/* Whether the elements of two outputs are the same, bit for bit; those between may differ. */
bool case_same(const case_data *data, const unsigned char *a, const unsigned char *b);

/* Element (n, c, h, w) of x and (n, k, p, q) of y, counted in elements from the first. */
int64_t case_x_index(const clconv_desc *desc, int n, int c, int h, int w);
int64_t case_y_index(const case_data *data, int n, int k, int p, int q);

/* For tests of their own making. */
void case_complain(const case_data *data, const char *algorithm, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Ends a test: fails when there was a complaint. */
void case_no_complaints(void);

/* Pseudo-random whole number in low .. high. */
int case_random(uint64_t *state, int low, int high);

#endif

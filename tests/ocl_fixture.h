/* ocl_fixture.h - a device opened on kernels and a cache folder of the test's own. */
#ifndef OCL_FIXTURE_H
#define OCL_FIXTURE_H

#include "base/status.h"
#include "device/device.h"
#include <check.h>

typedef struct ocl_fixture {
    char root[256], cl[300], cache[300]; /* folders; cl and cache lie in root */
    char log[8192];                      /* what was said through the log, a line each */
} ocl_fixture;

/* The folder cl holds turn.cl, whose kernel `turn(m, add, local)` reverses each group of m's
 * elements, doubles them and adds `add`; it includes twice.h. */
void fixture_set_up(ocl_fixture *fixture);
void fixture_tear_down(ocl_fixture *fixture); /* removes the folders */

/* Writes a file of the folder cl (or of any folder). */
void fixture_write(const char *folder, const char *name, const char *text);

/* The device that CLCONV_DEVICE names, else the best of OpenCL. */
clconv_status fixture_open(clconv_context **context, ocl_fixture *fixture);

/* One piece of work on FIXTURE_N floats: a buffer, turn.cl with options, a chain of launches. */
enum { FIXTURE_N = 256, FIXTURE_GROUP = 64 };
clconv_status fixture_work(clconv_context *on, float result[FIXTURE_N], int launches);
void fixture_check_three(const float result[FIXTURE_N]); /* launches */

/* Runs the tests, each between set_up and tear_down, in this process: a fork after OpenCL's first
 * call hangs PoCL. */
int fixture_run_without_device(const char *name, const TTest **const *tests, size_t count,
                               void (*set_up)(void), void (*tear_down)(void));
/* The same; 77, "skipped", where there is no OpenCL device. */
int fixture_run(const char *name, const TTest **const *tests, size_t count, void (*set_up)(void),
                void (*tear_down)(void));

#endif

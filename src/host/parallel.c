/* parallel.c - loops on all cores: OpenMP where the build has it, else one core. */
#include "host/host.h"

/* Rows differ in cost at the borders only, but other programs use the cores too. */
#ifdef _OPENMP
#define ON_ALL_CORES _Pragma("omp parallel for schedule(dynamic)")
#else
#define ON_ALL_CORES
#endif

void cc_parallel_for(int64_t count, void (*body)(void *user, int64_t i), void *user)
{
    ON_ALL_CORES
    for (int64_t i = 0; i < count; i++)
        body(user, i);
}

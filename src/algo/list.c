/* list.c - the table of algorithms, and its public face. */
#include "algo/algo.h"

#define CC_ALGORITHM(name) extern const struct clconv_algo cc_algo_##name;
#include "algo/list.inc"
#undef CC_ALGORITHM

#define CC_ALGORITHM(name) &cc_algo_##name,
const struct clconv_algo *const cc_algorithms[] = {
#include "algo/list.inc"
    NULL,
};
#undef CC_ALGORITHM

size_t clconv_algorithm_count(void)
{
    return sizeof cc_algorithms / sizeof *cc_algorithms - 1;
}

const clconv_algorithm_info *clconv_algorithm(size_t i)
{
    return i < clconv_algorithm_count() ? &cc_algorithms[i]->info : NULL;
}

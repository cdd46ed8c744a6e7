/* facts.h - what algorithms may know of the coefficients: found once, when a plan is made. */
#ifndef CC_GEOM_FACTS_H
#define CC_GEOM_FACTS_H

#include "geom/geom.h"

/* How far a column times a row may lie from a tap, in u = 2^-24 of the tap itself: half a unit for
 * the tap's own rounding, for that of either factor, and for what they inherit from the taps that
 * they are means of. Of the tap, not of the largest one: else small taps would pass the bound. */
enum { CC_FACTOR_ULPS = 6 };

/* Ranks up to this are counted, in filters of no more taps than CC_RANK_TAPS. */
enum { CC_MOST_RANK = 8, CC_RANK_TAPS = 1 << 16 };

/* The r x s taps of one filter and one channel are a matrix. */
typedef struct cc_facts {
    bool finite;   /* no NaN and no infinity among the coefficients */
    bool rank_one; /* each matrix is a column times a row, within CC_FACTOR_ULPS */
    bool exact;    /* and without any error */
    int odd_k;     /* the first filter with a matrix that is not, */
    int odd_rank;  /* and that one's rank; CC_MOST_RANK + 1: more, or not counted */
    bool equal;    /* finite, and all taps of each matrix are equal */
    int unequal_k; /* the first filter with a matrix whose taps are not */
    bool same;     /* all filters are one and the same */
    bool halves;   /* every coefficient is a number of f16 */
} cc_facts;

clconv_status cc_facts_make(cc_facts *facts, const cc_geom *geom, const float *filters);

/* The column and the row: whole numbers where the matrix is one of small whole numbers, for then
 * sums stay exact. Returns by how much their product misses the tap that it misses most, in u of
 * that tap: more than CC_FACTOR_ULPS if the matrix is not of rank one. */
double cc_factors(float *column, float *row, const float *matrix, int r, int s);

#endif

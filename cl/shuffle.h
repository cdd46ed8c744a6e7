/* shuffle.h - vectors taken apart and put together: every other element of two, and two in turns.
 * Element by element, for the shorter forms (.even, .lo = ) leave elements of a vector undefined in
 * between, which oclgrind cannot follow. */
#ifndef CLCONV_SHUFFLE_H
#define CLCONV_SHUFFLE_H

#if LANES == 16
#define NUMBERS_FROM_(n)                                                                           \
    (n), (n) + 1, (n) + 2, (n) + 3, (n) + 4, (n) + 5, (n) + 6, (n) + 7, (n) + 8, (n) + 9,          \
        (n) + 10, (n) + 11, (n) + 12, (n) + 13, (n) + 14, (n) + 15
#define EVENS_(a, b)                                                                               \
    ((VEC)((a).s0, (a).s2, (a).s4, (a).s6, (a).s8, (a).sa, (a).sc, (a).se, (b).s0, (b).s2, (b).s4, \
           (b).s6, (b).s8, (b).sa, (b).sc, (b).se))
#define ODDS_(a, b)                                                                                \
    ((VEC)((a).s1, (a).s3, (a).s5, (a).s7, (a).s9, (a).sb, (a).sd, (a).sf, (b).s1, (b).s3, (b).s5, \
           (b).s7, (b).s9, (b).sb, (b).sd, (b).sf))
#define TURNS_LOW_(a, b)                                                                           \
    ((VEC)((a).s0, (b).s0, (a).s1, (b).s1, (a).s2, (b).s2, (a).s3, (b).s3, (a).s4, (b).s4, (a).s5, \
           (b).s5, (a).s6, (b).s6, (a).s7, (b).s7))
#define TURNS_HIGH_(a, b)                                                                          \
    ((VEC)((a).s8, (b).s8, (a).s9, (b).s9, (a).sa, (b).sa, (a).sb, (b).sb, (a).sc, (b).sc, (a).sd, \
           (b).sd, (a).se, (b).se, (a).sf, (b).sf))
#elif LANES == 8
#define NUMBERS_FROM_(n)  (n), (n) + 1, (n) + 2, (n) + 3, (n) + 4, (n) + 5, (n) + 6, (n) + 7
#define EVENS_(a, b)      ((VEC)((a).s0, (a).s2, (a).s4, (a).s6, (b).s0, (b).s2, (b).s4, (b).s6))
#define ODDS_(a, b)       ((VEC)((a).s1, (a).s3, (a).s5, (a).s7, (b).s1, (b).s3, (b).s5, (b).s7))
#define TURNS_LOW_(a, b)  ((VEC)((a).s0, (b).s0, (a).s1, (b).s1, (a).s2, (b).s2, (a).s3, (b).s3))
#define TURNS_HIGH_(a, b) ((VEC)((a).s4, (b).s4, (a).s5, (b).s5, (a).s6, (b).s6, (a).s7, (b).s7))
#else
#define NUMBERS_FROM_(n)  (n), (n) + 1, (n) + 2, (n) + 3
#define EVENS_(a, b)      ((VEC)((a).s0, (a).s2, (b).s0, (b).s2))
#define ODDS_(a, b)       ((VEC)((a).s1, (a).s3, (b).s1, (b).s3))
#define TURNS_LOW_(a, b)  ((VEC)((a).s0, (b).s0, (a).s1, (b).s1))
#define TURNS_HIGH_(a, b) ((VEC)((a).s2, (b).s2, (a).s3, (b).s3))
#endif

/* Elements n to n + LANES - 1 of a and, behind it, b; n is a literal. As integers, for which LLVM
 * takes the one instruction that does it. */
#if ACC_F64
#define PLACES_ PASTE(ulong, LANES, )
#define AS_VEC_ PASTE(as_double, LANES, )
#define AS_INT_ PASTE(as_ulong, LANES, )
#else
#define PLACES_ PASTE(uint, LANES, )
#define AS_VEC_ PASTE(as_float, LANES, )
#define AS_INT_ PASTE(as_uint, LANES, )
#endif
#define SHIFTED(a, b, n) AS_VEC_(shuffle2(AS_INT_(a), AS_INT_(b), (PLACES_)(NUMBERS_FROM_(n))))

/* The first n lanes of a, the others of b. */
static inline VEC first_lanes(VEC a, VEC b, int n)
{
    return (VEC)(NUMBERS_FROM_(0)) < (VEC)(n) ? a : b;
}

static inline VEC evens(VEC a, VEC b)
{
    return EVENS_(a, b);
}

static inline VEC odds(VEC a, VEC b)
{
    return ODDS_(a, b);
}

/* a0 b0 a1 b1 ...: the first half of all, and the second. */
static inline VEC turns_low(VEC a, VEC b)
{
    return TURNS_LOW_(a, b);
}

static inline VEC turns_high(VEC a, VEC b)
{
    return TURNS_HIGH_(a, b);
}

#endif

/* declared.h - the functions of OpenCL C that the kernels call, for a compiler that would read
 * 18 000 lines of declarations for them each time a program is made (src/ocl/program.c). As OpenCL
 * C 1.2 has them, section 6.12; the attributes are those of Clang's opencl-c.h. */
#ifndef CLCONV_DECLARED_H
#define CLCONV_DECLARED_H
#ifdef CLCONV_DECLARES

#define ACTS_  __attribute__((overloadable))
#define READS_ __attribute__((overloadable, pure))
#define MATHS_ __attribute__((overloadable, const))

#define VECTORS_(of, ...)                                                                          \
    of(2, __VA_ARGS__) of(4, __VA_ARGS__) of(8, __VA_ARGS__) of(16, __VA_ARGS__)
#define WIDTHS_(of, ...)   of(, __VA_ARGS__) VECTORS_(of, __VA_ARGS__)
#define MEMORIES_(of, ...) of(global, __VA_ARGS__) of(local, __VA_ARGS__) of(private, __VA_ARGS__)

#define ORDERED_(n, T)                                                                             \
    T##n MATHS_ min(T##n, T##n);                                                                   \
    T##n MATHS_ max(T##n, T##n);                                                                   \
    T##n MATHS_ clamp(T##n, T##n, T##n);
#define FUSED_(n, T) T##n MATHS_ fma(T##n, T##n, T##n);
#define REAL_(n, T)                                                                                \
    ORDERED_(n, T) FUSED_(n, T) T##n MATHS_ fabs(T##n);                                            \
    T##n MATHS_ exp(T##n);                                                                         \
    T##n MATHS_ tanh(T##n);
#define CONVERTED_(n, T, from) T##n MATHS_ convert_##T##n(from##n);
#define PICKED_(n, T)          T##n MATHS_ shuffle2(T##n, T##n, T##n);
#define LOADED_(memory, n, T)                                                                      \
    T##n READS_ vload##n(size_t, const memory T *);                                                \
    void ACTS_ vstore##n(T##n, size_t, memory T *);
#define MOVED_(n, T) MEMORIES_(LOADED_, n, T)
#define HALF_(memory, n, T)                                                                        \
    void ACTS_ vstore_half##n(T##n, size_t, memory half *);                                        \
    void ACTS_ vstore_half##n##_rte(T##n, size_t, memory half *);
#define HALVES_(n, T)           MEMORIES_(HALF_, n, T)
#define HALF_LOADED_(memory, n) float##n READS_ vload_half##n(size_t, const memory half *);
#define HALVES_LOADED_(n, ...)  MEMORIES_(HALF_LOADED_, n)
#define CONSTANT_(n, T)         T##n READS_ vload##n(size_t, const constant T *);

/* What an accumulator of type T is made of, and becomes; whole: the integer of its size. */
#define ACCUMULATOR_(T, whole, places)                                                             \
    WIDTHS_(REAL_, T)                                                                              \
    WIDTHS_(HALVES_, T)                                                                            \
    VECTORS_(MOVED_, T)                                                                            \
    VECTORS_(CONSTANT_, whole)                                                                     \
    VECTORS_(PICKED_, places)                                                                      \
    VECTORS_(CONVERTED_, T, char)                                                                  \
    VECTORS_(CONVERTED_, T, uchar)                                                                 \
    VECTORS_(CONVERTED_, T, short)                                                                 \
    VECTORS_(CONVERTED_, T, ushort)                                                                \
    VECTORS_(CONVERTED_, T, float)                                                                 \
    VECTORS_(CONVERTED_, char, whole)                                                              \
    VECTORS_(CONVERTED_, uchar, whole)                                                             \
    VECTORS_(CONVERTED_, short, whole)                                                             \
    VECTORS_(CONVERTED_, ushort, whole)

size_t MATHS_ get_global_id(uint);
size_t MATHS_ get_global_size(uint);
size_t MATHS_ get_group_id(uint);
size_t MATHS_ get_local_id(uint);
size_t MATHS_ get_local_size(uint);
void __attribute__((overloadable, convergent)) barrier(cl_mem_fence_flags);

ORDERED_(, int)
ORDERED_(, long)
ORDERED_(, ulong)
WIDTHS_(HALVES_LOADED_, )
VECTORS_(MOVED_, char)
VECTORS_(MOVED_, uchar)
VECTORS_(MOVED_, short)
VECTORS_(MOVED_, ushort)
VECTORS_(MOVED_, int)
VECTORS_(MOVED_, uint)
ACCUMULATOR_(float, int, uint)
#ifdef cl_khr_fp16
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
WIDTHS_(FUSED_, half)
#endif
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
ACCUMULATOR_(double, long, ulong)
VECTORS_(CONVERTED_, double, double)
VECTORS_(CONVERTED_, float, double)
#endif
#endif
#endif

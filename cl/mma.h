/* mma.h - the one instruction of NVIDIA's matrix units that is used, by inline assembly: 32
 * work-items of a warp multiply 16 filters by 8 outputs together, eight words deep (PTX ISA,
 * "Matrix Fragments for mma.m16n8k8" and "mma.m16n8k16"). A word is a number in tf32, or two
 * halves.
 *
 * Of the 16 x 8 words of the filters, the 8 x 8 of the inputs and the 16 x 8 sums, work-item l of
 * the warp, g = l / 4, t = l % 4, holds
 *
 * - filters: (g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4), of (filter, word);
 * - inputs: (t, g), (t + 4, g), of (word, output);
 * - sums: (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1), of (filter, output). */
#ifndef CLCONV_MMA_H
#define CLCONV_MMA_H

#if HALVES
#define MMA "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"
#else
#define MMA "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"
#endif

/* sum + filters * inputs. Products are exact, their sum is cut off, not rounded. */
static inline float4 mma(float4 sum, uint4 filters, uint2 inputs)
{
    float s0 = sum.s0, s1 = sum.s1, s2 = sum.s2, s3 = sum.s3;
    __asm__ volatile(MMA " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                     : "+f"(s0), "+f"(s1), "+f"(s2), "+f"(s3)
                     : "r"(filters.s0), "r"(filters.s1), "r"(filters.s2), "r"(filters.s3),
                       "r"(inputs.s0), "r"(inputs.s1));
    return (float4)(s0, s1, s2, s3);
}

#endif

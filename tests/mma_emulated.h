/* mma_emulated.h - in place of cl/mma.h where there are no matrix units: the words of a warp's
 * work-items go through local memory (mma_room, which the test adds to the kernel), each of which
 * then adds up its four sums. All work-items of a group have to come here. mma_room is the end of
 * an array that the kernel has: of its own, PoCL 3.1 made one variable that all its threads shared.
 */
#ifndef CLCONV_MMA_H
#define CLCONV_MMA_H

#define MMA_WORDS 6 /* of a work-item: four of filters, two of inputs */

/* The units take no other bits of a number in tf32. */
static inline float mma_product(uint a, uint b)
{
#if HALVES
    const uint2 words = (uint2)(a, b);
    const half *const halves = (const half *)&words;
    return fma(vload_half(0, halves), vload_half(2, halves),
               vload_half(1, halves) * vload_half(3, halves));
#else
    return as_float(a & 0xffffe000) * as_float(b & 0xffffe000);
#endif
}

static __attribute__((noinline)) float mma_sum(float sum, local const uint *warp, int filter,
                                               int output)
{
#pragma unroll 1 /* what it is compiled to is long enough */
    for (int word = 0; word < 8; word++) {
        const int of_filters = (filter % 8 * 4 + word % 4) * MMA_WORDS;
        const int of_inputs = (output * 4 + word % 4) * MMA_WORDS;
        sum += mma_product(warp[of_filters + filter / 8 + word / 4 * 2],
                           warp[of_inputs + 4 + word / 4]);
    }
    return sum;
}

static inline float4 mma_emulated(local uint *room, int item, float4 sum, uint4 filters,
                                  uint2 inputs)
{
    const int g = item % 32 / 4, t = item % 4;
    local const uint *const warp = room + item / 32 * 32 * MMA_WORDS;
    vstore4(filters, 0, room + item * MMA_WORDS);
    vstore2(inputs, 0, room + item * MMA_WORDS + 4);
    barrier(CLK_LOCAL_MEM_FENCE);
    sum.x = mma_sum(sum.x, warp, g, 2 * t);
    sum.y = mma_sum(sum.y, warp, g, 2 * t + 1);
    sum.z = mma_sum(sum.z, warp, g + 8, 2 * t);
    sum.w = mma_sum(sum.w, warp, g + 8, 2 * t + 1);
    barrier(CLK_LOCAL_MEM_FENCE);
    return sum;
}

#define mma(sum, filters, inputs) mma_emulated(mma_room, mma_item, sum, filters, inputs)

#endif

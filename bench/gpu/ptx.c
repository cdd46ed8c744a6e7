/* ptx.c - what NVIDIA's compiler makes of OpenCL C, and which instructions it takes through inline
 * assembly: each in a kernel of its own, trial-compiled, run on small integers, exact.
 *
 * A trial is one warp. Its kernel gets a, 16 x 16, and b, 16 x 8, in rows, as floats, and writes d:
 * the product of a's first `depth` columns and b's first rows (16 x 8), or a itself (depth 0).
 * Fragments, of lane l: g = l / 4, t = l % 4, as PTX's manual lays them out. */
#include "gpu.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 16, COLUMNS = 8, WARP = 32 };
enum { RATE_ROUNDS = 4096, RATE_SUMS = 4, RATE_GROUP = 256, RATE_GROUPS_OF_A_UNIT = 16 };

struct trial {
    const char *name;
    int depth;
    const char *body; /* between HEAD and TAIL */
    const char *mma;  /* the instruction whose rate is measured, or NULL: see RATE */
};

#define HEAD                                                                                       \
    "kernel __attribute__((reqd_work_group_size(32, 1, 1)))\n"                                     \
    "void trial(global const float *a, global const float *b, global float *d)\n"                  \
    "{\n"                                                                                          \
    "    const int l = get_local_id(0), g = l >> 2, t = l & 3;\n"
#define TAIL "}\n"

/* a and b as halves in local memory, in rows of 16 and 8. */
#define HALVES                                                                                     \
    "    local ushort s[256] __attribute__((aligned(16)));\n"                                      \
    "    local ushort u[128] __attribute__((aligned(16)));\n"                                      \
    "    for (int i = l; i < 256; i += 32) vstore_half(a[i], i, (local half *)s);\n"               \
    "    for (int i = l; i < 128; i += 32) vstore_half(b[i], i, (local half *)u);\n"               \
    "    barrier(CLK_LOCAL_MEM_FENCE);\n"
#define STORE_SUMS                                                                                 \
    "    d[g * 8 + 2 * t] = d0; d[g * 8 + 2 * t + 1] = d1;\n"                                      \
    "    d[(g + 8) * 8 + 2 * t] = d2; d[(g + 8) * 8 + 2 * t + 1] = d3;\n"

#define MMA_TF32 "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
#define MMA_F16  "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
#define SUMS     "\"+f\"(d0), \"+f\"(d1), \"+f\"(d2), \"+f\"(d3)"

static const struct trial trials[] = {
    {"laneid", 0,
     "    uint lane;\n"
     "    asm volatile(\"mov.u32 %0, %%laneid;\" : \"=r\"(lane));\n"
     "    for (int i = l; i < 256; i += 32) d[i] = lane == (uint)l ? a[i] : -1;\n"
     "    (void)g; (void)t;\n",
     NULL},
    {"mma.m16n8k8 tf32", 8,
     "    const uint a0 = as_uint(a[g * 16 + t]), a1 = as_uint(a[(g + 8) * 16 + t]);\n"
     "    const uint a2 = as_uint(a[g * 16 + t + 4]), a3 = as_uint(a[(g + 8) * 16 + t + 4]);\n"
     "    const uint b0 = as_uint(b[t * 8 + g]), b1 = as_uint(b[(t + 4) * 8 + g]);\n"
     "    float d0 = 0, d1 = 0, d2 = 0, d3 = 0;\n"
     "    asm volatile(\"" MMA_TF32 "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};\"\n"
     "        : " SUMS
     " : \"r\"(a0), \"r\"(a1), \"r\"(a2), \"r\"(a3), \"r\"(b0), \"r\"(b1));\n" STORE_SUMS,
     MMA_TF32 "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"},
    {"mma.m16n8k16 f16", 16,
     HALVES "    local const uint *const w = (local const uint *)s;\n"
            "    const uint a0 = w[g * 8 + t], a1 = w[(g + 8) * 8 + t];\n"
            "    const uint a2 = w[g * 8 + t + 4], a3 = w[(g + 8) * 8 + t + 4];\n"
            "    const uint b0 = u[2 * t * 8 + g] | (uint)u[(2 * t + 1) * 8 + g] << 16;\n"
            "    const uint b1 = u[(2 * t + 8) * 8 + g] | (uint)u[(2 * t + 9) * 8 + g] << 16;\n"
            "    float d0 = 0, d1 = 0, d2 = 0, d3 = 0;\n"
            "    asm volatile(\"" MMA_F16
            "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};\"\n"
            "        : " SUMS
            " : \"r\"(a0), \"r\"(a1), \"r\"(a2), \"r\"(a3), \"r\"(b0), \"r\"(b1));\n" STORE_SUMS,
     MMA_F16 "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"},
    {"ldmatrix", 0,
     HALVES "    uint r0, r1, r2, r3;\n"
            "    const int row = (l & 7) + (l >> 3 & 1) * 8, column = (l >> 4) * 8;\n"
            "    const uint at = (uint)(size_t)(s + row * 16 + column);\n"
            "    asm volatile(\"ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];\"\n"
            "        : \"=r\"(r0), \"=r\"(r1), \"=r\"(r2), \"=r\"(r3) : \"r\"(at) : \"memory\");\n"
            "    local uint o[128];\n"
            "    o[g * 8 + t] = r0; o[(g + 8) * 8 + t] = r1;\n"
            "    o[g * 8 + t + 4] = r2; o[(g + 8) * 8 + t + 4] = r3;\n"
            "    barrier(CLK_LOCAL_MEM_FENCE);\n"
            "    for (int i = l; i < 256; i += 32) d[i] = vload_half(i, (local const half *)o);\n",
     NULL},
    {"cp.async", 0,
     "    local float s[256] __attribute__((aligned(16)));\n"
     "    for (int i = 4 * l; i < 256; i += 128) {\n"
     "        const uint to = (uint)(size_t)(s + i);\n"
     "        const ulong from = (ulong)(a + i);\n"
     "        asm volatile(\"cp.async.cg.shared.global [%0], [%1], 16;\"\n"
     "            : : \"r\"(to), \"l\"(from) : \"memory\");\n"
     "    }\n"
     "    asm volatile(\"cp.async.commit_group;\" : : : \"memory\");\n"
     "    asm volatile(\"cp.async.wait_group 0;\" : : : \"memory\");\n"
     "    barrier(CLK_LOCAL_MEM_FENCE);\n"
     "    for (int i = l; i < 256; i += 32) d[i] = s[i];\n"
     "    (void)g; (void)t;\n",
     NULL},
    {"wgmma (what needs a target sm_90a)", 0,
     "    asm volatile(\"wgmma.fence.sync.aligned;\" : : : \"memory\");\n"
     "    for (int i = l; i < 256; i += 32) d[i] = a[i];\n"
     "    (void)g; (void)t;\n",
     NULL},
};

/* The instruction again and again on sums that do not wait for each other. */
#define RATE                                                                                       \
    "kernel __attribute__((reqd_work_group_size(256, 1, 1)))\n"                                    \
    "void rate(global const uint *x, global float *y)\n"                                           \
    "{\n"                                                                                          \
    "    const uint a0 = x[0], a1 = x[1], a2 = x[2], a3 = x[3], b0 = x[4], b1 = x[5];\n"           \
    "    float s[4][4] = {{0}};\n"                                                                 \
    "    for (int i = 0; i < 4096; i++)\n"                                                         \
    "        _Pragma(\"unroll\") for (int j = 0; j < 4; j++)\n"                                    \
    "            asm volatile(\"%s\"\n"                                                            \
    "                : \"+f\"(s[j][0]), \"+f\"(s[j][1]), \"+f\"(s[j][2]), \"+f\"(s[j][3])\n"       \
    "                : \"r\"(a0), \"r\"(a1), \"r\"(a2), \"r\"(a3), \"r\"(b0), \"r\"(b1));\n"       \
    "    float sum = 0;\n"                                                                         \
    "    for (int j = 0; j < 4; j++) sum += s[j][0] + s[j][1] + s[j][2] + s[j][3];\n"              \
    "    y[get_global_id(0)] = sum;\n"                                                             \
    "}\n"

/* ---- what the compiler makes ---- */

/* The program's binary, which on NVIDIA is PTX as text; to free, or NULL. */
static char *binary_of(cl_program program, size_t *size)
{
    if (clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof *size, size, NULL) || !*size)
        return NULL;
    char *text = calloc(*size + 1, 1);
    unsigned char *at[1] = {(unsigned char *)text};
    if (text && clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof at, at, NULL)) {
        free(text);
        text = NULL;
    }
    return text;
}

static void print_directive(const char *ptx, const char *directive)
{
    const char *const at = strstr(ptx, directive);
    printf("%.*s\n", at ? (int)strcspn(at, "\n") : (int)strlen(directive), at ? at : directive);
}

/* False when the binary is no PTX. */
static bool tell_ptx(cl_program program, const char *path)
{
    size_t size = 0;
    char *const ptx = binary_of(program, &size);
    const bool is_ptx = ptx && strstr(ptx, ".version");
    if (is_ptx) {
        print_directive(ptx, ".version");
        print_directive(ptx, ".target");
        print_directive(ptx, ".address_size");
    } else {
        printf("the binary of a program, %zu bytes, is no PTX\n", size);
    }
    FILE *const file = path && ptx ? fopen(path, "wb") : NULL;
    if (file) {
        fwrite(ptx, 1, size, file);
        fclose(file);
    }
    free(ptx);
    return is_ptx;
}

/* ---- trials ---- */

/* The keyword is `asm` where the compiler has it in OpenCL C, else `__asm__`. */
static cl_program build(const struct gpu *gpu, const char *source, char log[GPU_LOG])
{
    char other[4096 + 64], other_log[GPU_LOG];
    cl_program program = gpu_build(gpu, source, log);
    if (program)
        return program;
    snprintf(other, sizeof other, "#define asm __asm__\n%s", source);
    return gpu_build(gpu, other, other_log);
}

static float expected(const struct trial *trial, const float *a, const float *b, int i)
{
    float sum = 0;
    if (trial->depth == 0)
        return a[i];
    for (int j = 0; j < trial->depth; j++)
        sum += a[i / COLUMNS * SIDE + j] * b[j * COLUMNS + i % COLUMNS];
    return sum;
}

/* The number of wrong results; -1 after words about an error. */
static int run_trial(const struct gpu *gpu, const struct trial *trial, cl_program program)
{
    float a[SIDE * SIDE], b[SIDE * COLUMNS], d[SIDE * SIDE] = {0};
    const int count = trial->depth ? SIDE * COLUMNS : SIDE * SIDE;
    int wrong = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        a[i] = (float)(i * 37 % 61 % 15 - 7);
    for (int i = 0; i < SIDE * COLUMNS; i++)
        b[i] = (float)(i * 29 % 53 % 13 - 6);
    cl_mem buffers[3] = {gpu_memory(gpu, a, sizeof a), gpu_memory(gpu, b, sizeof b),
                         gpu_memory(gpu, d, sizeof d)};
    cl_int error = gpu_launch(gpu, program, "trial", buffers, 3, WARP, WARP, NULL);
    if (error == CL_SUCCESS)
        error = clEnqueueReadBuffer(gpu->queue, buffers[2], CL_TRUE, 0, sizeof d, d, 0, NULL, NULL);
    for (int i = 0; i < 3; i++)
        if (buffers[i])
            clReleaseMemObject(buffers[i]);
    if (error != CL_SUCCESS)
        printf("assembles, fails with error %d\n", (int)error);
    for (int i = 0; i < count; i++)
        wrong += d[i] != expected(trial, a, b, i);
    return error == CL_SUCCESS ? wrong : -1;
}

static void measure_rate(const struct gpu *gpu, const struct trial *trial)
{
    static const cl_uint ones[6] = {0x3c003c00, 0x3c003c00, 0x3c003c00,
                                    0x3c003c00, 0x3c003c00, 0x3c003c00}; /* of halves */
    char source[4096], log[GPU_LOG];
    cl_uint units = 1;
    double best = 0;
    snprintf(source, sizeof source, RATE, trial->mma);
    clGetDeviceInfo(gpu->device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    const size_t items = (size_t)units * RATE_GROUPS_OF_A_UNIT * RATE_GROUP;
    cl_program program = build(gpu, source, log);
    cl_mem buffers[2] = {gpu_memory(gpu, ones, sizeof ones), gpu_memory(gpu, NULL, 4 * items)};
    for (int i = 0; program && i < 5; i++) {
        double seconds = 0;
        const double flops =
            (double)(items / WARP) * RATE_ROUNDS * RATE_SUMS * 2.0 * SIDE * COLUMNS * trial->depth;
        if (gpu_launch(gpu, program, "rate", buffers, 2, items, RATE_GROUP, &seconds) ==
                CL_SUCCESS &&
            seconds > 0 && flops / seconds > best)
            best = flops / seconds;
    }
    printf(best > 0 ? "rate of %s: %.4g TFLOP/s\n" : "rate of %s: not measured\n", trial->name,
           best * 1e-12);
    for (int i = 0; i < 2; i++)
        if (buffers[i])
            clReleaseMemObject(buffers[i]);
    if (program)
        clReleaseProgram(program);
}

/* False when it assembles and does not work: that something is not taken is a finding. */
static bool try_one(const struct gpu *gpu, const struct trial *trial)
{
    char source[4096], log[GPU_LOG];
    snprintf(source, sizeof source, HEAD "%s" TAIL, trial->body);
    cl_program program = build(gpu, source, log);
    printf("%s: ", trial->name);
    if (!program) {
        printf("does not assemble: %.400s\n", log);
        return true;
    }
    const int wrong = run_trial(gpu, trial, program);
    if (wrong >= 0)
        printf(wrong ? "assembles, %d results wrong\n" : "right\n", wrong);
    clReleaseProgram(program);
    if (wrong == 0 && trial->mma)
        measure_rate(gpu, trial);
    return wrong == 0;
}

static bool compile_plain(const struct gpu *gpu, const char *path)
{
    char log[GPU_LOG];
    cl_program program =
        gpu_build(gpu, "kernel void plain(global float *x) { x[get_global_id(0)] *= 2; }\n", log);
    if (!program) {
        printf("a plain kernel does not compile: %s\n", log);
        return false;
    }
    const bool is_ptx = tell_ptx(program, path);
    clReleaseProgram(program);
    return is_ptx;
}

/* ptx [FILE]: the PTX of a plain kernel goes there. */
int main(int argc, char **argv)
{
    struct gpu gpu;
    int wrong = 0;
    if (!gpu_open(&gpu))
        return GPU_NOT_HERE;
    if (!gpu.is_nvidia) {
        printf("not an NVIDIA device: no PTX\n");
        gpu_close(&gpu);
        return GPU_NOT_HERE;
    }
    if (!compile_plain(&gpu, argc > 1 ? argv[1] : NULL))
        wrong++;
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        wrong += !try_one(&gpu, &trials[i]);
    gpu_close(&gpu);
    return wrong ? 1 : 0;
}

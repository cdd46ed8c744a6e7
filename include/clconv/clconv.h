/* clconv.h - two-dimensional convolution on OpenCL devices and on the host: the public interface.
 *
 * The nouns: a *desc* says which convolution (plain data); a *context* is one device opened; a
 * *plan* is one convolution made ready on a context and run as often as you like; a *buffer* is
 * memory of a context; a *stream* filters an image of any height in strips.
 *
 * Conventions, true of every function below unless it says otherwise:
 *  - What can fail returns a clconv_status; on failure out-parameters are NULL or unchanged and
 *    clconv_last_error() holds one sentence, of this thread, with the object, the numbers and the
 *    remedy. Nothing is printed, nothing exits, nothing aborts.
 *  - Out-parameters come first. Inputs are const and are not kept after the call returns.
 *  - Zero means the default in every field of every struct: start from `clconv_desc d = {0};`.
 *  - Functions may be called from any thread. Contexts and plans may be shared by threads; one
 *    buffer or one stream may be used by one thread at a time.
 *  - Plans, buffers and streams keep their context alive; objects may be destroyed in any order.
 *    A destroy function accepts NULL.
 *  - The library keeps no global state but the thread's error sentence (and, where libraries below
 *    it have some, what guards that). It sets POCL_CACHE_DIR and POCL_AFFINITY in the environment,
 *    if unset, before its first OpenCL call (docs/embedding.md).
 */
#ifndef CLCONV_CLCONV_H
#define CLCONV_CLCONV_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CLCONV_VERSION_MAJOR 0
#define CLCONV_VERSION_MINOR 1
#define CLCONV_VERSION_PATCH 0

#ifndef CLCONV_API
#if defined(__GNUC__)
#define CLCONV_API __attribute__((visibility("default")))
#else
#define CLCONV_API
#endif
#endif

/* "0.1.0" */
CLCONV_API const char *clconv_version(void);

/* ---- status ---------------------------------------------------------------------------------- */

#define CLCONV_STATUSES(X)                                                                         \
    X(OK, "done")                                                                                  \
    X(INVALID, "an argument is wrong")                                                             \
    X(UNSUPPORTED, "right, but not possible on this device or in this build")                      \
    X(NO_DEVICE, "no device of that name, or none at all")                                         \
    X(NO_MEMORY, "the host or the device has not enough memory")                                   \
    X(BUILD, "a kernel does not compile, or computes wrong results on this driver")                \
    X(DEVICE, "the driver reported an error; the context may be used further")                     \
    X(DEVICE_LOST, "the device failed; every later call on its context returns this")              \
    X(IO, "a file or a callback of the caller failed")                                             \
    X(CANCELLED, "a callback of the caller asked to stop")

typedef enum clconv_status {
#define CLCONV_X(name, text) CLCONV_##name,
    CLCONV_STATUSES(CLCONV_X)
#undef CLCONV_X
} clconv_status;

/* "INVALID"; "?" for a value that is not a status. */
CLCONV_API const char *clconv_status_name(clconv_status status);

/* The sentence of this thread's last failure; "" when there was none. Valid until this thread's
 * next clconv call. */
CLCONV_API const char *clconv_last_error(void);

/* Frees text that a function below returned through a char **. NULL is accepted. */
CLCONV_API void clconv_free(void *text);

/* ---- the problem ----------------------------------------------------------------------------- */

typedef enum clconv_type { /* storage of one element; arithmetic is f64 when x or y is, else f32 */
                           CLCONV_F32,
                           CLCONV_F16,
                           CLCONV_F64,
                           CLCONV_U8,
                           CLCONV_S8,
                           CLCONV_U16,
                           CLCONV_S16,
} clconv_type;

typedef enum clconv_layout {              /* which strides are the default; see the stride fields */
                             CLCONV_NCHW, /* planes: one channel after the other */
                             CLCONV_NHWC, /* interleaved: the channels of a pixel side by side */
} clconv_layout;

typedef enum clconv_extent { /* how much is computed; e = dilation * (filter size - 1) + 1 */
                             CLCONV_EXPLICIT, /* padding as in the pad fields */
                             CLCONV_SAME,     /* ceil(size / stride) outputs; the anchor lies on the
                                                 output */
                             CLCONV_VALID,    /* no padding: windows inside the image only */
                             CLCONV_FULL, /* padding e - 1 on each side: every window that touches
                                             the image */
} clconv_extent;

typedef enum clconv_border { /* what lies around abcd; repeats when the padding is larger */
                             CLCONV_CONSTANT,   /* vvv abcd vvv   v = border_value, in arithmetic
                                                   precision */
                             CLCONV_REPLICATE,  /* aaa abcd ddd */
                             CLCONV_REFLECT,    /* cba abcd dcb */
                             CLCONV_REFLECT101, /* dcb abcd cba */
                             CLCONV_WRAP,       /* bcd abcd abc */
} clconv_border;

typedef enum clconv_operation {
    CLCONV_CORRELATION, /* filter as given: what neural networks, OpenCV and libvips do */
    CLCONV_CONVOLUTION, /* filter turned by 180 degrees: the mathematician's convolution */
} clconv_operation;

typedef enum clconv_activation {
    CLCONV_NONE,
    CLCONV_RELU,    /* max(v, 0) */
    CLCONV_LEAKY,   /* v < 0 ? a v : v; a = 0 means 0.01 */
    CLCONV_CLIP,    /* min(max(v, a), b); a = b = 0 means 0 and 6 */
    CLCONV_SIGMOID, /* 1 / (1 + exp(-v)) */
    CLCONV_TANH,    /* tanh(v) */
} clconv_activation;

/* One convolution: input x[n][c][h][w], filters f[k][c / groups][r][s] (always dense f32 in this
 * order), bias[k], output y[n][k][p][q]:
 *
 *   sum = SUM over c', i, j of f[k][c'][i][j] * x[n][c][u * stride_h - pad_top + i * dilation_h]
 *                                                     [v * stride_w - pad_left + j * dilation_w]
 *   v   = (sum + bias[k]) * scale + offset;  v = |v| if absolute;  v = activation(v)
 *   y   = v, for integers rounded half to even and saturated (NaN becomes 0)
 *
 *   p = floor((h + pad_top + pad_bottom - dilation_h * (r - 1) - 1) / stride_h) + 1, q likewise;
 *   below 1 it is INVALID.
 *
 * Limits: 2^30 padded rows and columns, and as many under a filter; 2^31 - 1 output planes (n * k)
 * and taps in one filter; 2^60 - 1 coefficients; 2^63 - 1 bytes in x and in y.
 *
 * Element (n, c, h, w) of x lies at n * x_stride_n + c * x_stride_c + h * x_stride_h +
 * w * x_stride_w, in elements; strides are positive, 0 means dense in the layout (each computed
 * from the next inner one, so a row stride alone describes a region of a larger image). Elements of
 * y must not overlap.
 *
 * The anchor is the tap, counted in the filter as given, that lies on the output's own position in
 * extent SAME: (size - 1) / 2 plus anchor_shift, and it has to be inside the filter. */
typedef struct clconv_desc {
    int n, c, h, w;             /* batch 0 means 1, channels 0 means 1, rows, columns */
    int k, r, s;                /* filters 0 means 1, their rows, their columns */
    int groups;                 /* 0 means 1; divides c and k; groups = c is depthwise */
    int stride_h, stride_w;     /* 0 means 1 */
    int dilation_h, dilation_w; /* 0 means 1 */
    clconv_extent extent;
    int pad_top, pad_bottom, pad_left, pad_right; /* extent EXPLICIT only; any size */
    int anchor_shift_h, anchor_shift_w;           /* extent SAME only */
    clconv_border border;
    double border_value; /* border CONSTANT only */
    clconv_operation operation;
    clconv_type x_type, y_type;
    clconv_layout x_layout, y_layout;
    int64_t x_stride_n, x_stride_c, x_stride_h, x_stride_w; /* elements; 0 means dense */
    int64_t y_stride_n, y_stride_c, y_stride_h, y_stride_w;
    double scale, offset; /* scale 0 means 1 */
    int absolute;         /* 0 or 1 */
    clconv_activation activation;
    double activation_a, activation_b;
} clconv_desc;

/* What follows from a desc. */
typedef struct clconv_sizes {
    int p, q;                /* output rows and columns */
    size_t x_bytes, y_bytes; /* from the first to behind the last element that is used */
    size_t filter_count;     /* floats in filters: k * (c / groups) * r * s */
    size_t bias_count;       /* floats in bias: k */
    double flops;            /* 2 * outputs * taps */
    double bytes;            /* x, y and filters once */
} clconv_sizes;

/* Checks the desc and computes its sizes. INVALID with the numbers when it is wrong or when a size
 * does not fit in 64 bits. */
CLCONV_API clconv_status clconv_desc_output(clconv_sizes *sizes, const clconv_desc *desc);

/* The text of a problem, used by the command, tests, caches and error messages alike:
 *
 *   NxCxHxW:KxRxS[:option]...      e.g. 8x3x224x224:64x7x7:s2:p3:relu
 *
 *   s2 s2,1         stride (rows,columns)     g32           groups
 *   d2 d2,1         dilation                  flip          operation CONVOLUTION
 *   p1 p1,2 p1,0,2,0   padding: all | rows,columns | top,bottom,left,right
 *   same valid full    extent                 anchor=1,0    anchor shift (rows,columns)
 *   constant=V replicate reflect reflect101 wrap    border, with the aliases of
 *                                             clconv_border_parse
 *   u8 u8>f32       types of x and y; s8>s8 for both, since s8 alone is a stride
 *   nhwc nchw>nhwc  layouts of x and y
 *   xs=n,c,h,w  ys=n,c,h,w                    strides in elements, 0 for dense
 *   scale=V offset=V abs                      relu leaky=A clip=A,B sigmoid tanh
 *
 * Parse accepts options in any order, once each; format writes the shortest form in the order
 * above; parse(format(d)) gives d back for every valid d (with defaults filled in as 1). */
CLCONV_API clconv_status clconv_desc_parse(clconv_desc *desc, const char *text);
CLCONV_API clconv_status clconv_desc_format(char **text, const clconv_desc *desc); /* clconv_free */

/* Single words of the text above; INVALID names the words that are known and the nearest one.
 * Borders also as zero zeros fill black (constant), edge nearest clamp copy (replicate),
 * symmetric (reflect), reflect_101, circular periodic tile repeat (wrap); "mirror" is refused,
 * for it means reflect in some programs and reflect101 in others. "constant=V" sets the value.
 * An activation may carry its parameters: "leaky=0.1", "clip=0,6"; a and b are 0 without. */
CLCONV_API clconv_status clconv_border_parse(clconv_border *border, double *value,
                                             const char *word);
CLCONV_API clconv_status clconv_type_parse(clconv_type *type, const char *word);
CLCONV_API clconv_status clconv_layout_parse(clconv_layout *layout, const char *word);
CLCONV_API clconv_status clconv_extent_parse(clconv_extent *extent, const char *word);
CLCONV_API clconv_status clconv_activation_parse(clconv_activation *activation, double *a,
                                                 double *b, const char *word);
CLCONV_API const char *clconv_border_name(clconv_border border); /* "reflect101"; "?" if none */
CLCONV_API const char *clconv_type_name(clconv_type type);       /* "u8" */
CLCONV_API size_t clconv_type_size(clconv_type type);            /* bytes; 0 if none */

/* Where index i of a padded axis of n elements lies: 0 .. n-1, or -1 for the constant's value.
 * Any i; n > 0. This is the meaning of clconv_border, the same in every algorithm. */
CLCONV_API int64_t clconv_border_index(clconv_border border, int64_t i, int64_t n);

/* ---- devices and contexts -------------------------------------------------------------------- */

typedef enum clconv_device_kind {
    CLCONV_DEVICE_HOST, /* the built-in C path */
    CLCONV_DEVICE_CPU,  /* OpenCL on a processor */
    CLCONV_DEVICE_GPU,
    CLCONV_DEVICE_ACCELERATOR, /* and whatever else a driver calls itself */
} clconv_device_kind;

typedef struct clconv_device_info {
    char id[192];       /* "platform:kind:name", accepted by clconv_context_create */
    char name[128];     /* the device's own name */
    char platform[128]; /* "" for the host */
    char version[128];  /* OpenCL version of the device */
    char driver[128];   /* driver version */
    clconv_device_kind kind;
    int compute_units, clock_mhz;
    int shares_memory;                                    /* with the host */
    int has_f64, has_f16;                                 /* arithmetic; f16 storage always works */
    uint64_t memory, max_buffer, max_group, local_memory; /* bytes, bytes, work-items, bytes */
} clconv_device_info;

/* Every device, best first, the host last: GPUs before CPUs, discrete before integrated, Clover
 * behind other drivers. Writes up to capacity entries and the number there is to *count. Succeeds
 * with the host alone where no OpenCL driver works. */
CLCONV_API clconv_status clconv_device_list(clconv_device_info *devices, size_t capacity,
                                            size_t *count);

/* Why a machine has the OpenCL devices that it has: the loader, each vendor file, whether the
 * library it names loads, what each platform says; and the remedy. Several lines; clconv_free. */
CLCONV_API clconv_status clconv_device_diagnose(char **text);

typedef struct clconv_context clconv_context;

typedef enum clconv_log_level {
    CLCONV_LOG_WARNING,
    CLCONV_LOG_INFO,
    CLCONV_LOG_DEBUG
} clconv_log_level;

/* Called from any thread that is inside a call on the context; must not call clconv itself. */
typedef void (*clconv_log_fn)(void *user, clconv_log_level level, const char *sentence);

typedef struct clconv_context_options {
    const char *device; /* as in clconv_context_create */
    clconv_log_fn log;  /* NULL: silence */
    void *log_user;
    const char *cache_dir; /* NULL: CLCONV_CACHE_DIR, else XDG; "" for no cache on disk */
    const char *cl_dir;    /* NULL: CLCONV_CL_DIR, else the kernels inside the library */
    const char *tune;      /* NULL: CLCONV_TUNE, else "on"; see below under tuning */
} clconv_context_options;

/* Opens a device: "host", an id of clconv_device_list, or any part of one (case does not matter;
 * the first that matches). NULL: the environment's CLCONV_DEVICE, else the best device, else the
 * host. NO_DEVICE lists the devices there are. */
CLCONV_API clconv_status clconv_context_create(clconv_context **context, const char *device);
CLCONV_API clconv_status clconv_context_create_with(clconv_context **context,
                                                    const clconv_context_options *options);
CLCONV_API void clconv_context_destroy(clconv_context *context);
CLCONV_API clconv_status clconv_context_info(clconv_device_info *info,
                                             const clconv_context *context);

enum { CLCONV_COPIES = 11 };

/* What a device can do at most, measured: multiply-adds and copies by the fastest of several plain
 * ways, the rest by the median of several runs. 0 where the device has none. */
typedef struct clconv_ceilings {
    double f32, f16;                   /* operations a second; a multiply-add counts as two */
    int f32_lanes;                     /* of the vectors that were the fastest for f32 */
    double copies[CLCONV_COPIES];      /* copies within the device that read and write 2^i MiB
                                          together: bytes a second, read and written; the small ones
                                          stay in caches; 0: does not fit */
    double copy;                       /* the better of the last two that fit: memory itself */
    double to_pinned, to_pageable;     /* bytes a second to the device, */
    double from_pinned, from_pageable; /* and back, from and to host memory of either kind */
    double launch_seconds;             /* from launching an empty kernel to knowing that it ended */
    int device_clock; /* 1: the device's clock and the host's agree; 0: seconds by the device's
                         clock, as of clconv_plan_run_timed, mean nothing here */
} clconv_ceilings;

/* Takes some seconds, in which nothing else should run, and up to 1 GiB of the device. */
CLCONV_API clconv_status clconv_context_measure(clconv_ceilings *ceilings, clconv_context *context);

/* The rate of f32 now, in operations a second: the median of a few runs of milliseconds, by the
 * way that was the fastest when the ceilings were measured on this device; a context's first call
 * may build its kernel. Where others share the processors it changes from one moment to the next: a
 * kernel is judged by the rates just before and after it. INVALID: ceilings that nothing measured.
 * *f32 is unchanged on failure. */
CLCONV_API clconv_status clconv_context_measure_rate(double *f32, clconv_context *context,
                                                     const clconv_ceilings *ceilings);

/* ---- buffers --------------------------------------------------------------------------------- */

typedef struct clconv_buffer clconv_buffer;

/* Memory of the context, contents undefined. NO_MEMORY with the numbers when it does not fit. */
CLCONV_API clconv_status clconv_buffer_create(clconv_buffer **buffer, clconv_context *context,
                                              size_t bytes);
/* A window on another buffer from a byte offset on; it keeps the other alive. */
CLCONV_API clconv_status clconv_buffer_view(clconv_buffer **view, clconv_buffer *buffer,
                                            size_t offset, size_t bytes);
CLCONV_API clconv_status clconv_buffer_write(clconv_buffer *buffer, size_t offset, const void *from,
                                             size_t bytes);
CLCONV_API clconv_status clconv_buffer_read(void *to, const clconv_buffer *buffer, size_t offset,
                                            size_t bytes);
CLCONV_API size_t clconv_buffer_size(const clconv_buffer *buffer);

/* The rate of copies from one buffer to another now: bytes a second, read and written, of as many
 * whole MiB as the smaller one has, by the fastest of several plain ways, the median of a few runs
 * of each. It depends on which memory they got and on what others do with it: a kernel is judged by
 * copies between its own buffers just before and after. The ceilings, of the same device, say which
 * clock counts. What `to` held is lost. INVALID: views, one buffer twice, buffers below 1 MiB or of
 * two contexts, ceilings that nothing measured; UNSUPPORTED on the host. *rate is unchanged on
 * failure. */
CLCONV_API clconv_status clconv_buffer_measure_copy(double *rate, clconv_buffer *to,
                                                    const clconv_buffer *from,
                                                    const clconv_ceilings *ceilings);
CLCONV_API void clconv_buffer_destroy(clconv_buffer *buffer);

/* ---- algorithms and plans -------------------------------------------------------------------- */

/* The filters that an algorithm does, channel by channel. */
typedef enum clconv_filter_kind {
    CLCONV_FILTERS_ANY,
    CLCONV_FILTERS_RANK_ONE, /* a column times a row */
    CLCONV_FILTERS_EQUAL     /* taps that are all equal */
} clconv_filter_kind;

typedef struct clconv_algorithm_info {
    const char *name; /* stable: "direct" */
    const char *idea; /* one sentence */
    int on_host;      /* 1: runs on the device "host" only; 0: on OpenCL devices only */
    int transforms;   /* 1: computes tiles by way of a transform, or with numbers in parts: with an
                         error that depends on the largest input, not on those under the filter
                         alone, and a NaN or infinity may reach, as a NaN, every output of its tile;
                         0: exactly those whose window reads it */
    clconv_filter_kind filters;
} clconv_algorithm_info;

/* The number of algorithms in this build, and the i-th; NULL behind the last. */
CLCONV_API size_t clconv_algorithm_count(void);
CLCONV_API const clconv_algorithm_info *clconv_algorithm(size_t i);

typedef struct clconv_plan clconv_plan;

typedef struct clconv_plan_options {
    const char *algorithm;  /* force one by name; NULL: the one with the least estimate */
    const char *forbid;     /* names with commas between, never chosen; NULL: none */
    size_t workspace_limit; /* bytes of device scratch; 0: no limit but the device's memory */
    int strict;             /* 1: no algorithm that transforms tiles or splits numbers
                               (clconv_algorithm_info.transforms) */
    int tile;               /* of the algorithm that is forced: its tile of this number, 1 to
                               clconv_plan_tiles, in the order of their promise; to measure and to
                               prove them all (in a stream: those of the whole image); 0: what is
                               known or expected to be best. INVALID without an algorithm */
} clconv_plan_options;

/* Makes a convolution ready: checks the desc, chooses an algorithm, builds its kernels or takes
 * them from the cache, proves each new kernel variant by an exact self-test, packs the filters.
 * filters: clconv_sizes.filter_count floats; bias: bias_count floats or NULL for none; options may
 * be NULL. UNSUPPORTED, or BUILD or DEVICE when only the kernels or the driver are at fault, names
 * for every algorithm why not. */
CLCONV_API clconv_status clconv_plan_create(clconv_plan **plan, clconv_context *context,
                                            const clconv_desc *desc, const float *filters,
                                            const float *bias, const clconv_plan_options *options);

/* How many tiles an algorithm has for the problem, 1 where it has but one way; nothing is built.
 * UNSUPPORTED with the reason when it does not do the problem on this device. */
CLCONV_API clconv_status clconv_plan_tiles(int *tiles, clconv_context *context,
                                           const clconv_desc *desc, const float *filters,
                                           const char *algorithm);

/* New coefficients; runs that have begun keep the old ones. Never compiles, but for one case: the
 * plan's algorithm does filters of one kind only (clconv_algorithm_info.filters; coefficients that
 * are numbers of f16) and the new ones are of another. Another algorithm runs them then, one that
 * needs no more workspace than this plan; clconv_plan_get_info and clconv_plan_explain say what
 * they said. */
CLCONV_API clconv_status clconv_plan_set_filters(clconv_plan *plan, const float *filters,
                                                 const float *bias);

/* Runs and waits. x and y hold at least x_bytes and y_bytes and do not overlap. Of y only the
 * elements that belong to the output are written. */
CLCONV_API clconv_status clconv_plan_run(clconv_plan *plan, const clconv_buffer *x,
                                         clconv_buffer *y);

/* The same, with the seconds that the device's own clock saw (host clock on the host). */
CLCONV_API clconv_status clconv_plan_run_timed(double *seconds, clconv_plan *plan,
                                               const clconv_buffer *x, clconv_buffer *y);

typedef struct clconv_plan_info {
    const char *algorithm;
    size_t workspace;        /* bytes of device scratch a run needs */
    double estimate_seconds; /* what the chooser expected */
    const char *shape;       /* of the tiles, in words; lives as long as the plan */
} clconv_plan_info;

CLCONV_API clconv_status clconv_plan_get_info(clconv_plan_info *info, const clconv_plan *plan);

/* Every algorithm for this problem on this context: chosen, or why not; estimate, workspace,
 * flops, bytes and the shape of the tiles. As text for people, or as JSON. clconv_free. */
CLCONV_API clconv_status clconv_plan_explain(char **text, const clconv_plan *plan, int json);
CLCONV_API void clconv_plan_destroy(clconv_plan *plan);

/* One call from host array to host array: opens nothing that stays open. Larger than the device's
 * buffers is done in strips. x, y: arrays as the desc lays them out; they may overlap. Where device
 * and host share memory, the kernels read and write them where they are. After a failure y may hold
 * a part of the result. */
CLCONV_API clconv_status clconv_run(clconv_context *context, const clconv_desc *desc, const void *x,
                                    const float *filters, const float *bias, void *y);

/* ---- tuning ---------------------------------------------------------------------------------- */

/* Wisdom is what was measured on a device: the seconds of each algorithm in its best tile, for a
 * class of problems (the problem without border, epilogue and flip). A plan's choice goes by what
 * is known, else by estimates. There is what the library brings along, for devices like those that
 * it was measured on, and the user's file, which beats it: wisdom.txt in the folder of the cache.
 * clconv_context_options.tune and CLCONV_TUNE say which: "on", or "off" for neither, or the path of
 * another file. A context reads it when it is opened. It survives clconv_cache_clear. */

typedef enum clconv_tune_outcome {
    CLCONV_TUNE_BEGINS,   /* said before; the rest follows */
    CLCONV_TUNE_MEASURED, /* its result is right; seconds is the median of several runs */
    CLCONV_TUNE_SLOWER,   /* its first run took over three times the best; seconds of that run */
    CLCONV_TUNE_KNOWN,    /* from an earlier time */
    CLCONV_TUNE_SKIPPED,  /* see why: it would take too long, or far longer than the best */
    CLCONV_TUNE_FAILED,   /* see why: it cannot run here, or fails its self-test */
    CLCONV_TUNE_WRONG,    /* its result is wrong: it is never chosen for this class */
} clconv_tune_outcome;

typedef struct clconv_tune_step { /* one algorithm in one tile; valid during the call */
    clconv_tune_outcome outcome;
    const char *algorithm;
    const char *tile; /* work-group / lanes / block / step, as in the file; "-": it has none */
    const char *why;  /* "" when there is no reason to give */
    double seconds;
} clconv_tune_step;

typedef struct clconv_tune_options {
    int again;       /* 1: also what is known already, but for what was wrong */
    int like;        /* 1: for all devices like this one (platform, kind, lanes), not it alone */
    double patience; /* seconds that a run may be expected to take; 0: 10 */
    /* Called before and after each candidate; anything but 0 ends the tuning: CANCELLED. What is
     * finished by then is kept. NULL: no one is told. */
    int (*progress)(void *user, const clconv_tune_step *step);
    void *user;
} clconv_tune_options;

typedef struct clconv_tuning {
    const char *algorithm; /* the fastest that is known now */
    char tile[96];
    double seconds;
    const char *expected;    /* what estimates alone choose, */
    double expected_seconds; /* and its time in the tile that it would get; 0: not measured now */
    int measured;            /* candidates that were run in this call */
} clconv_tuning;

/* Tries every algorithm in every tile on a problem: builds, self-test, a run checked against the
 * referee on some rows, then its time; keeps the best of each algorithm. filters as in
 * clconv_plan_create, NULL for arbitrary ones: some algorithms are for filters of a structure only.
 * Nothing else should run on the device. */
CLCONV_API clconv_status clconv_tune(clconv_tuning *tuning, clconv_context *context,
                                     const clconv_desc *desc, const float *filters,
                                     const clconv_tune_options *options);

/* Keeps what clconv_context_measure found, for the estimates of contexts opened from now on. like
 * as in clconv_tune_options. Ceilings of 0 are left out: with nothing but those it tells whether
 * anything can be kept. */
CLCONV_API clconv_status clconv_tune_ceilings(clconv_context *context,
                                              const clconv_ceilings *ceilings, int like);

typedef struct clconv_wisdom {
    const char *problem, *algorithm, *tile; /* problem NULL: a ceiling, algorithm its name: "f32",
                                               "copy" or "launch" */
    double seconds; /* infinite: its result was wrong; of a ceiling: FLOP/s, bytes/s, seconds */
    int like;       /* 1: measured on a device like this one */
    int shipped;    /* 1: with the library; 0: in the user's file */
} clconv_wisdom;

/* Calls visit for what is known about the context's device; it must not call clconv. */
CLCONV_API clconv_status clconv_wisdom_visit(clconv_context *context,
                                             void (*visit)(void *user, const clconv_wisdom *line),
                                             void *user);
/* Removes from the user's file what it has about this device: of the problem's class, or all of it
 * (desc NULL). The number of lines to *removed unless it is NULL. */
CLCONV_API clconv_status clconv_wisdom_forget(clconv_context *context, const clconv_desc *desc,
                                              size_t *removed);

/* ---- images of any size ---------------------------------------------------------------------- */

/* Gives rows [first, first + count) of the input, dense in the desc's x_layout and x_type for one
 * image of `count` rows. Called with 0 <= first, first + count <= h, in any order, from the thread
 * that reads the stream; on a device with memory of its own (shares_memory 0) one strip ahead of
 * what is read. Return OK, or a status that ends the read of what needs these rows with it: they
 * are asked for once more then. Must not use the stream. */
typedef clconv_status (*clconv_source_fn)(void *user, int first, int count, void *rows);

/* Takes rows [first, first + count) of the output, dense in y_layout and y_type, valid until it
 * returns; rows come in order, each once. Return OK, CANCELLED to stop, or a status that ends the
 * run with it. Must not use the stream. */
typedef clconv_status (*clconv_sink_fn)(void *user, int first, int count, const void *rows);

typedef struct clconv_stream_options {
    size_t budget; /* bytes for strips on host and device together; 0: 64 MiB, more if a row
                    * needs it */
    clconv_plan_options plan;
} clconv_stream_options;

typedef struct clconv_stream_stats {
    int strips;            /* begun so far */
    int strip_rows;        /* output rows of a whole strip */
    double device_seconds; /* in kernels */
    const char *algorithm;
} clconv_stream_stats;

typedef struct clconv_stream clconv_stream;

/* One image (n = 1) cut into strips of rows; the result is bit for bit that of a single plan.
 * Strides must be 0 (dense). NO_MEMORY when a single strip passes the budget, with the numbers. */
CLCONV_API clconv_status clconv_stream_create(clconv_stream **stream, clconv_context *context,
                                              const clconv_desc *desc, const float *filters,
                                              const float *bias, clconv_source_fn source,
                                              void *user, const clconv_stream_options *options);
/* Computes output rows [first, first + count) into dense memory: for consumers that pull. */
CLCONV_API clconv_status clconv_stream_read(clconv_stream *stream, int first, int count,
                                            void *rows);
/* Computes all rows in order and gives them to the sink: for consumers that are pushed. */
CLCONV_API clconv_status clconv_stream_run(clconv_stream *stream, clconv_sink_fn sink, void *user);
CLCONV_API clconv_status clconv_stream_get_stats(clconv_stream_stats *stats,
                                                 const clconv_stream *stream);
CLCONV_API void clconv_stream_destroy(clconv_stream *stream);

/* ---- checking a result ----------------------------------------------------------------------- */

typedef struct clconv_check {
    double largest_error; /* max |y - reference|, reference in double precision, unrounded for
                             floating types and rounded for integer ones */
    double bound_there;   /* what docs/accuracy.md allows at that element */
    double largest_ratio; /* max error / bound: above 1 is a miss */
    uint64_t misses, outputs;
    int n, k, row, column; /* element with the largest ratio */
    double got, expected;  /* there */
} clconv_check;

/* Compares y with the referee (plain loops in double precision) under the error bound of the named
 * algorithm. Succeeds also when there are misses: read them. */
CLCONV_API clconv_status clconv_check_result(clconv_check *check, const clconv_desc *desc,
                                             const char *algorithm, const void *x,
                                             const float *filters, const float *bias,
                                             const void *y);

/* ---- the cache on disk ----------------------------------------------------------------------- */

/* The folder in use; clconv_free. IO with the reason when none can be used. */
CLCONV_API clconv_status clconv_cache_path(char **path);

typedef struct clconv_cache_entry {
    const char *file; /* name inside the folder */
    const char *what; /* "program tiled on <device>", or "verdict ..." */
    uint64_t bytes;
    int64_t modified; /* seconds since 1970 */
    int damaged;      /* would be rebuilt */
} clconv_cache_entry;

/* Calls visit for every entry, in order of name. */
CLCONV_API clconv_status clconv_cache_visit(void (*visit)(void *user, const clconv_cache_entry *),
                                            void *user);
/* Removes what clconv made in the folder, nothing else: what PoCL keeps below it stays, for its
 * threads may be using it. The number of files removed to *removed unless it is NULL. */
CLCONV_API clconv_status clconv_cache_clear(size_t *removed);

#ifdef __cplusplus
}
#endif
#endif

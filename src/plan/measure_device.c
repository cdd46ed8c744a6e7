/* measure_device.c - the ceilings of an OpenCL device, by the kernels of cl/measure.cl: each in
 * several ways, of which the best counts. A way that a driver cannot build is left out. */
#include "base/clock.h"
#include "base/status.h"
#include "plan/measure.h"

clconv_status cc_probe_launch(cc_elapsed *e, const cc_probe *b, cc_kernel *kernel,
                              const cc_grid *grid, const cc_arg *args, unsigned arg_count)
{
    cc_commands commands;
    const double start = cc_now();
    clconv_status status = cc_ocl_begin(&commands, b->ocl, NULL, NULL, 0);
    if (status == CLCONV_OK) {
        status = cc_ocl_launch(&commands, kernel, grid, args, arg_count);
        if (status == CLCONV_OK)
            status = cc_ocl_finish(&commands, &e->device);
        else
            cc_ocl_abandon(&commands);
    }
    e->host = cc_now() - start;
    return status;
}

cc_grid cc_probe_line(size_t groups, size_t local)
{
    return (cc_grid){{groups * local, 1, 1}, {local, 1, 1}};
}

bool cc_probe_lacks_way(clconv_status status)
{
    return status == CLCONV_BUILD || status == CLCONV_UNSUPPORTED;
}

/* ---- multiply-adds ---- */

enum { GROUPS_PER_UNIT = 16, GPU_GROUP = 256, STEPS_OF_ROUND = 48, FIRST_ROUNDS = 64 };
enum { MOST_ROUNDS = 1 << 24 };
static const double run_seconds = 0.01; /* long enough for one launch not to count */
/* How the clocks may differ in a run of that length. */
static const double clocks_least = 0.5, clocks_most = 1.1;

typedef struct rate_way { /* a kernel that computes in a vector */
    const char *kernel;
    size_t lanes, lane_bytes;
} rate_way;

static const rate_way rates_f32[] = {
    {"rate_1", 1, 4}, {"rate_4", 4, 4}, {"rate_8", 8, 4}, {"rate_16", 16, 4}, {0}};
static const rate_way rates_f16[] = {
    {"half_1", 1, 2}, {"half_2", 2, 2}, {"half_8", 8, 2}, {"half_16", 16, 2}, {0}};

typedef struct rating { /* one of them under way */
    cc_kernel *kernel;
    cc_mem y;
    cc_grid grid;
    double flops_of_round;
} rating;

static clconv_status run_rounds(cc_elapsed *e, const cc_probe *b, const rating *r, uint32_t rounds)
{
    const float first = 0.999f, second = 0.001f;
    const cc_arg args[] = {CC_ARG(r->y), CC_ARG(rounds), CC_ARG(first), CC_ARG(second)};
    return cc_probe_launch(e, b, r->kernel, &r->grid, args, 4);
}

bool cc_clocks_agree(double host, double device)
{
    return device >= clocks_least * host && device <= clocks_most * host;
}

/* The number of rounds grows until a run is long; then it is repeated. The first measurement of all
 * also finds out about the device's clock. */
static clconv_status sample_rate(double *flops, cc_probe *b, const rating *r, bool judge_clock)
{
    uint32_t rounds = FIRST_ROUNDS;
    cc_samples by_host, by_device;
    cc_elapsed e;
    CC_TRY(run_rounds(&e, b, r, rounds));
    while (e.host < run_seconds && rounds < MOST_ROUNDS) {
        rounds *= 2;
        CC_TRY(run_rounds(&e, b, r, rounds));
    }
    cc_samples_begin(&by_host);
    cc_samples_begin(&by_device);
    while (cc_samples_want(&by_host)) {
        CC_TRY(run_rounds(&e, b, r, rounds));
        cc_samples_add(&by_host, e.host);
        cc_samples_add(&by_device, e.device);
    }
    if (judge_clock)
        b->device_clock =
            cc_clocks_agree(cc_samples_median(&by_host), cc_samples_median(&by_device));
    *flops = rounds * r->flops_of_round / cc_samples_least(b->device_clock ? &by_device : &by_host);
    return CLCONV_OK;
}

/* Runs it once, for drivers compile then. Released by end_rating whatever this returns. */
static clconv_status begin_rating(rating *r, const cc_probe *b, const rate_way *way)
{
    const size_t groups = (size_t)b->caps->info.compute_units * GROUPS_PER_UNIT;
    const size_t most = b->caps->info.max_group < GPU_GROUP ? b->caps->info.max_group : GPU_GROUP;
    const size_t local = b->caps->is_cpu && way->lanes > 1 ? 1 : most;
    const size_t items = groups * local;
    cc_elapsed e;
    *r = (rating){.grid = cc_probe_line(groups, local),
                  .flops_of_round = 2.0 * STEPS_OF_ROUND * (double)(way->lanes * items)};
    CC_TRY(cc_ocl_kernel_create(&r->kernel, b->ocl, b->plain, way->kernel));
    CC_TRY(cc_ocl_mem_create(&r->y, b->ocl, items * way->lanes * way->lane_bytes));
    return run_rounds(&e, b, r, 1);
}

static void end_rating(const rating *r, const cc_probe *b)
{
    cc_ocl_mem_release(b->ocl, r->y);
    cc_ocl_kernel_release(r->kernel);
}

static clconv_status measure_rate(double *flops, cc_probe *b, const rate_way *way, bool judge_clock)
{
    rating r;
    clconv_status status = begin_rating(&r, b, way);
    if (status == CLCONV_OK)
        status = sample_rate(flops, b, &r, judge_clock);
    end_rating(&r, b);
    return status;
}

/* lanes: of the fastest way. */
static clconv_status measure_rates(double *best, int *lanes, cc_probe *b, const rate_way *rates,
                                   bool judge_clock)
{
    for (const rate_way *way = rates; way->kernel; way++) {
        double flops = 0;
        const clconv_status status = measure_rate(&flops, b, way, judge_clock && way == rates);
        if (status != CLCONV_OK && !cc_probe_lacks_way(status))
            return status;
        if (flops > *best) {
            *best = flops;
            *lanes = (int)way->lanes;
        }
    }
    return *best > 0 ? CLCONV_OK
                     : cc_fail(CLCONV_BUILD, "no kernel of measure.cl runs on %s: %s",
                               b->caps->info.id, clconv_last_error());
}

/* ---- launches ---- */

enum { LAUNCHES = 9, BURST = 20 };

static clconv_status measure_launch(double *seconds, const cc_probe *b)
{
    const cc_grid one = cc_probe_line(1, 1);
    cc_samples samples;
    cc_kernel *kernel = NULL;
    cc_mem y = NULL;
    cc_elapsed e;
    clconv_status status = cc_ocl_kernel_create(&kernel, b->ocl, b->plain, "nothing");
    if (status == CLCONV_OK)
        status = cc_ocl_mem_create(&y, b->ocl, sizeof(float));
    const cc_arg args[] = {CC_ARG(y)};
    if (status == CLCONV_OK)
        status = cc_probe_launch(&e, b, kernel, &one, args, 1);
    cc_samples_begin(&samples);
    for (int i = 0; status == CLCONV_OK && i < LAUNCHES; i++) {
        double sum = 0;
        for (int j = 0; status == CLCONV_OK && j < BURST; j++) {
            status = cc_probe_launch(&e, b, kernel, &one, args, 1);
            sum += e.host;
        }
        cc_samples_add(&samples, sum / BURST);
    }
    *seconds = cc_samples_median(&samples);
    cc_ocl_mem_release(b->ocl, y);
    cc_ocl_kernel_release(kernel);
    return status;
}

/* ---- all of it ---- */

static clconv_status build(cc_probe *b, cc_program **program, const char *nontemporal)
{
    cc_text options = {0};
    cc_text_add(&options, "-D HAS_FMA=%d -D HALF=%d%s", b->caps->fma_f32, b->caps->info.has_f16,
                nontemporal);
    const clconv_status status = options.failed
                                     ? cc_fail(CLCONV_NO_MEMORY, "no memory for a program")
                                     : cc_ocl_program(program, b->ocl, "measure.cl", options.s);
    cc_text_free(&options);
    return status;
}

clconv_status cc_probe_build(cc_probe *b)
{
    CC_TRY(build(b, &b->plain, ""));
    const clconv_status status = build(b, &b->nontemporal, " -D NONTEMPORAL=1");
    return cc_probe_lacks_way(status) ? CLCONV_OK : status;
}

void cc_probe_release(const cc_probe *b)
{
    cc_ocl_program_release(b->ocl, b->plain);
    cc_ocl_program_release(b->ocl, b->nontemporal);
}

static clconv_status measure(clconv_ceilings *ceilings, cc_probe *b)
{
    int lanes_f16 = 0;
    CC_TRY(cc_probe_build(b));
    CC_TRY(cc_probe_transfers(ceilings, b));
    CC_TRY(measure_rates(&ceilings->f32, &ceilings->f32_lanes, b, rates_f32, true));
    ceilings->device_clock = b->device_clock;
    if (b->caps->info.has_f16)
        CC_TRY(measure_rates(&ceilings->f16, &lanes_f16, b, rates_f16, false));
    CC_TRY(measure_launch(&ceilings->launch_seconds, b));
    return cc_probe_copies(ceilings, b);
}

clconv_status cc_measure_device(clconv_ceilings *ceilings, clconv_context *context)
{
    cc_probe b = {.ocl = context->ocl, .caps = &context->caps};
    const clconv_status status = measure(ceilings, &b);
    cc_probe_release(&b);
    return status;
}

/* ---- the rate now ---- */

static const double rate_now_seconds = 0.002; /* of each */

static clconv_status sample_rate_now(double *f32, const cc_probe *b, const rating *r,
                                     const clconv_ceilings *ceilings)
{
    const double rounds = ceilings->f32 * rate_now_seconds / r->flops_of_round;
    const uint32_t count = rounds < 1 ? 1 : rounds < MOST_ROUNDS ? (uint32_t)rounds : MOST_ROUNDS;
    cc_samples samples;
    cc_samples_begin(&samples);
    for (int i = 0; i < CC_RATES_NOW; i++) {
        cc_elapsed e;
        CC_TRY(run_rounds(&e, b, r, count));
        cc_samples_add(&samples, b->device_clock ? e.device : e.host);
    }
    *f32 = count * r->flops_of_round / cc_samples_median(&samples);
    return CLCONV_OK;
}

clconv_status cc_measure_device_rate(double *f32, clconv_context *context,
                                     const clconv_ceilings *ceilings)
{
    cc_probe b = {
        .ocl = context->ocl, .caps = &context->caps, .device_clock = ceilings->device_clock != 0};
    const rate_way *way = rates_f32;
    rating r = {0};
    while (way->kernel && (int)way->lanes != ceilings->f32_lanes)
        way++;
    if (!way->kernel)
        return cc_fail_ceilings(ceilings, context);
    clconv_status status = build(&b, &b.plain, "");
    if (status == CLCONV_OK)
        status = begin_rating(&r, &b, way);
    if (status == CLCONV_OK)
        status = sample_rate_now(f32, &b, &r, ceilings);
    end_rating(&r, &b);
    cc_probe_release(&b);
    return status;
}

/* conv.c - `clconv conv`: one convolution of tensors, .npy in and out. */
#include "args.h"
#include "cli.h"
#include "npy.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct conv {
    const char *input, *filters, *bias, *output;
    const char *stride, *padding, *dilation, *extent, *border, *layout, *activation, *type;
    const char *device, *algorithm;
    int groups;
    bool flip, verify;
};

#define FIELD(name) offsetof(struct conv, name)

static const struct cli_option options[] = {
    {"--input", "-i", CLI_TEXT, FIELD(input), "X.npy", "tensor: HW, CHW or NCHW (see --layout)"},
    {"--filters", "-f", CLI_TEXT, FIELD(filters), "F.npy",
     "RS, or KCRS with C = channels / groups; any number type"},
    {"--bias", "-b", CLI_TEXT, FIELD(bias), "B.npy", "K numbers, added to the sums"},
    {"--output", "-o", CLI_TEXT, FIELD(output), "Y.npy", "of the input's rank where that fits"},
    {"--stride", "-s", CLI_TEXT, FIELD(stride), "A[,B]", "step of rows and columns, default 1"},
    {"--padding", "-p", CLI_TEXT, FIELD(padding), "P|R,C|T,B,L,R",
     "all sides; rows, columns; top, bottom, left, right; default 0"},
    {"--dilation", NULL, CLI_TEXT, FIELD(dilation), "A[,B]", "distance of taps, default 1"},
    {"--groups", "-g", CLI_INT, FIELD(groups), "G", "divides C and K; G = C is depthwise"},
    {"--extent", NULL, CLI_TEXT, FIELD(extent), "same|valid|full", "instead of --padding"},
    {"--border", NULL, CLI_TEXT, FIELD(border), "B",
     "constant[=V] (default 0), replicate, reflect, reflect101, wrap"},
    {"--layout", NULL, CLI_TEXT, FIELD(layout), "nchw|nhwc",
     "of input and output; nhwc: HW, HWC or NHWC; filters stay KCRS"},
    {"--activation", NULL, CLI_TEXT, FIELD(activation), "A",
     "relu, leaky=A, clip=A,B, sigmoid, tanh"},
    {"--flip", NULL, CLI_FLAG, FIELD(flip), NULL,
     "turn the filter by 180 degrees: convolution instead of correlation"},
    {"--type", NULL, CLI_TEXT, FIELD(type), "T",
     "output's: f32 f16 f64 u8 s8 u16 s16; default: a float input's, or f32"},
    {"--device", "-d", CLI_TEXT, FIELD(device), "DEVICE", "any part of an id of `clconv devices`"},
    {"--algorithm", "-a", CLI_TEXT, FIELD(algorithm), "NAME", "force this one"},
    {"--verify", NULL, CLI_FLAG, FIELD(verify), NULL,
     "compare with the referee; write nothing if it misses the bound"},
    {0}};

struct work { /* what a run of the command holds */
    clconv_desc desc;
    clconv_sizes sizes;
    struct cli_npy x, f, b;
    float *filters, *bias;
    void *y;
    clconv_context *context;
    clconv_plan *plan;
    clconv_plan_info info;
    double seconds;
};

/* ---- from the command line to a desc ---- */

static bool pair(int *first, int *second, const char *name, const char *text)
{
    int v[2];
    const int count = text ? cli_integers(v, "1 2", name, text) : 2;
    if (!text)
        return true;
    if (count == 0)
        return false;
    *first = v[0];
    *second = count == 2 ? v[1] : v[0];
    if (*first >= 1 && *second >= 1)
        return true;
    cli_misuse("%s %s: 1 or more is wanted", name, text);
    return false;
}

static bool padding(clconv_desc *d, const char *text)
{
    int v[4];
    const int count = text ? cli_integers(v, "1 2 4", "--padding", text) : 0;
    if (!text || count == 0)
        return !text;
    d->pad_top = v[0];
    d->pad_bottom = count == 4 ? v[1] : v[0];
    d->pad_left = count == 4 ? v[2] : v[count - 1];
    d->pad_right = count == 4 ? v[3] : v[count - 1];
    return true;
}

/* The words that the library itself reads. */
static bool words(clconv_desc *d, const struct conv *args)
{
    if (args->extent && clconv_extent_parse(&d->extent, args->extent) != CLCONV_OK)
        return cli_misuse("--extent %s: %s", args->extent, clconv_last_error()), false;
    if (args->border &&
        clconv_border_parse(&d->border, &d->border_value, args->border) != CLCONV_OK)
        return cli_misuse("--border %s: %s", args->border, clconv_last_error()), false;
    if (args->layout && clconv_layout_parse(&d->x_layout, args->layout) != CLCONV_OK)
        return cli_misuse("--layout %s: %s", args->layout, clconv_last_error()), false;
    if (args->type && clconv_type_parse(&d->y_type, args->type) != CLCONV_OK)
        return cli_misuse("--type %s: %s", args->type, clconv_last_error()), false;
    if (args->activation && clconv_activation_parse(&d->activation, &d->activation_a,
                                                    &d->activation_b, args->activation))
        return cli_misuse("--activation %s: %s", args->activation, clconv_last_error()), false;
    d->y_layout = d->x_layout;
    return true;
}

static bool usage(clconv_desc *d, const struct conv *args)
{
    if (!args->input || !args->filters || !args->output)
        return cli_misuse("--input, --filters and --output are needed"), false;
    if (args->padding && args->extent)
        return cli_misuse("--padding and --extent exclude each other; extent has its own"), false;
    if (cli_given("--groups") && args->groups < 1)
        return cli_misuse("--groups %d: 1 or more is wanted", args->groups), false;
    d->operation = args->flip ? CLCONV_CONVOLUTION : CLCONV_CORRELATION;
    return words(d, args) && pair(&d->stride_h, &d->stride_w, "--stride", args->stride) &&
           pair(&d->dilation_h, &d->dilation_w, "--dilation", args->dilation) &&
           padding(d, args->padding) && cli_algorithm_known(args->algorithm);
}

/* ---- from the arrays to a desc ---- */

static bool fits_int(const struct cli_npy *array, const char *path)
{
    for (int i = 0; i < array->rank; i++) {
        if (array->shape[i] > INT_MAX)
            return cli_fail("%s: %lld in one dimension is more than 2^31 - 1; cut it", path,
                            (long long)array->shape[i]),
                   false;
    }
    return true;
}

static bool input_shape(clconv_desc *d, const struct cli_npy *x, const char *path)
{
    const int64_t *s = x->shape + x->rank - 3; /* the three inner ones, where there are three */
    char shape[160];
    if (x->rank < 2 || x->rank > 4)
        return cli_fail("%s has shape %s; HW, CHW or NCHW is wanted (HWC or NHWC with --layout "
                        "nhwc)",
                        path, cli_npy_shape(shape, sizeof(shape), x)),
               false;
    const bool nhwc = x->rank > 2 && d->x_layout == CLCONV_NHWC;
    d->n = x->rank == 4 ? (int)x->shape[0] : 1;
    d->c = x->rank == 2 ? 1 : (int)s[nhwc ? 2 : 0];
    d->h = (int)(x->rank == 2 ? x->shape[0] : s[nhwc ? 0 : 1]);
    d->w = (int)(x->rank == 2 ? x->shape[1] : s[nhwc ? 1 : 2]);
    return true;
}

/* RS filters every channel on its own: as many groups and filters as channels. */
static bool filter_shape(clconv_desc *d, const struct cli_npy *f, const struct conv *args)
{
    char shape[160];
    const int64_t *rs = f->shape + f->rank - 2;
    cli_npy_shape(shape, sizeof(shape), f);
    if (f->rank != 2 && f->rank != 4)
        return cli_fail("%s has shape %s; RS or KCRS is wanted: use f.reshape(K, C, R, S)",
                        args->filters, shape),
               false;
    d->r = (int)rs[0];
    d->s = (int)rs[1];
    d->k = f->rank == 2 ? d->c : (int)f->shape[0];
    d->groups = cli_given("--groups") ? args->groups : f->rank == 2 ? d->c : 1;
    if (f->rank == 2 && d->groups != d->c)
        return cli_fail("%s is one RS filter for each of %d channels; --groups %d needs KCRS",
                        args->filters, d->c, d->groups),
               false;
    if (f->rank == 4 && f->shape[1] * d->groups != d->c)
        return cli_fail("%s has shape %s, filters over %lld channels, but %s has %d channels in %d "
                        "group%s; --groups %lld may be meant, or --layout",
                        args->filters, shape, (long long)f->shape[1], args->input, d->c, d->groups,
                        d->groups == 1 ? "" : "s",
                        (long long)(d->c % f->shape[1] ? 1 : d->c / f->shape[1])),
               false;
    return true;
}

static bool make_filters(struct work *w, const struct conv *args)
{
    if (!cli_npy_floats(&w->filters, &w->f, args->filters))
        return false;
    const size_t one = w->f.count, all = w->sizes.filter_count;
    if (all == one)
        return true;
    float *more = realloc(w->filters, all * sizeof(*more));
    if (!more)
        return cli_no_memory(all * sizeof(*more)), false;
    for (size_t i = one; i < all; i++)
        more[i] = more[i - one];
    w->filters = more;
    return true;
}

static bool make_bias(struct work *w, const struct conv *args)
{
    char shape[160];
    if (!args->bias)
        return true;
    if (!cli_npy_read(&w->b, args->bias))
        return false;
    if (w->b.rank > 1 || w->b.count != w->sizes.bias_count)
        return cli_fail("%s has shape %s; %zu numbers are wanted, one for each filter", args->bias,
                        cli_npy_shape(shape, sizeof(shape), &w->b), w->sizes.bias_count),
               false;
    return cli_npy_floats(&w->bias, &w->b, args->bias);
}

static bool load(struct work *w, const struct conv *args)
{
    if (!cli_npy_read(&w->x, args->input) || !cli_npy_type(&w->desc.x_type, &w->x, args->input) ||
        !fits_int(&w->x, args->input) || !input_shape(&w->desc, &w->x, args->input) ||
        !cli_npy_read(&w->f, args->filters) || !fits_int(&w->f, args->filters) ||
        !filter_shape(&w->desc, &w->f, args))
        return false;
    if (!args->type)
        w->desc.y_type = w->x.kind == 'f' ? w->desc.x_type : CLCONV_F32;
    if (clconv_desc_output(&w->sizes, &w->desc) != CLCONV_OK)
        return cli_fail_library(), false;
    w->y = malloc(w->sizes.y_bytes);
    if (!w->y)
        return cli_no_memory(w->sizes.y_bytes), false;
    return make_filters(w, args) && make_bias(w, args);
}

/* ---- the work ---- */

static clconv_status run_in_buffers(struct work *w)
{
    clconv_buffer *x = NULL, *y = NULL;
    clconv_status status = clconv_buffer_create(&x, w->context, w->sizes.x_bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_create(&y, w->context, w->sizes.y_bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_write(x, 0, w->x.data, w->sizes.x_bytes);
    if (status == CLCONV_OK)
        status = clconv_plan_run_timed(&w->seconds, w->plan, x, y);
    if (status == CLCONV_OK)
        status = clconv_buffer_read(w->y, y, 0, w->sizes.y_bytes);
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    return status;
}

/* What passes the memory of the device goes through it in strips, where the choice of the algorithm
 * is left to the library. */
static clconv_status convolve(struct work *w, const struct conv *args)
{
    const clconv_plan_options wanted = {.algorithm = args->algorithm};
    clconv_status status = cli_context(&w->context, args->device);
    if (status == CLCONV_OK)
        status = clconv_plan_create(&w->plan, w->context, &w->desc, w->filters, w->bias, &wanted);
    if (status == CLCONV_OK)
        status = clconv_plan_get_info(&w->info, w->plan);
    if (status == CLCONV_OK)
        status = run_in_buffers(w);
    if (status == CLCONV_NO_MEMORY && w->plan && !args->algorithm) {
        const double start = cli_clock();
        cli_say("%s; computed in strips instead", clconv_last_error());
        status = clconv_run(w->context, &w->desc, w->x.data, w->filters, w->bias, w->y);
        w->seconds = cli_clock() - start;
    }
    return status;
}

static bool verified(const struct work *w)
{
    clconv_check check;
    if (clconv_check_result(&check, &w->desc, w->info.algorithm, w->x.data, w->filters, w->bias,
                            w->y) != CLCONV_OK)
        return cli_fail_library(), false;
    cli_say("largest error %.3g, at most %.3g of what is allowed, in %llu outputs",
            check.largest_error, check.largest_ratio, (unsigned long long)check.outputs);
    if (check.misses > 0)
        cli_fail("%llu outputs are wrong, the worst at y[%d][%d][%d][%d]: %.9g instead of %.9g; "
                 "nothing was written",
                 (unsigned long long)check.misses, check.n, check.k, check.row, check.column,
                 check.got, check.expected);
    return check.misses == 0;
}

/* Of the input's rank; an image under several filters gets a dimension for them. */
static bool save(const struct work *w, const char *path)
{
    const clconv_desc *d = &w->desc;
    const bool nhwc = d->y_layout == CLCONV_NHWC;
    const int64_t p = w->sizes.p, q = w->sizes.q;
    int64_t shape[4] = {d->n, nhwc ? p : d->k, nhwc ? q : p, nhwc ? d->k : q};
    int rank = w->x.rank;
    if (rank == 2 && d->k > 1)
        rank = 3;
    if (rank == 2) {
        shape[2] = p;
        shape[3] = q;
    }
    return cli_npy_write(path, d->y_type, rank, shape + 4 - rank, w->y);
}

static int run(int argc, char **argv)
{
    struct conv args = {0};
    struct work w = {0};
    clconv_device_info device;
    int exit_status = CLI_FAILED;
    if (!cli_args(&args, options, argc, argv, 0, 0, NULL) || !usage(&w.desc, &args))
        return CLI_MISUSE;
    if (!load(&w, &args))
        goto done;
    if (convolve(&w, &args) != CLCONV_OK || clconv_context_info(&device, w.context) != CLCONV_OK) {
        cli_fail_library();
        goto done;
    }
    if ((args.verify && !verified(&w)) || !save(&w, args.output))
        goto done;
    cli_say("%s on %s: %.3f ms", w.info.algorithm, device.name, 1e3 * w.seconds);
    exit_status = CLI_DONE;
done:
    clconv_plan_destroy(w.plan);
    clconv_context_destroy(w.context);
    cli_npy_free(&w.x);
    cli_npy_free(&w.f);
    cli_npy_free(&w.b);
    free(w.filters);
    free(w.bias);
    free(w.y);
    return exit_status;
}

const struct cli_command cli_conv = {
    "conv",
    "Convolve tensors: .npy files in, an .npy file out",
    "--input X.npy --filters F.npy --output Y.npy [OPTION...]",
    options,
    "An RS filter works on each channel on its own. Input types: f2 f4 f8 u1 i1 u2 i2; integer\n"
    "outputs are rounded half to even and saturated.\n\n"
    "examples:\n"
    "  clconv conv --input x.npy --filters f.npy --bias b.npy --output y.npy --padding 1 \\\n"
    "      --activation relu --verify\n"
    "  clconv conv -i photo.npy -f blur.npy -o out.npy --layout nhwc --extent same \\\n"
    "      --border reflect101 --type u8\n",
    run};

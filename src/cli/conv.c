/* conv.c - `clconv conv`: one convolution of tensors, .npy in and out. */
#include "conv.h"
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(struct conv, name)

static const struct cli_option options[] = {
    {"--input", "-i", CLI_TEXT, FIELD(input), "X.npy", "tensor: HW, CHW or NCHW (see --layout)"},
    {"--filters", "-f", CLI_TEXT, FIELD(filters), "F.npy",
     "RS, or KCRS with C = channels / groups; any number type"},
    {"--bias", "-b", CLI_TEXT, FIELD(bias), "B.npy", "K numbers, added to the sums"},
    {"--output", "-o", CLI_TEXT, FIELD(output), "Y.npy", "of the input's rank where that fits"},
    CLI_WINDOW_OPTIONS(struct conv, window),
    {"--groups", "-g", CLI_INT, FIELD(groups), "G", "divides C and K; G = C is depthwise"},
    {"--layout", NULL, CLI_TEXT, FIELD(layout), "nchw|nhwc",
     "of input and output; nhwc: HW, HWC or NHWC; filters stay KCRS"},
    {"--activation", NULL, CLI_TEXT, FIELD(activation), "A",
     "relu, leaky[=A] (0.01), clip[=A,B] (0,6), sigmoid, tanh"},
    {"--type", NULL, CLI_TEXT, FIELD(type), "T",
     "output's: f32 f16 f64 u8 s8 u16 s16; default: a float input's, or f32"},
    {"--device", "-d", CLI_TEXT, FIELD(device), "DEVICE", "any part of an id of `clconv devices`"},
    {"--algorithm", "-a", CLI_TEXT, FIELD(algorithm), "NAME", "force this one"},
    {"--verify", NULL, CLI_FLAG, FIELD(verify), NULL,
     "compare with the referee; write nothing if it misses the bound"},
    {0}};

/* ---- from the command line to a desc ---- */

/* The words that the library itself reads. */
static bool words(clconv_desc *d, const struct conv *args)
{
    if (args->layout && clconv_layout_parse(&d->x_layout, args->layout) != CLCONV_OK) {
        cli_misuse("--layout %s: %s", args->layout, clconv_last_error());
        return false;
    }
    if (args->type && clconv_type_parse(&d->y_type, args->type) != CLCONV_OK) {
        cli_misuse("--type %s: %s", args->type, clconv_last_error());
        return false;
    }
    if (args->activation && clconv_activation_parse(&d->activation, &d->activation_a,
                                                    &d->activation_b, args->activation)) {
        cli_misuse("--activation %s: %s", args->activation, clconv_last_error());
        return false;
    }
    d->y_layout = d->x_layout;
    return true;
}

/* Of a name with a suffix: pipes and devices have none. */
static bool is_other_format(const char *path)
{
    const char *const slash = strrchr(path, '/'), *const dot = strrchr(slash ? slash : path, '.');
    return dot && strcmp(dot, ".npy") != 0;
}

static bool usage(clconv_desc *d, const struct conv *args)
{
    if (!args->input || !args->filters || !args->output) {
        cli_misuse("--input, --filters and --output are needed");
        return false;
    }
    if (is_other_format(args->output)) {
        cli_misuse("--output %s: the result is an array, not an image: name it .npy", args->output);
        return false;
    }
    if (cli_given("--groups") && args->groups < 1) {
        cli_misuse("--groups %d: 1 or more is wanted", args->groups);
        return false;
    }
    return words(d, args) && cli_window_read(d, &args->window) &&
           cli_algorithm_known(args->algorithm);
}

/* ---- the work ---- */

static clconv_status run_in_buffers(struct conv_work *w)
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
static clconv_status convolve(struct conv_work *w, const struct conv *args)
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

static bool verified(const struct conv_work *w)
{
    clconv_check check;
    char error[CLI_ERROR_TEXT];
    if (clconv_check_result(&check, &w->desc, w->info.algorithm, w->x.data, w->filters, w->bias,
                            w->y) != CLCONV_OK) {
        cli_fail_library();
        return false;
    }
    cli_error_text(error, &check);
    cli_say("%s, in %llu outputs", error, (unsigned long long)check.outputs);
    if (check.misses > 0)
        cli_fail("%llu outputs are wrong, the worst at y[%d][%d][%d][%d]: %.9g instead of %.9g; "
                 "nothing was written",
                 (unsigned long long)check.misses, check.n, check.k, check.row, check.column,
                 check.got, check.expected);
    return check.misses == 0;
}

/* Of the input's rank; an image under several filters gets a dimension for them. */
static bool save(const struct conv_work *w, const char *path)
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
    struct conv_work w = {0};
    clconv_device_info device;
    int exit_status = CLI_FAILED;
    if (!cli_args(&args, options, argc, argv, 0, 0, NULL) || !usage(&w.desc, &args))
        return CLI_MISUSE;
    if (!conv_load(&w, &args))
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

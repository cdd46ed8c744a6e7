/* filter.c - `clconv filter`: an image through a kernel. */
#include "args.h"
#include "cli.h"
#include "filter_rows.h"
#include "json.h"
#include "output.h"
#include "pixels.h"
#include <stdio.h>
#include <stdlib.h>

struct filter {
    const char *kernel, *border, *device, *algorithm, *type;
    double border_value, scale, offset;
    int stride, dilation;
    bool absolute, flip, normalize, linear, verify, json;
};

#define FIELD(name) offsetof(struct filter, name)
static const struct cli_option options[] = {
    {"--kernel", "-k", CLI_TEXT, FIELD(kernel), "KERNEL",
     "preset, rows of numbers, or @FILE; see below"},
    {"--border", "-b", CLI_TEXT, FIELD(border), "BORDER",
     "constant, replicate, reflect, reflect101 (default), wrap"},
    {"--border-value", NULL, CLI_REAL, FIELD(border_value), "V", "of --border constant; default 0"},
    {"--device", "-d", CLI_TEXT, FIELD(device), "DEVICE", "any part of an id of `clconv devices`"},
    {"--algorithm", "-a", CLI_TEXT, FIELD(algorithm), "NAME", "force this one"},
    {"--type", "-t", CLI_TEXT, FIELD(type), "TYPE",
     "of the output: u8 s8 u16 s16 f32 f64; default: the input's"},
    {"--scale", NULL, CLI_REAL, FIELD(scale), "S",
     "the sums are multiplied by it, in place of the preset's own"},
    {"--offset", NULL, CLI_REAL, FIELD(offset), "O", "added then, in units of the output"},
    {"--abs", NULL, CLI_FLAG, FIELD(absolute), NULL, "absolute values then"},
    {"--stride", "-s", CLI_INT, FIELD(stride), "N", "only each N-th row and column of the result"},
    {"--dilation", NULL, CLI_INT, FIELD(dilation), "N", "taps lie N pixels apart"},
    {"--flip", NULL, CLI_FLAG, FIELD(flip), NULL,
     "turn the kernel by 180 degrees: the mathematician's convolution"},
    {"--normalize", NULL, CLI_FLAG, FIELD(normalize), NULL, "divide the taps by their sum"},
    {"--linear", NULL, CLI_FLAG, FIELD(linear), NULL, "compute in linear light"},
    {"--verify", NULL, CLI_FLAG, FIELD(verify), NULL,
     "check every value against the referee; no file when one is wrong"},
    {"--json", NULL, CLI_FLAG, FIELD(json), NULL, "what was done, as JSON on stdout"},
    {0}};

struct job {
    struct filter args;
    const char *in, *out;
    struct kernel kernel;
    struct filter_wishes wishes;
    struct image *image;
    struct light *light;
    struct filter_work work;
    clconv_context *context;
    struct filter_rows *rows;
    struct cli_output output;
    struct progress progress;
    double start_seconds; /* for device, kernels and files to be ready */
};

/* ---- what is wanted ---- */

static bool read_border(struct job *job)
{
    const struct filter *const args = &job->args;
    struct filter_wishes *const wishes = &job->wishes;
    wishes->border = CLCONV_REFLECT101;
    if (args->border &&
        clconv_border_parse(&wishes->border, &wishes->border_value, args->border) != CLCONV_OK) {
        cli_misuse("--border: %s", clconv_last_error());
        return false;
    }
    if (!cli_given("--border-value"))
        return true;
    wishes->border_value = args->border_value;
    if (wishes->border == CLCONV_CONSTANT)
        return true;
    cli_misuse("--border-value belongs to --border constant; the border is %s",
               clconv_border_name(wishes->border));
    return false;
}

/* False after a message about the command line. */
static bool read_wishes(struct job *job)
{
    const struct filter *const args = &job->args;
    job->wishes.stride = args->stride;
    job->wishes.dilation = args->dilation;
    job->wishes.flip = args->flip;
    if (!args->kernel)
        return cli_misuse("--kernel is missing; `clconv kernels` lists the presets"), false;
    if (args->stride < 1 || args->dilation < 1)
        return cli_misuse("--stride and --dilation are 1 or more"), false;
    if (cli_given("--scale") && args->scale == 0)
        return cli_misuse("--scale 0 would leave nothing of the image"), false;
    if (args->type && clconv_type_parse(&job->wishes.type, args->type) != CLCONV_OK)
        return cli_misuse("--type: %s", clconv_last_error()), false;
    if (args->type && job->wishes.type == CLCONV_F16)
        return cli_misuse("--type f16: no image format holds it; f32 holds all its values"), false;
    return read_border(job) && cli_algorithm_known(args->algorithm);
}

/* What the kernel and the image's type leave open. */
static bool decide(struct job *job)
{
    const struct filter *const args = &job->args;
    struct filter_wishes *const wishes = &job->wishes;
    const clconv_type in = image_info(job->image)->type;
    if (!args->type)
        wishes->type = in;
    const bool is_unsigned = wishes->type == CLCONV_U8 || wishes->type == CLCONV_U16;
    /* The way back from linear light leads to white by itself. */
    wishes->result =
        kernel_result(&job->kernel, args->linear ? wishes->type : in, wishes->type, args->absolute);
    if (cli_given("--scale"))
        wishes->result.scale = args->scale;
    if (cli_given("--offset"))
        wishes->result.offset = args->offset;
    if (args->linear && !is_unsigned)
        return cli_fail("--linear: its way back from linear light leads to u8 and u16, and the "
                        "output is %s; give --type u8 or u16, or leave --linear out",
                        clconv_type_name(wishes->type)),
               false;
    if (kernel_is_derivative(&job->kernel) && is_unsigned && job->kernel.count == 1 &&
        wishes->result.offset == 0 && !wishes->result.absolute)
        cli_say("the taps add up to 0, and %s has no room for negative results: they become 0; "
                "--offset %g or --abs keeps them",
                clconv_type_name(wishes->type), (pixels_most(wishes->type) + 1) / 2);
    return true;
}

/* ---- the work ---- */

static bool begin(struct job *job)
{
    char *const target = image_target(job->out);
    const bool ok = target && cli_output_begin(&job->output, target);
    free(target);
    return ok;
}

static bool open_all(struct job *job)
{
    struct filter_wishes *const wishes = &job->wishes;
    if (!image_open(&job->image, job->in, wishes->border == CLCONV_WRAP) || !decide(job))
        return false;
    const struct image_info *const info = image_info(job->image);
    if (!image_can_save(job->image, job->out, wishes->type) || !begin(job) ||
        (job->args.linear && !light_open(&job->light, job->image, job->in, wishes->type)))
        return false;
    wishes->light = job->light;
    if (!filter_work_make(&job->work, &job->kernel, info, wishes))
        return false;
    if (cli_context(&job->context, job->args.device) != CLCONV_OK)
        return cli_fail_library() == CLI_DONE;
    return filter_rows_open(&job->rows, job->context, &job->work, job->image, job->args.algorithm,
                            job->args.verify, &job->progress);
}

static bool save(struct job *job)
{
    const struct image_result result = {
        .width = filter_rows_width(job->rows),
        .height = filter_rows_height(job->rows),
        .bands = image_info(job->image)->bands,
        .type = job->wishes.type,
        .rows = filter_rows_read,
        .user = job->rows,
    };
    return image_save(job->image, &result, job->out, &job->output);
}

static bool check(const struct filter_report *report, const struct job *job)
{
    const clconv_check *const c = &report->check;
    if (!job->args.verify || c->misses == 0)
        return true;
    cli_say("%s: not written: %llu of %llu values miss the referee's by more than their bound; the "
            "worst is row %d, column %d: %.9g instead of %.9g, bound %.3g. Another --algorithm or "
            "--device may be right",
            job->out, (unsigned long long)c->misses, (unsigned long long)c->outputs, c->row,
            c->column, c->got, c->expected, c->bound_there);
    return false;
}

static void tell_json(const struct job *job, const struct filter_report *report, double seconds,
                      const char *device)
{
    const struct image_info *const in = image_info(job->image);
    cli_json_open(NULL, '{');
    cli_json_text("input", job->in);
    cli_json_text("output", job->out);
    cli_json_text("device", device);
    cli_json_text("algorithm", report->stream.algorithm);
    cli_json_integer("width", in->width);
    cli_json_integer("height", in->height);
    cli_json_integer("bands", in->bands);
    cli_json_text("input_type", clconv_type_name(in->type));
    cli_json_integer("output_width", filter_rows_width(job->rows));
    cli_json_integer("output_height", filter_rows_height(job->rows));
    cli_json_text("output_type", clconv_type_name(job->wishes.type));
    cli_json_real("scale", job->wishes.result.scale);
    cli_json_real("offset", job->wishes.result.offset);
    cli_json_bool("absolute", job->wishes.result.absolute);
    cli_json_integer("strips", report->stream.strips);
    cli_json_real("start_milliseconds", 1e3 * job->start_seconds);
    cli_json_real("milliseconds", 1e3 * seconds);
    cli_json_real("device_milliseconds", 1e3 * report->stream.device_seconds);
    cli_json_real("mpixel_per_second", 1e-6 * in->width * in->height / seconds);
    if (job->args.verify) {
        cli_json_integer("verified", (int64_t)report->check.outputs);
        cli_json_integer("misses", (int64_t)report->check.misses);
        cli_json_real("largest_error", report->check.largest_error);
        cli_json_real("largest_error_per_bound", report->check.largest_ratio);
    }
    cli_json_close('}');
}

static void tell(const struct job *job, const struct filter_report *report, double seconds)
{
    const struct image_info *const in = image_info(job->image);
    clconv_device_info device = {.name = "?"};
    char error[CLI_ERROR_TEXT] = "";
    clconv_context_info(&device, job->context);
    if (job->args.json) {
        tell_json(job, report, seconds, device.name);
        return;
    }
    if (job->args.verify)
        cli_error_text(error, &report->check);
    cli_say("%s: %s, %s, %d x %d x %d %s to %d x %d %s, %.1f ms (%.1f in kernels; start %.1f), "
            "%.1f Mpixel/s%s%s",
            job->out, device.name, report->stream.algorithm, in->width, in->height, in->bands,
            clconv_type_name(in->type), filter_rows_width(job->rows), filter_rows_height(job->rows),
            clconv_type_name(job->wishes.type), 1e3 * seconds, 1e3 * report->stream.device_seconds,
            1e3 * job->start_seconds, 1e-6 * in->width * in->height / seconds, *error ? "; " : "",
            error);
}

static bool work(struct job *job)
{
    struct filter_report report;
    double begun = cli_clock();
    progress_begin(&job->progress);
    if (!open_all(job))
        return false;
    job->start_seconds = cli_clock() - begun;
    begun = cli_clock();
    const bool saved = save(job);
    progress_end(&job->progress);
    filter_rows_report(&report, job->rows);
    if (!saved || !check(&report, job) || !cli_output_commit(&job->output))
        return false;
    tell(job, &report, cli_clock() - begun - report.verify_seconds);
    return true;
}

static int run(int argc, char **argv)
{
    struct job job = {.args = {.stride = 1, .dilation = 1}, .output = {.fd = -1, .slot = -1}};
    if (!cli_args(&job.args, options, argc, argv, 2, 2, NULL) || !read_wishes(&job))
        return CLI_MISUSE;
    if (!kernel_parse(&job.kernel, job.args.kernel) ||
        (job.args.normalize && !kernel_normalize(&job.kernel))) {
        kernel_free(&job.kernel);
        return job.args.kernel[0] == '@' ? CLI_FAILED : CLI_MISUSE;
    }
    job.in = argv[1];
    job.out = argv[2];
    const bool ok = work(&job);
    cli_output_discard(&job.output);
    filter_rows_close(job.rows);
    clconv_context_destroy(job.context);
    filter_work_free(&job.work);
    light_close(job.light);
    image_close(job.image);
    kernel_free(&job.kernel);
    return ok ? CLI_DONE : CLI_FAILED;
}

const struct cli_command cli_filter = {
    "filter",
    "Filter an image: blur, sharpen, edges, or any kernel",
    "IN OUT --kernel KERNEL [OPTION...]",
    options,
    "Every band of the image is filtered on its own. OUT's suffix is its format, and libvips'\n"
    "options may follow it: out.jpg[Q=90], out.tif[compression=lzw,tile]. The image passes\n"
    "through in strips, so that it may be larger than memory (but for PNM as text and .npy in\n"
    "Fortran order). Profile, resolution and orientation are those of IN; the kernel meets the\n"
    "pixels as they are stored.\n\n"
    "KERNEL\n"
    "  gaussian:2.5               a preset; `clconv kernels` lists them\n"
    "  '0,-1,0;-1,5,-1;0,-1,0'    rows of numbers\n"
    "  '3x3+1+1:0,-1,0,-1,5,...'  ImageMagick's way: columns x rows, origin, values; nan and - "
    "are\n"
    "                             0. Its Convolve is --flip here, its Correlate is not\n"
    "  @FILE                      libvips matrix, CSV or .npy\n\n"
    "A value of the output is sum * scale + offset, made positive by --abs, rounded half to even\n"
    "and saturated. Presets that take differences bring their own scale and offset for u8 and\n"
    "u16 (see `clconv kernels sobel:x`); the options above beat them. From u8 to u16, and back,\n"
    "presets keep white white; kernels in numbers give the sums of the numbers.\n\n"
    "Transparent pixels do not bleed into their neighbours: colour is weighted with alpha, and\n"
    "alpha is filtered too. Where the taps add up to 0, alpha is copied and colour is taken as\n"
    "it is. --linear takes values as light by the curves of the embedded profile, else by\n"
    "sRGB's; --offset then is a part of full light: 128 of u8 is half of it.\n\n"
    "examples:\n"
    "  clconv filter photo.jpg blurred.png -k gaussian:2.5\n"
    "  clconv filter photo.jpg edges.png -k sobel:magnitude --verify\n"
    "  clconv filter scan.tif 'small.tif[compression=lzw]' -k box:4 --stride 4 --linear\n",
    run};

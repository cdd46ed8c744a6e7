/* cases.c - one problem run by one algorithm, with everything around its output watched. */
#include "cases.h"
#include "geom/geom.h"
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* On either side of x and y; no multiple of a work-group's span, so that views begin anywhere. */
enum { GUARD = 1032 };
/* More are counted, not said. */
enum { COMPLAINTS_SAID = 20 };

static unsigned complaints;

const char *const case_problems[] = {
#define PROBLEM(text) text,
#include "cli/problems.inc"
#undef PROBLEM
};
const size_t case_problem_count = sizeof case_problems / sizeof *case_problems;

int case_setting(const char *variable, int otherwise)
{
    const char *const text = getenv(variable);
    return text ? atoi(text) : otherwise;
}

size_t case_step(void)
{
    const int step = case_setting("CLCONV_TEST_STEP", 1);
    return step > 1 ? (size_t)step : 1;
}

static void must(clconv_status status)
{
    ck_assert_msg(status == CLCONV_OK, "%s: %s", clconv_status_name(status), clconv_last_error());
}

static void *must_have(void *memory)
{
    ck_assert_msg(memory != NULL, "out of memory");
    return memory;
}

void case_open(case_machine *machine)
{
    clconv_device_info info;
    const char *const name = getenv("CLCONV_DEVICE");
    const bool host_meant = !TEST_OPENCL || (name && strcmp(name, "host") == 0);

    *machine = (case_machine){0};
    must(clconv_context_create(&machine->host, "host"));
    if (host_meant)
        return;
    must(clconv_context_create(&machine->device, NULL));
    must(clconv_context_info(&info, machine->device));
    ck_assert_msg(info.kind != CLCONV_DEVICE_HOST,
                  "no OpenCL device works, so the OpenCL algorithms are not tested; see `clconv "
                  "devices --why`, or set CLCONV_DEVICE=host if that is meant");
    machine->has_f64 = info.has_f64;
}

void case_close(case_machine *machine)
{
    clconv_context_destroy(machine->host);
    clconv_context_destroy(machine->device);
}

clconv_plan_options case_force(const char *algorithm)
{
    return (clconv_plan_options){.algorithm = algorithm};
}

bool case_is_specialised(const char *algorithm)
{
    static const char *const general[] = {"host", "direct", "tiled", "im2col", "blocked"};
    for (size_t i = 0; i < sizeof general / sizeof *general; i++)
        if (!strcmp(algorithm, general[i]))
            return false;
    return true;
}

bool case_fair_refusal(const char *algorithm)
{
    static const char *const reasons[] = {"of local memory", "work-items a group at most",
                                          "this build has no CLBlast",
                                          "the device has no f64 arithmetic"};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (strstr(clconv_last_error(), reasons[i]))
            return true;
    return case_is_specialised(algorithm) && strstr(clconv_last_error(), "made for");
}

/* Whether the algorithm does the plainest problem, or one that some are made for. */
static bool is_available(const case_algorithm *algorithm)
{
    static const char *const plain[] = {"1x1x9x9:1x3x3:same", "1x2x9x9:2x3x3:same:g2",
                                        "1x2x9x9:16x1x1", "1x1x9x9:8x2x2", "1x8x9x9:8x1x1"};
    const clconv_plan_options options = case_force(algorithm->name);
    float filters[64];

    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        clconv_plan *plan = NULL;
        clconv_desc desc;
        must(clconv_desc_parse(&desc, plain[i]));
        cli_fill_filters(filters, &desc, algorithm->name, CLI_FILL_INTEGERS, 1);
        const clconv_status status =
            clconv_plan_create(&plan, algorithm->context, &desc, filters, NULL, &options);
        clconv_plan_destroy(plan);
        if (status == CLCONV_OK)
            return true;
        if (status != CLCONV_UNSUPPORTED || algorithm->does_all ||
            !case_fair_refusal(algorithm->name))
            must(status);
    }
    printf("%s does not run here: %s\n", algorithm->name, clconv_last_error());
    return false;
}

size_t case_algorithms(case_algorithm list[CASE_ALGORITHMS], const case_machine *machine,
                       case_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < clconv_algorithm_count(); i++) {
        const clconv_algorithm_info *const info = clconv_algorithm(i);
        const case_algorithm one = {
            .name = info->name,
            .context = info->on_host ? machine->host : machine->device,
            .does_all = info->on_host || !strcmp(info->name, "direct"),
            .specialised = case_is_specialised(info->name),
            .transforms = info->transforms,
            .filters = info->filters,
        };
        ck_assert_uint_lt(count, CASE_ALGORITHMS);
        if ((kind == CASE_ALL || !one.specialised) && one.context && is_available(&one))
            list[count++] = one;
    }
    ck_assert_uint_ge(count, machine->device ? 2 : 1);
    return count;
}

int64_t case_x_index(const clconv_desc *desc, int n, int c, int h, int w)
{
    cc_geom g;
    must(cc_geom_make(&g, desc));
    return n * g.x.n + c * g.x.c + h * g.x.h + w * g.x.w;
}

int64_t case_y_index(const case_data *data, int n, int k, int p, int q)
{
    cc_geom g;
    must(cc_geom_make(&g, &data->desc));
    return n * g.y.n + k * g.y.c + p * g.y.h + q * g.y.w;
}

/* One for each byte from the first element to behind the last: whether it belongs to an element. */
static bool *used_bytes(const cc_strides *strides, int n, int c, int h, int w, size_t element,
                        size_t bytes)
{
    bool *const used = must_have(calloc(bytes, sizeof *used));
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < c; j++)
            for (int64_t k = 0; k < h; k++)
                for (int64_t l = 0; l < w; l++) {
                    const int64_t at =
                        i * strides->n + j * strides->c + k * strides->h + l * strides->w;
                    memset(used + (size_t)at * element, true, element);
                }
    return used;
}

static bool *used_of_y(const case_data *data)
{
    cc_geom g;
    must(cc_geom_make(&g, &data->desc));
    return used_bytes(&g.y, g.n, g.k, g.p, g.q, clconv_type_size(g.y_type), data->sizes.y_bytes);
}

static void poison_gaps_of_x(const case_data *data)
{
    cc_geom g;
    must(cc_geom_make(&g, &data->desc));
    bool *const used =
        used_bytes(&g.x, g.n, g.c, g.h, g.w, clconv_type_size(g.x_type), data->sizes.x_bytes);
    for (size_t i = 0; i < data->sizes.x_bytes; i++)
        if (!used[i])
            data->x[i] = CASE_POISON;
    free(used);
}

void case_make_for(case_data *data, const clconv_desc *desc, const char *algorithm,
                   enum cli_fill fill, uint64_t seed)
{
    *data = (case_data){.desc = *desc};
    must(clconv_desc_output(&data->sizes, desc));
    must(clconv_desc_format(&data->text, desc));
    data->x = must_have(malloc(data->sizes.x_bytes));
    data->filters = must_have(malloc(data->sizes.filter_count * sizeof *data->filters));
    data->bias = must_have(malloc(data->sizes.bias_count * sizeof *data->bias));
    cli_fill_input(data->x, desc->x_type, data->sizes.x_bytes / clconv_type_size(desc->x_type),
                   fill, seed);
    cli_fill_filters(data->filters, desc, algorithm, fill, seed + 1);
    cli_fill_floats(data->bias, data->sizes.bias_count, fill, seed + 2);
    poison_gaps_of_x(data);
}

void case_make(case_data *data, const clconv_desc *desc, enum cli_fill fill, uint64_t seed)
{
    case_make_for(data, desc, NULL, fill, seed);
}

void case_parse_for(case_data *data, const char *problem, const char *algorithm, enum cli_fill fill,
                    uint64_t seed)
{
    clconv_desc desc;
    must(clconv_desc_parse(&desc, problem));
    case_make_for(data, &desc, algorithm, fill, seed);
}

void case_parse(case_data *data, const char *problem, enum cli_fill fill, uint64_t seed)
{
    case_parse_for(data, problem, NULL, fill, seed);
}

void case_free(case_data *data)
{
    clconv_free(data->text);
    free(data->x);
    free(data->filters);
    free(data->bias);
}

/* A buffer of guard, bytes, guard: poisoned, with `from` (or NULL) in its middle. */
static clconv_status make_guarded(clconv_buffer **whole, clconv_buffer **view,
                                  clconv_context *context, const void *from, size_t bytes,
                                  unsigned char poison)
{
    unsigned char *const image = must_have(malloc(bytes + 2 * GUARD));
    clconv_status status = clconv_buffer_create(whole, context, bytes + 2 * GUARD);

    memset(image, poison, bytes + 2 * GUARD);
    if (from)
        memcpy(image + GUARD, from, bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_write(*whole, 0, image, bytes + 2 * GUARD);
    if (status == CLCONV_OK)
        status = clconv_buffer_view(view, *whole, GUARD, bytes);
    free(image);
    return status;
}

/* Complains about the first byte that had to stay as it was. */
static void check_untouched(const case_data *data, const char *algorithm,
                            const unsigned char *image, unsigned char poison)
{
    bool *const used = used_of_y(data);
    for (size_t i = 0; i < data->sizes.y_bytes + 2 * GUARD; i++) {
        const bool inside = i >= GUARD && i < GUARD + data->sizes.y_bytes;
        if ((inside && used[i - GUARD]) || image[i] == poison)
            continue;
        case_complain(data, algorithm, "byte %td of y, which has %zu, was overwritten%s",
                      (ptrdiff_t)i - GUARD, data->sizes.y_bytes,
                      inside ? " though it belongs to no output" : "");
        break;
    }
    free(used);
}

static clconv_status read_back(unsigned char **y, const clconv_buffer *whole, const case_data *data,
                               const char *algorithm, unsigned char poison)
{
    const size_t bytes = data->sizes.y_bytes + 2 * GUARD;
    unsigned char *const image = must_have(malloc(bytes));
    const clconv_status status = clconv_buffer_read(image, whole, 0, bytes);

    if (status == CLCONV_OK) {
        check_untouched(data, algorithm, image, poison);
        *y = must_have(malloc(data->sizes.y_bytes));
        memcpy(*y, image + GUARD, data->sizes.y_bytes);
    }
    free(image);
    return status;
}

clconv_status case_run(unsigned char **y, clconv_context *context, const case_data *data,
                       const char *algorithm, unsigned char poison)
{
    const clconv_plan_options options = case_force(algorithm);
    clconv_plan *plan = NULL;
    clconv_buffer *whole_x = NULL, *whole_y = NULL, *x = NULL, *out = NULL;
    clconv_status status =
        clconv_plan_create(&plan, context, &data->desc, data->filters, data->bias, &options);

    *y = NULL;
    if (status == CLCONV_OK)
        status = make_guarded(&whole_x, &x, context, data->x, data->sizes.x_bytes, CASE_POISON);
    if (status == CLCONV_OK)
        status = make_guarded(&whole_y, &out, context, NULL, data->sizes.y_bytes, poison);
    if (status == CLCONV_OK)
        status = clconv_plan_run(plan, x, out);
    if (status == CLCONV_OK)
        status = read_back(y, whole_y, data, algorithm, poison);
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(out);
    clconv_buffer_destroy(whole_x);
    clconv_buffer_destroy(whole_y);
    clconv_plan_destroy(plan);
    return status;
}

unsigned char *case_must_run(clconv_context *context, const case_data *data, const char *algorithm)
{
    unsigned char *y;
    const clconv_status status = case_run(&y, context, data, algorithm, CASE_POISON);
    if (status != CLCONV_OK)
        case_complain(data, algorithm, "%s: %s", clconv_status_name(status), clconv_last_error());
    return y;
}

bool case_same(const case_data *data, const unsigned char *a, const unsigned char *b)
{
    bool *const used = used_of_y(data);
    bool same = true;
    for (size_t i = 0; i < data->sizes.y_bytes && same; i++)
        same = !used[i] || a[i] == b[i];
    free(used);
    return same;
}

void case_complain(const case_data *data, const char *algorithm, const char *format, ...)
{
    va_list arguments;
    if (++complaints > COMPLAINTS_SAID)
        return;
    fprintf(stderr, "%s: ", algorithm ? algorithm : "chosen");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n    clconv verify %s%s%s\n", data->text, algorithm ? " --algorithm " : "",
            algorithm ? algorithm : "");
}

void case_no_complaints(void)
{
    const unsigned count = complaints;
    complaints = 0; /* of the next test, where Check does not fork */
    ck_assert_msg(count == 0, "%u complaints, see above", count);
}

int case_random(uint64_t *state, int low, int high)
{
    /* Knuth's MMIX multiplier; the upper bits are the good ones. */
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return low + (int)((*state >> 33) % (uint64_t)(high - low + 1));
}

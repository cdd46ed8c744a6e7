/* test_big.c - an image of more than 2^31 pixels, really computed: as many outputs as no single
 * launch may have, on memory whose indices pass 31 bits. */
#include "cases.h"
#include "suite.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SIDE = 46342, BLOCK_ROWS = 512 }; /* 46342^2 = 2^31 + 161316 */

/* A row of pixels that can be told from their neighbours in all directions; three fit in a byte. */
static void make_row(unsigned char *row, int64_t at)
{
    for (int64_t j = 0; j < SIDE; j++)
        row[j] = (unsigned char)((uint64_t)(at * 2654435761 + j * 40503 + (at ^ j)) >> 4) & 63;
}

/* Pixels, or what no output is. */
static void fill(clconv_buffer *image, unsigned char *rows, bool with_pixels)
{
    memset(rows, 255, (size_t)BLOCK_ROWS * SIDE);
    for (int first = 0; first < SIDE; first += BLOCK_ROWS) {
        const int count = SIDE - first < BLOCK_ROWS ? SIDE - first : BLOCK_ROWS;
        for (int i = 0; i < count && with_pixels; i++)
            make_row(rows + (size_t)i * SIDE, first + i);
        ck_assert_int_eq(
            clconv_buffer_write(image, (size_t)first * SIDE, rows, (size_t)count * SIDE),
            CLCONV_OK);
    }
}

static uint64_t wrong_in_row(const unsigned char *got, int at)
{
    static unsigned char row[SIDE];
    uint64_t wrong = 0;
    make_row(row, at);
    for (int j = 1; j < SIDE - 1; j++)
        wrong += got[j] != row[j - 1] + 2 * row[j] + row[j + 1];
    wrong += got[0] != row[SIDE - 1] + 2 * row[0] + row[1];
    return wrong + (got[SIDE - 1] != row[SIDE - 2] + 2 * row[SIDE - 1] + row[0]);
}

static uint64_t wrong_pixels(const clconv_buffer *y, unsigned char *rows)
{
    uint64_t wrong = 0;
    for (int first = 0; first < SIDE; first += BLOCK_ROWS) {
        const int count = SIDE - first < BLOCK_ROWS ? SIDE - first : BLOCK_ROWS;
        ck_assert_int_eq(clconv_buffer_read(rows, y, (size_t)first * SIDE, (size_t)count * SIDE),
                         CLCONV_OK);
        for (int i = 0; i < count; i++)
            wrong += wrong_in_row(rows + (size_t)i * SIDE, first + i);
    }
    return wrong;
}

/* Both images at once have to fit beside what others use. */
static bool machine_has_room(size_t bytes)
{
    char line[128];
    unsigned long long kib = 0;
    FILE *const file = fopen("/proc/meminfo", "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
            break;
    if (file)
        fclose(file);
    if (kib * 1024 >= bytes + bytes / 4)
        return true;
    printf("not run: it needs %zu bytes, the machine has %llu to spare\n", bytes, kib * 1024);
    return false;
}

typedef struct images {
    clconv_context *context;
    clconv_buffer *x, *y;
    unsigned char *rows;
} images;

static bool images_make(images *im, clconv_context *context, size_t bytes)
{
    *im = (images){.context = context, .rows = malloc((size_t)BLOCK_ROWS * SIDE)};
    ck_assert_ptr_nonnull(im->rows);
    clconv_status status = clconv_buffer_create(&im->x, context, bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_create(&im->y, context, bytes);
    if (status == CLCONV_OK)
        fill(im->x, im->rows, true);
    else
        ck_assert_int_eq(status, CLCONV_NO_MEMORY);
    return status == CLCONV_OK;
}

static void images_free(images *im)
{
    clconv_buffer_destroy(im->x);
    clconv_buffer_destroy(im->y);
    free(im->rows);
}

static void run_by(const images *im, const char *algorithm, const clconv_desc *desc)
{
    static const float filter[] = {1, 2, 1};
    const clconv_plan_options options = case_force(algorithm);
    clconv_plan *plan = NULL;
    fill(im->y, im->rows, false);
    ck_assert_int_eq(clconv_plan_create(&plan, im->context, desc, filter, NULL, &options),
                     CLCONV_OK);
    ck_assert_msg(clconv_plan_run(plan, im->x, im->y) == CLCONV_OK, "%s: %s", algorithm,
                  clconv_last_error());
    const uint64_t wrong = wrong_pixels(im->y, im->rows);
    ck_assert_msg(wrong == 0, "%s: %" PRIu64 " of 2^31 and more outputs are wrong", algorithm,
                  wrong);
    printf("%s computed %d x %d\n", algorithm, SIDE, SIDE);
    clconv_plan_destroy(plan);
}

/* im2col is left out: its two million products would take hours here. */
static void run_all(const case_machine *machine, clconv_context *context, const clconv_desc *desc,
                    size_t bytes)
{
    case_algorithm algorithms[CASE_ALGORITHMS];
    const size_t count = case_algorithms(algorithms, machine, CASE_GENERAL);
    images im;
    if (!machine_has_room(2 * bytes))
        return;
    if (images_make(&im, context, bytes)) {
        for (size_t a = 0; a < count; a++)
            if (algorithms[a].context == context && strcmp(algorithms[a].name, "im2col") != 0)
                run_by(&im, algorithms[a].name, desc);
    } else {
        printf("not run: %s\n", clconv_last_error());
    }
    images_free(&im);
}

START_TEST(image_of_more_than_2_to_31_pixels)
{
    case_machine machine;
    clconv_desc desc;
    clconv_sizes sizes;
    ck_assert_int_eq(clconv_desc_parse(&desc, "1x1x46342x46342:1x1x3:same:wrap:u8"), CLCONV_OK);
    ck_assert_int_eq(clconv_desc_output(&sizes, &desc), CLCONV_OK);
    ck_assert_uint_gt(sizes.x_bytes, (size_t)1 << 31);
    ck_assert_uint_eq(sizes.x_bytes, (size_t)SIDE * SIDE);
    case_open(&machine);
    run_all(&machine, machine.host, &desc, sizes.x_bytes);
    if (machine.device)
        run_all(&machine, machine.device, &desc, sizes.x_bytes);
    case_close(&machine);
}
END_TEST

SUITE_MAIN("big", &image_of_more_than_2_to_31_pixels)

/* test_big.c - an image of more than 2^31 pixels, really computed: as many outputs as no single
 * launch may have, on memory whose indices pass 31 bits. */
#include "cases.h"
#include "suite.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SIDE = 46342, BLOCK_ROWS = 512 }; /* 46342^2 = 2^31 + 161316 */

/* A pixel that can be told from its neighbours in all directions; three of them fit in a byte. */
static unsigned pixel(int64_t row, int64_t column)
{
    return (unsigned)((uint64_t)(row * 2654435761 + column * 40503 + (row ^ column)) >> 4) & 63;
}

static unsigned expected(int64_t row, int64_t column)
{
    return pixel(row, (column + SIDE - 1) % SIDE) + 2 * pixel(row, column) +
           pixel(row, (column + 1) % SIDE);
}

static bool fill(clconv_buffer *x, unsigned char *rows)
{
    bool ok = true;
    for (int first = 0; first < SIDE && ok; first += BLOCK_ROWS) {
        const int count = SIDE - first < BLOCK_ROWS ? SIDE - first : BLOCK_ROWS;
        for (int i = 0; i < count; i++)
            for (int j = 0; j < SIDE; j++)
                rows[(size_t)i * SIDE + (size_t)j] = (unsigned char)pixel(first + i, j);
        ok = clconv_buffer_write(x, (size_t)first * SIDE, rows, (size_t)count * SIDE) == CLCONV_OK;
    }
    return ok;
}

static uint64_t wrong_pixels(const clconv_buffer *y, unsigned char *rows)
{
    uint64_t wrong = 0;
    for (int first = 0; first < SIDE; first += BLOCK_ROWS) {
        const int count = SIDE - first < BLOCK_ROWS ? SIDE - first : BLOCK_ROWS;
        ck_assert_int_eq(clconv_buffer_read(rows, y, (size_t)first * SIDE, (size_t)count * SIDE),
                         CLCONV_OK);
        for (int i = 0; i < count; i++)
            for (int j = 0; j < SIDE; j++)
                wrong += rows[(size_t)i * SIDE + (size_t)j] != expected(first + i, j);
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

static void run_by(clconv_context *context, const char *algorithm, const clconv_desc *desc,
                   size_t bytes)
{
    static const float filter[] = {1, 2, 1};
    const clconv_plan_options options = case_force(algorithm);
    unsigned char *const rows = malloc((size_t)BLOCK_ROWS * SIDE);
    clconv_buffer *x = NULL, *y = NULL;
    clconv_plan *plan = NULL;
    ck_assert_ptr_nonnull(rows);
    clconv_status status = clconv_buffer_create(&x, context, bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_create(&y, context, bytes);
    if (status != CLCONV_OK) {
        ck_assert_int_eq(status, CLCONV_NO_MEMORY);
        printf("%s not run: %s\n", algorithm, clconv_last_error());
    } else {
        ck_assert(fill(x, rows));
        ck_assert_int_eq(clconv_plan_create(&plan, context, desc, filter, NULL, &options),
                         CLCONV_OK);
        ck_assert_msg(clconv_plan_run(plan, x, y) == CLCONV_OK, "%s: %s", algorithm,
                      clconv_last_error());
        const uint64_t wrong = wrong_pixels(y, rows);
        ck_assert_msg(wrong == 0, "%s: %" PRIu64 " of 2^31 and more outputs are wrong", algorithm,
                      wrong);
        printf("%s computed %d x %d\n", algorithm, SIDE, SIDE);
    }
    clconv_plan_destroy(plan);
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    free(rows);
}

/* im2col is left out: its two million products would take hours here. */
START_TEST(image_of_more_than_2_to_31_pixels)
{
    case_machine machine;
    case_algorithm algorithms[CASE_ALGORITHMS];
    clconv_desc desc;
    clconv_sizes sizes;
    ck_assert_int_eq(clconv_desc_parse(&desc, "1x1x46342x46342:1x1x3:same:wrap:u8"), CLCONV_OK);
    ck_assert_int_eq(clconv_desc_output(&sizes, &desc), CLCONV_OK);
    ck_assert_uint_gt(sizes.x_bytes, (size_t)1 << 31);
    ck_assert_uint_eq(sizes.x_bytes, (size_t)SIDE * SIDE);
    case_open(&machine);
    const size_t count = case_algorithms(algorithms, &machine, CASE_GENERAL);
    for (size_t a = 0; a < count; a++)
        if (strcmp(algorithms[a].name, "im2col") != 0 && machine_has_room(2 * sizes.x_bytes))
            run_by(algorithms[a].context, algorithms[a].name, &desc, sizes.x_bytes);
    case_close(&machine);
}
END_TEST

SUITE_MAIN("big", &image_of_more_than_2_to_31_pixels)

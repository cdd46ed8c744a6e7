/* test_opencl_selftest.c - what the self-test proves: kernels that are wrong in one place only, and
 * problems that would not show it. */
#define _XOPEN_SOURCE 700
#include "device/device.h"
#include "suite.h"
#include "work.h"
#include <stdio.h>

/* Plans the problem with kernels of which one is edited by a sed script, in a cache of its own. */
static clconv_status plan_edited(const char *problem, const char *algorithm, const char *file,
                                 const char *script)
{
    char folder[64], command[512], cl[80], cache[80];
    const char *const source = getenv("CLCONV_SOURCE");
    const clconv_context_options options = {.cl_dir = cl, .cache_dir = cache};
    const clconv_plan_options forced = {.algorithm = algorithm};
    clconv_context *context = NULL;
    clconv_plan *plan = NULL;
    work w = work_make(problem, 1);
    size_t devices;
    ck_assert_ptr_nonnull(source);
    CHECK_OK(clconv_device_list(NULL, 0, &devices)); /* PoCL's folder is not the one made here */
    folder_make(folder);
    snprintf(cl, sizeof cl, "%s/cl", folder);
    snprintf(cache, sizeof cache, "%s/cache", folder);
    snprintf(command, sizeof command,
             "cp -r '%s/cl' '%s' && sed '%s' '%s/cl/%s' > '%s/%s' && ! cmp -s '%s/cl/%s' '%s/%s'",
             source, cl, script, source, file, cl, file, source, file, cl, file);
    ck_assert_int_eq(system(command), 0);
    CHECK_OK(clconv_context_create_with(&context, &options));
    ck_assert_ptr_nonnull(context->ocl);
    const clconv_status status =
        clconv_plan_create(&plan, context, &w.desc, w.filters, w.bias, &forced);
    clconv_plan_destroy(plan);
    clconv_context_destroy(context);
    folder_remove(folder);
    work_free(&w);
    return status;
}

START_TEST(one_pixel_proves_a_kernel_for_every_image)
{
    CHECK_FAILED(plan_edited("1x1x1x1:1x1x1", "direct", "direct.cl",
                             "s/sum + bias\\[k\\]/sum + bias[k] + (p == 3 \\&\\& q == 70)/"),
                 CLCONV_BUILD, "wrong results");
    CHECK_FAILED(plan_edited("1x1x1x1:1x1x1", "direct", "direct.cl",
                             "s/sum + bias\\[k\\]/sum + bias[k] + (n == 1 \\&\\& k == 4)/"),
                 CLCONV_BUILD, "wrong results");
}
END_TEST

START_TEST(variant_of_a_long_filter_is_proved_itself)
{
    CHECK_FAILED(plan_edited("1x1x1x900:1x1x600", "tiled", "tiled.cl",
                             "s/sum\\[m\\] + bias\\[k\\]/sum[m] + bias[k] + (S == 600)/"),
                 CLCONV_BUILD, "wrong results");
    CHECK_FAILED(plan_edited("1x1x2000x9:1x1x3:s700,1", "tiled", "tiled.cl",
                             "s/sum\\[m\\] + bias\\[k\\]/sum[m] + bias[k] + (STRIDE_H == 700)/"),
                 CLCONV_BUILD, "wrong results");
}
END_TEST

START_TEST(variant_of_a_border_that_only_the_last_row_reads_is_proved_itself)
{
    CHECK_FAILED(plan_edited("1x1x200x9:1x3x3:s2:p0,1,0,0:reflect", "direct", "direct.cl",
                             "s/sum + bias\\[k\\]/sum + bias[k] + (BORDER == BORDER_REFLECT)/"),
                 CLCONV_BUILD, "wrong results");
}
END_TEST

START_TEST(wrong_scale_and_activation_are_noticed)
{
    CHECK_FAILED(
        plan_edited("1x1x9x9:1x3x3", "direct", "common.h", "s/e->scale, e->offset/e->scale, 0/"),
        CLCONV_BUILD, "wrong results");
    CHECK_FAILED(plan_edited("1x1x9x9:1x3x3", "direct", "common.h", "s/a \\* v : v/v : v/"),
                 CLCONV_BUILD, "wrong results");
}
END_TEST

START_TEST(product_of_many_filters_is_proved_itself)
{
    CHECK_FAILED(plan_edited("1x3x20x20:200x3x3", "im2col", "im2col.cl",
                             "s/sum + bias\\[k\\]/sum + bias[k] + (k == 150)/"),
                 CLCONV_BUILD, "wrong results");
}
END_TEST

START_TEST(kernel_that_the_driver_refuses_leaves_the_others)
{
    const char *const rename = "s/kernel void direct(/kernel void indirect(/";
    CHECK_FAILED(plan_edited("1x1x9x9:1x1x1", "direct", "direct.cl", rename), CLCONV_DEVICE,
                 "direct: kernel direct");
    CHECK_OK(plan_edited("1x1x9x9:1x1x1", NULL, "direct.cl", rename));
}
END_TEST

SUITE_MAIN("opencl_selftest", &one_pixel_proves_a_kernel_for_every_image,
           &variant_of_a_long_filter_is_proved_itself,
           &variant_of_a_border_that_only_the_last_row_reads_is_proved_itself,
           &wrong_scale_and_activation_are_noticed, &product_of_many_filters_is_proved_itself,
           &kernel_that_the_driver_refuses_leaves_the_others)

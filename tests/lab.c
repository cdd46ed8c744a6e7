/* lab.c - a context with a folder of kernels to edit and a cache of its own. */
#include "lab.h"
#include "device/device.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

void lab_open(lab *l)
{
    l->options = (clconv_context_options){
        .log = work_log_take, .log_user = &l->log, .cache_dir = l->cache, .cl_dir = l->cl};
    CHECK_OK(clconv_context_create_with(&l->context, &l->options));
    ck_assert_ptr_nonnull(l->context->ocl);
}

void lab_close(lab *l)
{
    clconv_context_destroy(l->context);
    l->context = NULL;
}

void lab_make(lab *l)
{
    size_t devices;
    char command[256];
    const char *const source = getenv("CLCONV_SOURCE");
    ck_assert_ptr_nonnull(source);
    CHECK_OK(clconv_device_list(NULL, 0, &devices)); /* PoCL's folder is not the one made here */
    *l = (lab){.log = WORK_LOG};
    folder_make(l->folder);
    snprintf(l->cl, sizeof l->cl, "%s/cl", l->folder);
    snprintf(l->cache, sizeof l->cache, "%s/cache", l->folder);
    snprintf(command, sizeof command, "cp -r '%s/cl' '%s'", source, l->cl);
    ck_assert_int_eq(system(command), 0);
}

void lab_end(lab *l)
{
    if (l->context)
        lab_close(l);
    folder_remove(l->folder);
}

void lab_edit(const lab *l, const char *file, const char *from, const char *to)
{
    static char text[65536];
    char path[128];
    snprintf(path, sizeof path, "%s/%s", l->cl, file);
    FILE *stream = fopen(path, "r");
    ck_assert_ptr_nonnull(stream);
    const size_t length = fread(text, 1, sizeof text - 1, stream);
    text[length] = '\0';
    fclose(stream);
    char *const at = strstr(text, from);
    ck_assert_msg(at && !strstr(at + 1, from), "'%s' is not once in %s", from, file);
    stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    ck_assert_int_eq(fclose(stream), 0);
}

clconv_status lab_try(const lab *l, const work *w, const char *algorithm)
{
    const clconv_plan_options options = {.algorithm = algorithm};
    clconv_plan *plan = NULL;
    const clconv_status status =
        clconv_plan_create(&plan, l->context, &w->desc, w->filters, w->bias, &options);
    ck_assert((status == CLCONV_OK) == (plan != NULL));
    clconv_plan_destroy(plan);
    return status;
}

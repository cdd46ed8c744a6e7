/* test_ocl_why.c - the diagnosis of a machine, and PoCL's own cache. Both depend on what the
 * environment says at the first OpenCL call of a process: this program starts itself anew. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "ocl_fixture.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ocl_fixture fixture;
static char said[16384]; /* what the child wrote */

static void set_up(void)
{
    fixture_set_up(&fixture);
}

static void tear_down(void)
{
    fixture_tear_down(&fixture);
}

/* The diagnosis, and where PoCL's cache is then, by a child with this environment. */
static const char *ask(const char *environment)
{
    char command[2048], self[1024] = "";
    ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof(self) - 1), 0);
    snprintf(command, sizeof(command), "env -u OCL_ICD_VENDORS -u POCL_CACHE_DIR %s '%s' child",
             environment, self);
    FILE *const child = popen(command, "r");
    ck_assert_ptr_nonnull(child);
    said[fread(said, 1, sizeof(said) - 1, child)] = '\0';
    ck_assert_int_eq(pclose(child), 0);
    return said;
}

static const char *ask_vendors(const char *name)
{
    char environment[512];
    snprintf(environment, sizeof(environment), "CLCONV_CACHE_DIR= OCL_ICD_VENDORS='%s/%s'",
             fixture.root, name);
    return ask(environment);
}

static int child(void)
{
    cc_text text = {0};
    const char *folder;
    cc_ocl_diagnose(&text);
    folder = getenv("POCL_CACHE_DIR");
    printf("%sPoCL's cache: %s.\n", text.s ? text.s : "", folder ? folder : "its own");
    printf("PoCL's threads: %s.\n", getenv("POCL_AFFINITY") ? getenv("POCL_AFFINITY") : "free");
    cc_text_free(&text);
    return fflush(stdout);
}

#define EXPECT(part) ck_assert_msg(strstr(said, part) != NULL, "no \"%s\" in:\n%s", part, said)
#define REFUSE(part) ck_assert_msg(strstr(said, part) == NULL, "\"%s\" in:\n%s", part, said)

START_TEST(folder_without_vendor_files)
{
    ask_vendors("cl");
    EXPECT("OCL_ICD_VENDORS is set to /");
    EXPECT("  none\n");
    EXPECT("CL_PLATFORM_NOT_FOUND_KHR (-1001)");
    EXPECT("Remedy: unset OCL_ICD_VENDORS");
    EXPECT("pocl-opencl-icd");
    REFUSE("reinstall");
}
END_TEST

START_TEST(vendor_files_that_lead_nowhere)
{
    fixture_write(fixture.cl, "absent.icd", "/nowhere/libabsent.so\n");
    fixture_write(fixture.cl, "empty.icd", "");
    fixture_write(fixture.cl, "other.icd", "libm.so.6\n");
    fixture_write(fixture.cl, "readme.txt", "/nowhere/libreadme.so\n");
    ask_vendors("cl");
    EXPECT("absent.icd: /nowhere/libabsent.so does not load: /nowhere/libabsent.so: cannot open");
    EXPECT("empty.icd: is empty");
    EXPECT("other.icd: libm.so.6 loads, but is not a driver");
    EXPECT("reinstall");
    REFUSE("libreadme");
}
END_TEST

START_TEST(one_vendor_file_or_library_named)
{
    fixture_write(fixture.cl, "one.icd", "libone-absent.so");
    ask_vendors("cl/one.icd");
    EXPECT("one.icd: libone-absent.so does not load");
    ask_vendors("libtwo-absent.so");
    EXPECT("libtwo-absent.so does not load");
}
END_TEST

START_TEST(this_machine)
{
    ask("CLCONV_CACHE_DIR=");
    EXPECT("Loader: /");
    EXPECT("libOpenCL.so");
    EXPECT("Vendor files in /etc/OpenCL/vendors:");
    ck_assert((strstr(said, "can be used") != NULL) != (strstr(said, "pocl-opencl-icd") != NULL));
}
END_TEST

START_TEST(pocl_is_pointed_into_our_folder)
{
    char environment[1024], expected[1024], path[512];
    struct stat st;
    snprintf(environment, sizeof(environment), "CLCONV_CACHE_DIR='%s'", fixture.cache);
    snprintf(expected, sizeof(expected), "PoCL's cache: %s/pocl.", fixture.cache);
    ask(environment);
    EXPECT(expected);
    snprintf(path, sizeof(path), "%s/pocl", fixture.cache);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0700);
}
END_TEST

START_TEST(pocl_is_left_alone)
{
    char environment[1024];
    struct stat st;
    snprintf(environment, sizeof(environment), "POCL_CACHE_DIR=/elsewhere CLCONV_CACHE_DIR='%s'",
             fixture.cache);
    ask(environment);
    EXPECT("PoCL's cache: /elsewhere.");
    ask("CLCONV_CACHE_DIR=");
    EXPECT("PoCL's cache: its own.");
    ck_assert_int_ne(stat(fixture.cache, &st), 0);
}
END_TEST

/* Pinned threads would leave the processors that somebody chose. */
START_TEST(threads_are_pinned_where_all_processors_are_ours)
{
    cpu_set_t set;
    const bool all = sched_getaffinity(0, sizeof set, &set) == 0 &&
                     CPU_COUNT(&set) == sysconf(_SC_NPROCESSORS_CONF);
    ask("-u POCL_AFFINITY CLCONV_CACHE_DIR=");
    EXPECT(all ? "PoCL's threads: 1." : "PoCL's threads: free.");
    ask("CLCONV_CACHE_DIR= POCL_AFFINITY=0");
    EXPECT("PoCL's threads: 0.");
    if (all && CPU_COUNT(&set) > 1) {
        ask("-u POCL_AFFINITY CLCONV_CACHE_DIR= taskset -c 0");
        EXPECT("PoCL's threads: free.");
    }
}
END_TEST

int main(int argc, char **argv)
{
    static const TTest **const tests[] = {
        &folder_without_vendor_files,
        &vendor_files_that_lead_nowhere,
        &one_vendor_file_or_library_named,
        &this_machine,
        &pocl_is_pointed_into_our_folder,
        &pocl_is_left_alone,
        &threads_are_pinned_where_all_processors_are_ours,
    };
    if (argc == 2 && strcmp(argv[1], "child") == 0)
        return child();
    return fixture_run_without_device("ocl_why", tests, sizeof(tests) / sizeof(tests[0]), set_up,
                                      tear_down);
}

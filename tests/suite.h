/* suite.h - the main function of a test program: one suite, one line a test. */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>
#include <stdlib.h>

/* tests: addresses of what START_TEST names, in order. */
static inline int suite_run(const char *name, const TTest **const *tests, size_t count)
{
    Suite *const suite = suite_create(name);
    TCase *const tcase = tcase_create(name);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, *tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *const runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define SUITE_MAIN(name, ...)                                                                      \
    int main(void)                                                                                 \
    {                                                                                              \
        static const TTest **const tests[] = {__VA_ARGS__};                                        \
        return suite_run(name, tests, sizeof tests / sizeof *tests);                               \
    }

#endif

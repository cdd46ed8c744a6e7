/* problem.h - what the tests of problems share: geometry from a text, and refusals. */
#ifndef PROBLEM_H
#define PROBLEM_H

#include "geom/geom.h"
#include <check.h>
#include <string.h>

static inline clconv_desc parsed(const char *text)
{
    clconv_desc d;
    ck_assert_msg(clconv_desc_parse(&d, text) == CLCONV_OK, "%s", clconv_last_error());
    return d;
}

static inline cc_geom geom_of(const char *text)
{
    const clconv_desc d = parsed(text);
    cc_geom g;
    ck_assert_msg(cc_geom_make(&g, &d) == CLCONV_OK, "%s", clconv_last_error());
    return g;
}

static inline void check_refused(clconv_status status, const char *what, const char *word)
{
    ck_assert_msg(status == CLCONV_INVALID, "%s: %s", what, clconv_status_name(status));
    ck_assert_msg(strstr(clconv_last_error(), word) != NULL, "%s: '%s' is not in: %s", what, word,
                  clconv_last_error());
}

#endif

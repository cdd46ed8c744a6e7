/* context.c - opening a device for a command, with what the library has to say. */
#include "args.h"
#include "cli.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static clconv_log_level wanted_level(void)
{
    const char *verbose = getenv("CLCONV_VERBOSE");
    if (!verbose || !*verbose || strcmp(verbose, "0") == 0)
        return CLCONV_LOG_WARNING;
    return strcmp(verbose, "1") == 0 ? CLCONV_LOG_INFO : CLCONV_LOG_DEBUG;
}

static void log_to_stderr(void *user, clconv_log_level level, const char *sentence)
{
    const clconv_log_level *wanted = user;
    if (level <= *wanted)
        cli_say("%s%s", level == CLCONV_LOG_WARNING ? "warning: " : "", sentence);
}

clconv_status cli_context(clconv_context **context, const char *device)
{
    static clconv_log_level level;
    level = wanted_level();
    const clconv_context_options options = {
        .device = device, .log = log_to_stderr, .log_user = &level};
    return clconv_context_create_with(context, &options);
}

bool cli_algorithm_known(const char *name)
{
    const char *names[64];
    size_t count = 0;
    if (!name)
        return true;
    for (; count < 64 && clconv_algorithm(count); count++) {
        names[count] = clconv_algorithm(count)->name;
        if (strcmp(names[count], name) == 0)
            return true;
    }
    const char *near = cli_nearest(name, names, count);
    cli_misuse("no algorithm is called %s%s%s; `clconv plan PROBLEM` lists them", name,
               near ? "; the nearest is " : "", near ? near : "");
    return false;
}

void cli_error_text(char text[CLI_ERROR_TEXT], const clconv_check *check)
{
    /* A ratio of 0: each result is the one that the type has nearest to the referee's. */
    if (check->largest_ratio > 0 || check->largest_error == 0)
        snprintf(text, CLI_ERROR_TEXT, "largest error %.3g, at most %.3g of what is allowed",
                 check->largest_error, check->largest_ratio);
    else
        snprintf(text, CLI_ERROR_TEXT, "largest error %.3g, that of rounding to the output's type",
                 check->largest_error);
}

/* talk.c - data to stdout, sentences to stderr. */
#define _POSIX_C_SOURCE 200809L
#include "cli.h"
#include "guard.h"
#include "text.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *cli_command_name = "";

static struct cli_text waiting; /* for stdout */
static bool broken;             /* stdout takes no more */

void cli_out(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    cli_text_addv(&waiting, format, arguments);
    va_end(arguments);
}

void cli_out_bytes(const void *data, size_t bytes)
{
    cli_text_bytes(&waiting, data, bytes);
}

bool cli_out_flush(void)
{
    size_t done = 0;
    if (waiting.length && !broken)
        cli_guard_wrote();
    while (!broken && done < waiting.length) {
        const ssize_t n = write(STDOUT_FILENO, waiting.data + done, waiting.length - done);
        if (n >= 0) {
            done += (size_t)n;
        } else if (errno != EINTR) {
            broken = true;
            if (errno != EPIPE)
                cli_say("stdout: %s", strerror(errno));
        }
    }
    cli_text_free(&waiting);
    return !broken;
}

CLI_PRINTF(1, 0)
static void say(const char *format, va_list arguments)
{
    struct cli_text line = {0};
    const bool named = *cli_command_name != '\0';
    cli_text_add(&line, "clconv%s%s: ", named ? " " : "", cli_command_name);
    cli_text_addv(&line, format, arguments);
    cli_text_add(&line, "\n");
    fputs(line.data, stderr); /* one call, so that lines of two processes do not mix */
    cli_text_free(&line);
}

void cli_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

int cli_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    return CLI_FAILED;
}

int cli_misuse(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    if (*cli_command_name)
        fprintf(stderr, "`clconv help %s` shows how it is used.\n", cli_command_name);
    else
        fputs("`clconv help` lists the commands.\n", stderr);
    return CLI_MISUSE;
}

int cli_fail_library(void)
{
    return cli_fail("%s", clconv_last_error());
}

int cli_no_memory(size_t bytes)
{
    fprintf(stderr, "clconv %s: no memory for %zu bytes\n", cli_command_name, bytes);
    return CLI_FAILED;
}

double cli_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

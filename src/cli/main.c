/* main.c - the program `clconv`: a table of commands, and help. */
#define _POSIX_C_SOURCE 200809L
#include "args.h"
#include "cli.h"
#include "guard.h"
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct cli_command *const commands[] = {
    &cli_filter,  &cli_conv,   &cli_explain, &cli_devices, &cli_plan,
    &cli_kernels, &cli_verify, &cli_bench,   &cli_tune,    &cli_cache,
};

enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

const struct cli_command *cli_command_find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

static void help_overview(void)
{
    cli_out("clconv "
            "%s: two-dimensional convolution on OpenCL devices and on the host\n\n"
            "usage: clconv COMMAND ...\n\n",
            clconv_version());
    for (size_t i = 0; i < COMMANDS; i++)
        cli_out("  %-10s%s\n", commands[i]->name, commands[i]->summary);
    cli_out("\n"
            "`clconv help COMMAND` explains one, with examples; `clconv --version` tells the "
            "version.\n\n"
            "A PROBLEM is written NxCxHxW:KxRxS[:option]..., images : filters : options, e.g.\n"
            "8x3x224x224:64x7x7:s2:p3:relu; docs/semantics.md lists the options.\n\n"
            "environment:\n"
            "  CLCONV_DEVICE     the device where none is named: any part of an id of `devices`\n"
            "  CLCONV_VERBOSE    1: tell what the library does; 2: in detail\n"
            "  CLCONV_CACHE_DIR  folder for compiled kernels (see `clconv cache path`)\n"
            "  CLCONV_TUNE       off: choose by estimates alone; a path: wisdom in this file (see "
            "tune)\n"
            "  CLCONV_CL_DIR     kernels from this folder instead of the built-in ones\n");
}

static void help_command(const struct cli_command *command)
{
    cli_out("usage: clconv %s %s\n\n%s.\n\n", command->name, command->usage, command->summary);
    if (command->options) {
        cli_args_help(command->options);
        cli_out("\n");
    }
    cli_out("%s", command->notes);
}

static int unknown_command(const char *name)
{
    const char *names[COMMANDS + 1] = {"help"};
    for (size_t i = 0; i < COMMANDS; i++)
        names[i + 1] = commands[i]->name;
    const char *near = cli_nearest(name, names, COMMANDS + 1);
    return cli_misuse("unknown command %s%s%s%s", name, near ? "; did you mean " : "",
                      near ? near : "", near ? "?" : "");
}

static int help(const char *name)
{
    const struct cli_command *command = name ? cli_command_find(name) : NULL;
    if (name && !command && strcmp(name, "help") != 0)
        return unknown_command(name);
    if (command)
        help_command(command);
    else
        help_overview();
    return cli_out_flush() ? CLI_DONE : CLI_FAILED;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

/* A program may be started with stdin, stdout or stderr closed; the next file to be opened would
 * then take its number, and messages would land in it. */
static void occupy_standard_files(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
            return;
    }
}

int main(int argc, char **argv)
{
    occupy_standard_files();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write(), not the end */
    signal(SIGXFSZ, SIG_IGN); /* so is the limit on the size of a file */
    signal(SIGCHLD, SIG_DFL); /* ignored, it would leave nothing to wait for */
    if (argc < 2) {
        cli_misuse("a command is missing");
        return CLI_MISUSE;
    }
    const char *name = argv[1];
    if (strcmp(name, "help") == 0 && argc > 3)
        return cli_misuse("help is of one command: %s, or %s?", argv[2], argv[3]);
    if (strcmp(name, "help") == 0)
        return help(argc > 2 ? argv[2] : NULL);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help(NULL);
    if (strcmp(name, "--version") == 0) {
        cli_out("clconv %s\n", clconv_version());
        return cli_out_flush() ? CLI_DONE : CLI_FAILED;
    }
    const struct cli_command *command = cli_command_find(name);
    if (!command)
        return unknown_command(name);
    if (asks_for_help(argc - 2, argv + 2))
        return help(name);
    cli_command_name = command->name;
    return cli_guard(command, argc - 1, argv + 1);
}

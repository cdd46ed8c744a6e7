/* output.c - a file that appears whole or not at all. */
#define _DEFAULT_SOURCE /* mkstemps */
#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE   700
#include "output.h"
#include "cli.h"
#include "guard.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Devices and pipes are written in place; so are names of open files, even when these are regular,
 * for a rename would not reach them. */
static bool in_place(const char *path, const struct stat *about)
{
    return !S_ISREG(about->st_mode) || starts(path, "/dev/std") || starts(path, "/dev/fd/") ||
           starts(path, "/proc/");
}

static char *copy(const char *text)
{
    struct cli_text made = {0};
    cli_text_add(&made, "%s", text);
    return made.data;
}

/* "folder/.clconv-XXXXXX.png" for "folder/name.png"; *suffix gets the length of ".png". */
static char *temporary_name(const char *target, int *suffix)
{
    struct cli_text name = {0};
    const char *slash = strrchr(target, '/');
    const char *base = slash ? slash + 1 : target;
    const char *dot = strrchr(base, '.');
    const char *end = dot && dot != base ? dot : "";
    cli_text_add(&name, "%.*s.clconv-XXXXXX%s", (int)(base - target), target, end);
    *suffix = (int)strlen(end);
    return name.data;
}

/* The permissions of the file that is replaced, else those that any new file gets. */
static mode_t permissions(const struct stat *about)
{
    if (about)
        return about->st_mode & 07777;
    const mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static bool cannot(struct cli_output *output, int error)
{
    const bool missing = error == ENOENT && *output->path;
    cli_fail("%s: %s%s", *output->path ? output->path : "the output's name",
             missing ? "its folder is not there" : strerror(error),
             error == ENOSPC || error == EDQUOT ? "; nothing is left of it" : "");
    cli_output_discard(output);
    return false;
}

static bool begin_in_place(struct cli_output *output, const char *path)
{
    output->temp = copy(path);
    output->fd = open(path, O_WRONLY | O_CLOEXEC);
    return output->fd >= 0 || cannot(output, errno);
}

bool cli_output_begin(struct cli_output *output, const char *path)
{
    struct stat about;
    const bool exists = stat(path, &about) == 0;
    int suffix;
    *output = (struct cli_output){.path = copy(path), .fd = -1, .slot = -1};
    if (!exists && (errno != ENOENT || !*path))
        return cannot(output, errno);
    if (exists && S_ISDIR(about.st_mode))
        return cannot(output, EISDIR);
    if (exists && in_place(path, &about))
        return begin_in_place(output, path);
    if (exists && access(path, W_OK) != 0)
        return cannot(output, errno);
    output->real = exists ? realpath(path, NULL) : copy(path);
    if (!output->real)
        return cannot(output, errno);
    output->mode = permissions(exists ? &about : NULL);
    output->temp = temporary_name(output->real, &suffix);
    output->fd = mkstemps(output->temp, suffix);
    if (output->fd < 0) {
        const int error = errno;
        free(output->temp);
        output->temp = NULL;
        return cannot(output, error);
    }
    output->slot = cli_guard_remember(output->temp);
    return true;
}

bool cli_output_write(struct cli_output *output, const void *data, size_t bytes)
{
    const char *at = data;
    if (!output->real)
        cli_guard_wrote();
    while (bytes > 0) {
        const ssize_t n = write(output->fd, at, bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cannot(output, errno);
        at += n;
        bytes -= (size_t)n;
    }
    return true;
}

/* The name survives a crash of the machine only when its folder was synced, too. Some file systems
 * cannot do that; then the rename has to do. */
static void sync_folder(const char *path)
{
    char *folder = copy(path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    const int fd = open(slash ? folder : ".", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(folder);
}

bool cli_output_commit(struct cli_output *output)
{
    const bool renamed = output->real != NULL;
    if (renamed) { /* by its name: a writer may have replaced the file that was opened */
        close(output->fd);
        output->fd = open(output->temp, O_WRONLY | O_CLOEXEC);
        if (output->fd < 0 || fsync(output->fd) != 0 || fchmod(output->fd, output->mode) != 0)
            return cannot(output, errno);
    }
    const int closed = close(output->fd);
    output->fd = -1;
    if (closed != 0 || (renamed && rename(output->temp, output->real) != 0))
        return cannot(output, errno);
    if (renamed)
        sync_folder(output->real);
    free(output->temp);
    output->temp = NULL;
    cli_output_discard(output);
    return true;
}

void cli_output_discard(struct cli_output *output)
{
    if (output->fd >= 0)
        close(output->fd);
    if (output->temp && output->real)
        unlink(output->temp);
    cli_guard_forget(output->slot);
    free(output->path);
    free(output->temp);
    free(output->real);
    *output = (struct cli_output){.fd = -1, .slot = -1};
}

/* wisdom_file.c - the user's file of wisdom. Whoever writes holds a lock on it: lines are appended
 * whole, and a rewritten file takes the place of the old one in one step. */
#define _DEFAULT_SOURCE
#include "base/status.h"
#include "plan/wisdom.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST_FILE = 16 << 20 };

static clconv_status fail(const char *path, const char *what)
{
    return cc_fail(CLCONV_IO, "wisdom file %s: %s: %s", path, what, strerror(errno));
}

/* *text: size + 1 bytes. */
static clconv_status read_open(char **text, const char *path, int fd)
{
    struct stat st;
    size_t done = 0;

    if (fstat(fd, &st) != 0)
        return fail(path, "it cannot be read");
    if (!S_ISREG(st.st_mode) || st.st_size > LARGEST_FILE)
        return cc_fail(CLCONV_IO, "wisdom file %s: no plain file of up to %d bytes", path,
                       LARGEST_FILE);
    char *const made = calloc(1, (size_t)st.st_size + 1);
    if (!made)
        return cc_fail(CLCONV_NO_MEMORY, "wisdom file %s: no memory", path);
    while (done < (size_t)st.st_size) {
        const ssize_t got = pread(fd, made + done, (size_t)st.st_size - done, (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            free(made);
            return fail(path, "it cannot be read");
        }
        if (got == 0)
            break; /* it became shorter */
        done += (size_t)got;
    }
    *text = made;
    return CLCONV_OK;
}

clconv_status cc_wisdom_load(char **text, const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    *text = NULL;
    if (fd < 0)
        return errno == ENOENT ? CLCONV_OK : fail(path, "it cannot be opened");
    const clconv_status status = read_open(text, path, fd);
    close(fd);
    return status;
}

/* Opened and locked: the file that has this name now, for another may have taken its place while we
 * waited for the lock. */
static clconv_status open_locked(int *fd, const char *path)
{
    struct stat mine, there;

    for (;;) {
        *fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
        if (*fd < 0)
            return fail(path, "it cannot be written");
        while (flock(*fd, LOCK_EX) != 0)
            if (errno != EINTR) {
                const clconv_status status = fail(path, "it cannot be locked");
                close(*fd);
                return status;
            }
        if (fstat(*fd, &mine) == 0 && stat(path, &there) == 0 && mine.st_ino == there.st_ino &&
            mine.st_dev == there.st_dev)
            return CLCONV_OK;
        close(*fd);
    }
}

static clconv_status write_all(int fd, const char *path, const char *bytes, size_t count)
{
    while (count > 0) {
        const ssize_t done = write(fd, bytes, count);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return fail(path, "it cannot be written");
        bytes += done;
        count -= (size_t)done;
    }
    return CLCONV_OK;
}

/* What we do not understand is not written to. */
static clconv_status check_header(const char *path, const char *text)
{
    if (!*text || !strncmp(text, CC_WISDOM_HEADER "\n", sizeof CC_WISDOM_HEADER))
        return CLCONV_OK;
    return cc_fail(
        CLCONV_IO,
        "wisdom file %s does not begin with '%s': it is another program's, or of another "
        "version; move it away",
        path, CC_WISDOM_HEADER);
}

/* A line that was cut short, by a full disk say, gets its end first. */
static clconv_status append(int fd, const char *path, const char *lines)
{
    char *old = NULL;
    cc_text text = {0};

    CC_TRY(read_open(&old, path, fd));
    const size_t length = strlen(old);
    if (length == 0)
        cc_text_add(&text, "%s\n", CC_WISDOM_HEADER);
    else if (old[length - 1] != '\n')
        cc_text_add(&text, "\n");
    clconv_status status = check_header(path, old);
    free(old);
    cc_text_add(&text, "%s", lines);
    if (status == CLCONV_OK && text.failed)
        status = cc_fail(CLCONV_NO_MEMORY, "wisdom file %s: no memory", path);
    if (status == CLCONV_OK)
        status = write_all(fd, path, text.s, text.length);
    cc_text_free(&text);
    return status;
}

clconv_status cc_wisdom_append(const char *path, const char *lines)
{
    int fd;

    CC_TRY(open_locked(&fd, path));
    const clconv_status status = append(fd, path, lines);
    close(fd);
    return status;
}

/* What stays of old, which is cut up. */
static void keep(cc_text *kept, char *old, bool (*drop)(void *user, const char *line), void *user,
                 size_t *removed)
{
    for (char *line = old, *next; line && *line; line = next) {
        char *const end = strchr(line, '\n');
        next = end ? end + 1 : NULL;
        if (end)
            *end = '\0';
        if (drop(user, line))
            ++*removed;
        else
            cc_text_add(kept, "%s\n", line);
    }
}

static clconv_status replace(const char *path, const cc_text *text)
{
    cc_text name = {0};
    clconv_status status = CLCONV_OK;

    cc_text_add(&name, "%s.XXXXXX", path);
    if (text->failed || name.failed) {
        cc_text_free(&name);
        return cc_fail(CLCONV_NO_MEMORY, "wisdom file %s: no memory", path);
    }
    const int fd = mkstemp(name.s);
    if (fd < 0) {
        status = fail(path, "nothing can be written beside it");
    } else {
        status = write_all(fd, name.s, text->s ? text->s : "", text->length);
        if (status == CLCONV_OK && fsync(fd) != 0)
            status = fail(name.s, "it cannot be written");
        if (close(fd) != 0 && status == CLCONV_OK)
            status = fail(name.s, "it cannot be written");
        if (status == CLCONV_OK && rename(name.s, path) != 0)
            status = fail(path, "it cannot be replaced");
        if (status != CLCONV_OK)
            unlink(name.s);
    }
    cc_text_free(&name);
    return status;
}

clconv_status cc_wisdom_rewrite(const char *path, bool (*drop)(void *user, const char *line),
                                void *user, size_t *removed)
{
    char *old = NULL;
    cc_text kept = {0};
    int fd;

    *removed = 0;
    if (access(path, F_OK) != 0)
        return CLCONV_OK;
    CC_TRY(open_locked(&fd, path));
    clconv_status status = read_open(&old, path, fd);
    if (status == CLCONV_OK)
        status = check_header(path, old);
    if (status == CLCONV_OK) {
        keep(&kept, old, drop, user, removed);
        if (*removed > 0)
            status = replace(path, &kept);
    }
    free(old);
    cc_text_free(&kept);
    close(fd);
    return status;
}

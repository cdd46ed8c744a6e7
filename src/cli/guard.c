/* guard.c - the command's work in a child process; see guard.h. */
#define _XOPEN_SOURCE   700
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "guard.h"
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { FILES = 4 };

static struct shared { /* by parent and child */
    int wrote;         /* a second try would repeat output */
    int finished;      /* the command returned `status`; what follows is tidying up */
    int status;
    char files[FILES][PATH_MAX]; /* "" is free */
} * shared;

static volatile sig_atomic_t child;

static const int forwarded[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { FORWARDED = sizeof(forwarded) / sizeof(*forwarded) };

int cli_guard_remember(const char *path)
{
    for (int i = 0; shared && i < FILES; i++) {
        if (!*shared->files[i] && strlen(path) < PATH_MAX) {
            strcpy(shared->files[i], path);
            return i;
        }
    }
    return -1;
}

void cli_guard_forget(int slot)
{
    if (shared && slot >= 0)
        shared->files[slot][0] = '\0';
}

void cli_guard_wrote(void)
{
    if (shared)
        shared->wrote = 1;
}

static void forward(int signal)
{
    if (child > 0)
        kill((pid_t)child, signal);
}

/* What the parent ignores (nohup, `&` in a script) stays ignored in both. */
static void forward_signals(void)
{
    for (int i = 0; i < FORWARDED; i++) {
        struct sigaction action;
        if (sigaction(forwarded[i], NULL, &action) != 0 || action.sa_handler == SIG_IGN)
            continue;
        memset(&action, 0, sizeof(action));
        action.sa_handler = forward;
        action.sa_flags = SA_RESTART;
        sigaction(forwarded[i], &action, NULL);
    }
}

/* In the child of a second try, too, which has inherited the parent's handlers. */
static void take_signals(void)
{
    for (int i = 0; i < FORWARDED; i++) {
        struct sigaction action;
        if (sigaction(forwarded[i], NULL, &action) == 0 && action.sa_handler == forward)
            signal(forwarded[i], SIG_DFL);
    }
}

/* A parent that was killed outright takes its child with it, where the system can do that. */
#ifdef __linux__
static void die_with_parent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}
#else
static void die_with_parent(void)
{
}
#endif

static void run_child(const struct cli_command *command, int argc, char **argv)
{
    int status = command->run(argc, argv);
    if (!cli_out_flush() && status == CLI_DONE)
        status = CLI_FAILED;
    shared->status = status;
    shared->finished = 1;
    exit(status);
}

/* The child's wait status, or -1 when none could be started. Signals wait until the handlers know
 * whom to forward to. */
static int run_and_wait(const struct cli_command *command, int argc, char **argv)
{
    sigset_t all, before;
    int status = -1;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    const pid_t pid = fork();
    if (pid == 0) {
        take_signals();
        sigprocmask(SIG_SETMASK, &before, NULL);
        die_with_parent();
        run_child(command, argc, argv);
    }
    child = (sig_atomic_t)pid;
    if (pid > 0)
        forward_signals();
    sigprocmask(SIG_SETMASK, &before, NULL);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    child = 0;
    return status;
}

static void remove_files(void)
{
    for (int i = 0; i < FILES; i++) {
        if (*shared->files[i])
            unlink(shared->files[i]);
        shared->files[i][0] = '\0';
    }
}

static size_t removed_files; /* by nftw, which hands nothing on */

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)where;
    removed_files += remove(path) == 0 && kind != FTW_DP;
    return 0;
}

size_t cli_clear_driver_cache(void)
{
    char *folder = NULL, from[PATH_MAX], to[PATH_MAX];
    removed_files = 0;
    if (clconv_cache_path(&folder) != CLCONV_OK)
        return 0;
    snprintf(from, sizeof(from), "%.4000s/pocl", folder);
    snprintf(to, sizeof(to), "%.4000s/pocl.damaged.%ld", folder, (long)getpid());
    if (rename(from, to) == 0)
        nftw(to, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    clconv_free(folder);
    return removed_files;
}

/* Our program binaries, and the driver's. True when there was something. */
static bool empty_caches(void)
{
    size_t removed = 0;
    const size_t of_the_driver = cli_clear_driver_cache();
    clconv_cache_clear(&removed);
    return of_the_driver + removed > 0;
}

static bool is_crash(int status)
{
    static const int crashes[] = {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGTRAP};
    if (WIFEXITED(status))
        return true; /* ended by a library's exit() in the middle of the work */
    for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++) {
        if (WTERMSIG(status) == crashes[i])
            return true;
    }
    return false;
}

static const char *how(int status)
{
    static char text[80];
    if (WIFEXITED(status))
        snprintf(text, sizeof(text), "ended the program with status %d", WEXITSTATUS(status));
    else
        snprintf(text, sizeof(text), "crashed (%s)", strsignal(WTERMSIG(status)));
    return text;
}

/* The child was killed from outside: die of the same signal, so that a shell sees what it sent. */
static int die_alike(int signal)
{
    for (int i = 0; i < FORWARDED; i++) {
        if (forwarded[i] == signal) {
            struct sigaction action;
            memset(&action, 0, sizeof(action));
            action.sa_handler = SIG_DFL;
            sigaction(signal, &action, NULL);
            raise(signal);
        }
    }
    return cli_fail("ended by a signal (%s)%s", strsignal(signal),
                    signal == SIGKILL ? ": perhaps the machine ran out of memory" : "");
}

int cli_guard(const struct cli_command *command, int argc, char **argv)
{
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return cli_no_memory(sizeof(*shared));
    for (bool again = false;; again = true) {
        const int status = run_and_wait(command, argc, argv);
        if (status == -1)
            return cli_fail("no process for the work: %s", strerror(errno));
        remove_files();
        if (shared->finished)
            return WIFEXITED(status) ? WEXITSTATUS(status) : shared->status;
        if (!is_crash(status))
            return die_alike(WTERMSIG(status));
        if (again)
            return cli_fail("the OpenCL driver %s again. Another device may work: `clconv devices "
                            "--why` shows the drivers, and `--device host` needs none",
                            how(status));
        const bool emptied = empty_caches();
        const char *caches = emptied ? "; the caches of compiled kernels were emptied" : "";
        if (shared->wrote)
            return cli_fail("the OpenCL driver %s%s; a part of the output is out, so please run it "
                            "again",
                            how(status), caches);
        cli_say("the OpenCL driver %s%s; trying once more", how(status), caches);
    }
}

#!/bin/sh
# A driver that crashes, exits or hangs in the middle: a sentence, the right status, one more try,
# and no half-written file.
. "${0%/*}/harness"

# Crashes empty the cache: not the one that the other tests build up.
CLCONV_CACHE_DIR=$work/own
export CLCONV_CACHE_DIR

compiler=${CC:-cc}
command -v "$compiler" >/dev/null || exit 77

# driver NAME BODY: a library that runs BODY when the loader loads it, and a folder that names it.
driver() {
    cat >"$1.c" <<END
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
__attribute__((constructor)) static void start(void)
{
    FILE *log = fopen("$work/loaded", "a");
    if (log) {
        fputs("once\\n", log);
        fclose(log);
    }
    $2
}
END
    "$compiler" -shared -fPIC -o "$1.so" "$1.c" || exit 77
    mkdir "$1"
    echo "$work/$1.so" >"$1/fake.icd"
}

# with DRIVER COMMAND...: the command on a machine that has this driver alone.
with() (
    OCL_ICD_VENDORS=$work/$1/
    export OCL_ICD_VENDORS
    shift
    : >"$work/loaded"
    exec "$@"
)

driver aborts 'abort();'
driver faults 'raise(SIGSEGV);'
driver exits '_exit(3);'
driver once 'if (access("'"$work"'/crashed", F_OK) != 0) { fclose(fopen("'"$work"'/crashed", "w")); abort(); }'
driver killed 'raise(SIGKILL);'
driver waits 'sleep(60);'

with aborts "$clconv" devices >/dev/null 2>&1
if [ ! -s loaded ]; then
    echo "this build or loader does not read OCL_ICD_VENDORS"
    exit 77
fi

expect abort_is_a_sentence 1 'driver crashed \(Aborted\) again' with aborts "$clconv" devices
same abort_is_tried_twice 2 "$(wc -l <loaded)"
same nothing_half_said '' "$(cat stdout)"
grep -q 'device host' stderr || fail 'abort_is_a_sentence: no remedy'
expect fault_is_a_sentence 1 'driver crashed \(Segmentation fault\) again' with faults "$clconv" \
    devices
expect exit_in_the_middle 1 'ended the program with status 3 again' with exits "$clconv" devices
expect killed_is_not_tried_again 1 'out of memory' with killed "$clconv" devices
same killed_is_not_tried_again 1 "$(wc -l <loaded)"
expect second_try_works 0 'trying once more' with once "$clconv" devices
same second_try_says_it_once 1 "$(grep -c '^host:' stdout)"

# What ends the command ends it in the second try, too; and its parent may ignore the ends of others.
driver hangs_then 'if (access("'"$work"'/hung", F_OK) != 0) { fclose(fopen("'"$work"'/hung", "w")); abort(); } sleep(60);'
begun=$(date +%s)
with hangs_then "$clconv" devices >/dev/null 2>&1 &
while [ "$(wc -l <loaded)" -lt 2 ] && [ $(($(date +%s) - begun)) -lt 30 ]; do
    sleep 0.1
done
kill -TERM $!
wait $!
same second_try_can_be_ended 143 $?
[ $(($(date +%s) - begun)) -lt 45 ] || fail 'second_try_can_be_ended: it was not'
if env --ignore-signal=CHLD true 2>/dev/null; then
    expect parent_ignores_its_children 0 '' env --ignore-signal=CHLD "$clconv" devices
fi
expect help_needs_no_driver 0 '' with aborts "$clconv" help

# The caches that may be to blame are emptied, and nothing else in the folder.
CLCONV_CACHE_DIR=$work/cache
mkdir -m 700 cache
mkdir -p cache/pocl/deep/er
: >cache/pocl/deep/er/damaged.so
echo mine >cache/notes.txt
expect caches_are_emptied 1 'caches of compiled kernels were emptied' with aborts "$clconv" devices
absent caches_are_emptied cache/pocl/deep cache/pocl.damaged.*
same caches_are_emptied mine "$(cat cache/notes.txt)"

# A file that was begun when the driver crashed does not stay: the old one does.
npy x.npy '|u1' '(1, 1)' '\5'
echo precious >y.npy
expect output_survives_a_crash 1 'crashed' with aborts "$clconv" conv -i x.npy -f x.npy -o y.npy
same output_survives_a_crash precious "$(cat y.npy)"
no_leftovers output_survives_a_crash .
expect host_needs_no_driver 0 '' with aborts "$clconv" conv -i x.npy -f x.npy -o y.npy --device host
same host_needs_no_driver 25 "$(values y.npy f4)"

# The same where the output had begun: the command's own guard around work that dies in the middle.
cat >dying.c <<'END'
#include "cli/cli.h"
#include "cli/guard.h"
#include "cli/output.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

clconv_status clconv_cache_path(char **path) { *path = NULL; return CLCONV_IO; }
clconv_status clconv_cache_clear(size_t *removed) { *removed = 0; return CLCONV_OK; }
const char *clconv_last_error(void) { return ""; }
void clconv_free(void *text) { free(text); }

static int die(int argc, char **argv)
{
    struct cli_output output;
    (void)argc;
    if (!cli_output_begin(&output, "out.txt") || !cli_output_write(&output, "half", 4))
        return CLI_FAILED;
    cli_out("said\n");
    if (argv[2])
        cli_out_flush();
    raise(atoi(argv[1]));
    return cli_output_commit(&output) ? CLI_DONE : CLI_FAILED;
}

int main(int argc, char **argv)
{
    static const struct cli_command command = {.name = "die", .run = die};
    cli_command_name = "die";
    return cli_guard(&command, argc, argv);
}
END
cli=$source_folder/src/cli
if "$compiler" -std=c11 -I"$source_folder/include" -I"$source_folder/src" -o dying dying.c \
    "$cli/guard.c" "$cli/output.c" "$cli/talk.c" "$cli/text.c"; then
    echo precious >out.txt
    expect crash_with_an_open_output 1 'Aborted.* again' ./dying 6
    same crash_with_an_open_output precious "$(cat out.txt)"
    no_leftovers crash_with_an_open_output .
    same crash_with_an_open_output '' "$(cat stdout)"
    expect no_second_try_after_output 1 'please run it again' ./dying 11 flush
    same no_second_try_after_output said "$(cat stdout)"
    expect killed_with_an_open_output 1 'out of memory' ./dying 9
    no_leftovers killed_with_an_open_output .
    expect terminated_with_an_open_output 143 '' ./dying 15
    no_leftovers terminated_with_an_open_output .
    same terminated_with_an_open_output precious "$(cat out.txt)"
    expect harmless_signal 0 '' ./dying 0
    same harmless_signal half "$(cat out.txt)"
else
    fail 'the guard does not compile on its own'
fi

# A signal to the waiting parent ends both.
checks=$((checks + 1))
OCL_ICD_VENDORS=$work/waits/ "$clconv" devices >stdout 2>stderr &
pid=$!
sleep 1
child=$(ps -e -o pid= -o ppid= | awk -v parent=$pid '$2 == parent { print $1 }')
[ -n "$child" ] || fail 'terminated_while_the_driver_hangs: there is no child'
kill -TERM $pid
status=0
wait $pid || status=$?
same terminated_while_the_driver_hangs 143 $status
if [ -n "$child" ] && kill -0 "$child" 2>/dev/null; then
    fail 'terminated_while_the_driver_hangs: the child lives on'
fi

finish

#!/bin/sh
# The command as such: help, versions, wrong words, and a stdout that takes nothing.
. "${0%/*}/harness"

commands='filter conv explain devices plan kernels verify bench cache'

expect version 0 '' "$clconv" --version
grep -Eq '^clconv [0-9]+\.[0-9]+\.[0-9]+$' stdout || fail 'version: not "clconv 1.2.3"'
expect overview 0 '' "$clconv" help
for command in $commands; do
    grep -Eq "^  $command +[A-Z]" stdout || fail "overview: $command is not listed"
done
expect overview_by_option 0 '' "$clconv" --help
for command in $commands; do
    expect "help_$command" 0 '' "$clconv" help "$command"
    cp stdout help
    grep -q "^usage: clconv $command" help || fail "help_$command: no usage"
    grep -Eq "^  clconv $command" help || fail "help_$command: no example"
    expect "help_option_$command" 0 '' "$clconv" "$command" --help
    cmp -s help stdout || fail "help_option_$command: not the same help"
    expect "help_option_behind_others_$command" 0 '' "$clconv" "$command" --nonsense -h
    awk 'length > 100' help | grep . && fail "help_$command: lines above 100 characters"
    expect "unknown_option_$command" 2 'unknown option --nonsense' "$clconv" "$command" --nonsense x
done

expect nothing 2 'a command is missing' "$clconv"
expect unknown_command 2 'did you mean devices' "$clconv" device
expect unknown_command_transposed 2 'did you mean verify' "$clconv" verfiy
expect unknown_command_abbreviated 2 'did you mean explain' "$clconv" exp
expect unknown_command_far_from_all 2 'unknown command zzzzzzzzzz$' "$clconv" zzzzzzzzzz
expect help_of_an_unknown_command 2 'did you mean conv' "$clconv" help con
expect help_of_two_commands 2 'of one command' "$clconv" help tune filter
expect empty_command 2 'unknown command' "$clconv" ''

expect nearest_option 2 'did you mean --device' "$clconv" plan 1x1x8x8:1x3x3 --devise host
expect nearest_option_with_value 2 'did you mean --algorithm' "$clconv" plan --algoritm=host x
expect option_twice 2 '--device is given twice' "$clconv" plan -d host --device=host 1x1x8x8:1x3x3
expect value_missing 2 '--device wants a value' "$clconv" plan 1x1x8x8:1x3x3 --device
expect flag_with_a_value 2 '--json takes no value' "$clconv" devices --json=yes
expect word_too_many 2 "'extra' is one word too many" "$clconv" devices extra
expect word_missing 2 'missing' "$clconv" plan
expect words_behind_two_dashes 2 'one word too many' "$clconv" devices -- --json
expect empty_option_value 2 '' "$clconv" conv --stride= -i a -f b -o c

expect problem_of_letters 2 'clconv plan: .*nonsense' "$clconv" plan nonsense
expect problem_unknown_option 2 '' "$clconv" plan 1x1x8x8:1x3x3:q7
expect problem_that_overflows 2 '' "$clconv" plan 99999999999x1x8x8:1x3x3
expect problem_without_an_output 2 '' "$clconv" plan 1x1x2x2:1x3x3
expect unknown_algorithm 2 'the nearest is host' "$clconv" plan 1x1x8x8:1x3x3 --algorithm hots
expect unknown_device 1 'host' "$clconv" plan 1x1x8x8:1x3x3 --device no-such-device
expect cache_verb 2 'did you mean clear' "$clconv" cache clean
expect cache_word_missing 2 'missing' "$clconv" cache
expect cache_word_too_many 2 'too many' "$clconv" cache path extra

expect plan_explains 0 '' "$clconv" plan 1x1x8x8:1x3x3 --device host
grep -q host stdout || fail 'plan_explains: no algorithm named'
if command -v jq >/dev/null; then
    expect plan_as_json 0 '' "$clconv" plan 1x1x8x8:1x3x3 --device host --json
    jq -e . stdout >/dev/null || fail 'plan_as_json: no JSON'
fi
expect plan_of_a_huge_problem 0 '' "$clconv" plan 1x1x40000x40000:1x3x3:same --device host

# ---- a stdout that takes nothing

refused() (
    exec "$@" >/dev/full
)
closed() (
    exec "$@" >&-
)
if [ -c /dev/full ]; then
    for words in help --version 'help conv' 'devices --json' 'plan 1x1x8x8:1x3x3 -d host' \
        'explain --input 1 --filter 1' 'verify 1x1x8x8:1x3x3 -d host'; do
        # shellcheck disable=SC2086 # several words
        expect "full_disk: $words" 1 'No space left' refused "$clconv" $words
    done
fi
expect closed_stdout 1 'Bad file descriptor' closed "$clconv" devices

# A reader that went away is not worth a message.
{
    sleep 1
    status=0
    "$clconv" explain --input 1 --filter 1 2>stderr || status=$?
    echo $status >status
} | :
same closed_pipe 1 "$(cat status)"
same closed_pipe_is_quiet '' "$(cat stderr)"

finish

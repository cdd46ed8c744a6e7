#!/bin/sh
# A program under oclgrind, which finds races, accesses out of bounds and diverging barriers: its log
# has to be empty. oclgrind exits with 0 whatever it finds. oclgrind.sh OCLGRIND PROGRAM
oclgrind=$1 program=$2
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT

CLCONV_DEVICE=oclgrind CK_FORK=no "$oclgrind" --data-races --uninitialized --log "$log" "$program"
status=$?
[ -s "$log" ] || exit $status
cat "$log"
exit 1

/* sweep.h - every algorithm x a list of problems. */
#ifndef SWEEP_H
#define SWEEP_H

#include "cases.h"

/* Problem i of a list; always the same. */
typedef void sweep_problem(clconv_desc *desc, size_t i);

/* Runs all, or each case_step-th, says what did not run and why, and ends the test. Of a part,
 * small integers are four times as many as real data: they show more. Data of CLI_FILL_INTEGERS
 * have to come out as the plain formula has them, byte for byte, where cli_fill_exact says so;
 * others lie within the bounds that clconv_check_result knows. */
void sweep(sweep_problem *problem, size_t total, enum cli_fill fill);

/* How many of the problems are of the exact kind. */
size_t sweep_exact(sweep_problem *problem, size_t total);

#endif

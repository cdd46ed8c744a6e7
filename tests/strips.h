/* strips.h - images in strips against one plan over the whole. */
#ifndef STRIPS_H
#define STRIPS_H

#include "pixels.h"

/* In budgets from the least on; what is not bit for bit the whole is a complaint. False when the
 * algorithm does not do this problem, and its strips then neither. */
bool strips_are_the_whole(clconv_context *context, const case_data *data, const char *algorithm);

/* The same for every step-th problem of the table from number `first` on that is one dense
 * image. Adds what was tried, and what the algorithm does not do. */
void strips_try(const case_algorithm *algorithm, size_t first, size_t step, size_t *images,
                size_t *refused);

#endif

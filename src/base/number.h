/* number.h - decimal numbers in text, whatever locale the host program has set. */
#ifndef CC_BASE_NUMBER_H
#define CC_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

enum { CC_NUMBER = 32 };

/* Writes the shortest decimal that reads back as value; inf, -inf and nan as these words. */
void cc_number_format(char text[CC_NUMBER], double value);

/* Reads a number at *text and moves *text behind it; false (and both unchanged) when there is none
 * or, for integers, when it does not fit. No leading space, no leading +. */
bool cc_number_parse(double *value, const char **text);
bool cc_number_parse_int(int64_t *value, const char **text);

#endif

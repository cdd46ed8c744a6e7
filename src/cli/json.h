/* json.h - JSON to stdout (cli_out) or into a text, commas and indentation kept here. A key may be
 * NULL inside an array. Numbers that JSON cannot express become null. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>

struct cli_text; /* text.h */

/* Where what follows goes; NULL: stdout. Between two documents only. */
void cli_json_to(struct cli_text *text);

void cli_json_open(const char *key, char bracket); /* '{' or '[' */
void cli_json_close(char bracket);                 /* '}' or ']'; a newline after the outermost */
void cli_json_text(const char *key, const char *text);
void cli_json_real(const char *key, double value);
void cli_json_reals(const char *key, const double *values, int count); /* an array in one line */
void cli_json_integer(const char *key, int64_t value);
void cli_json_bool(const char *key, bool value);

#endif

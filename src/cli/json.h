/* json.h - JSON to stdout (cli_out), commas and indentation kept here. A key may be NULL inside an
 * array. Numbers that JSON cannot express become null. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>

void cli_json_open(const char *key, char bracket); /* '{' or '[' */
void cli_json_close(char bracket);                 /* '}' or ']'; a newline after the outermost */
void cli_json_text(const char *key, const char *text);
void cli_json_real(const char *key, double value);
void cli_json_integer(const char *key, int64_t value);
void cli_json_bool(const char *key, bool value);

#endif

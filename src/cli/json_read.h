/* json_read.h - JSON (RFC 8259) as a tree. Strict: one value, nothing behind it, no comments, no
 * trailing commas, no key twice in an object. */
#ifndef CLI_JSON_READ_H
#define CLI_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_TEXT,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json {
    enum json_kind kind;
    double number;
    char *text;         /* of a JSON_TEXT, UTF-8, without zero bytes */
    char *key;          /* where this is a member of an object */
    struct json *first; /* of an array or object */
    struct json *next;  /* sibling */
};

/* NULL after a message on stderr with the file's name, line and column. */
struct json *json_read_file(const char *path);
void json_free(struct json *json); /* NULL is accepted */

/* The member of that name; NULL when there is none or this is no object (NULL is accepted). */
const struct json *json_member(const struct json *object, const char *key);
/* Its text or number; the fallback when it is of another kind or not there. */
const char *json_text(const struct json *object, const char *key, const char *fallback);
double json_number(const struct json *object, const char *key, double fallback);

#endif

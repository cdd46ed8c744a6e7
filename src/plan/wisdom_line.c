/* wisdom_line.c - lines of wisdom: which are about a device, and which are odd. */
#include "base/number.h"
#include "base/status.h"
#include "plan/wisdom.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool cc_wisdom_split(char *field[CC_WISDOM_FIELDS], char *line)
{
    for (int i = 0; i < CC_WISDOM_FIELDS; i++) {
        const size_t length = strcspn(line, "\t");
        const bool last = i == CC_WISDOM_FIELDS - 1;
        if (length == 0 || (line[length] == '\0') != last)
            return false;
        field[i] = line;
        line[length] = '\0';
        line += length + !last;
    }
    return true;
}

bool cc_wisdom_is_about(const cc_wisdom_device *device, char *const field[CC_WISDOM_FIELDS],
                        bool *of_like)
{
    *of_like = !strcmp(field[1], "*");
    return *of_like ? !strcmp(field[0], device->like)
                    : !strcmp(field[0], device->id) && !strcmp(field[1], device->driver);
}

static bool read_seconds(double *seconds, const char *text)
{
    return cc_number_parse(seconds, &text) && *text == '\0' && *seconds > 0;
}

/* false: not the name of a ceiling. */
static bool set_ceiling(cc_caps *caps, const char *name, double value)
{
    double *const place = !strcmp(name, "f32")      ? &caps->flops
                          : !strcmp(name, "copy")   ? &caps->bandwidth
                          : !strcmp(name, "launch") ? &caps->launch_seconds
                                                    : NULL;
    if (place && isfinite(value))
        *place = value;
    return place && isfinite(value);
}

static bool is_algorithm(const char *name)
{
    for (size_t i = 0; cc_algorithms[i]; i++)
        if (!strcmp(cc_algorithms[i]->info.name, name))
            return true;
    return false;
}

clconv_status cc_wisdom_add(cc_wisdom *wisdom, char *const field[CC_WISDOM_FIELDS], double seconds,
                            bool of_like, bool shipped)
{
    const size_t lengths[] = {strlen(field[2]) + 1, strlen(field[3]) + 1, strlen(field[4]) + 1};
    cc_wisdom_line line = {.seconds = seconds, .of_like = of_like, .shipped = shipped};

    if (wisdom->count == wisdom->capacity) {
        const size_t capacity = wisdom->capacity ? 2 * wisdom->capacity : 64;
        cc_wisdom_line *const grown = realloc(wisdom->lines, capacity * sizeof *grown);
        if (!grown)
            return cc_fail(CLCONV_NO_MEMORY, "no memory for %zu lines of wisdom", capacity);
        wisdom->lines = grown;
        wisdom->capacity = capacity;
    }
    line.problem = malloc(lengths[0] + lengths[1] + lengths[2]);
    if (!line.problem)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for a line of wisdom");
    line.algorithm = line.problem + lengths[0];
    line.tile = line.algorithm + lengths[1];
    memcpy(line.problem, field[2], lengths[0]);
    memcpy(line.algorithm, field[3], lengths[1]);
    memcpy(line.tile, field[4], lengths[2]);
    wisdom->lines[wisdom->count++] = line;
    return CLCONV_OK;
}

typedef struct oddities {
    int count, first; /* line number */
} oddities;

static void odd(oddities *o, int number)
{
    if (o->count++ == 0)
        o->first = number;
}

static clconv_status read_line(cc_wisdom *wisdom, const cc_log *log, char *line, const char *name,
                               int number, bool shipped, oddities *o)
{
    char *field[CC_WISDOM_FIELDS];
    double seconds;
    bool of_like;

    if (!*line || *line == '#' || !strcmp(line, CC_WISDOM_HEADER))
        return CLCONV_OK;
    if (!cc_wisdom_split(field, line) || !read_seconds(&seconds, field[CC_WISDOM_FIELDS - 1])) {
        odd(o, number);
        return CLCONV_OK;
    }
    if (!cc_wisdom_is_about(&wisdom->device, field, &of_like))
        return CLCONV_OK;
    if (!strcmp(field[2], "-")) {
        if (set_ceiling(of_like ? &wisdom->like : &wisdom->own, field[3], seconds))
            return cc_wisdom_add(wisdom, field, seconds, of_like, shipped);
        odd(o, number);
        return CLCONV_OK;
    }
    if (!is_algorithm(field[3])) {
        cc_log_say(log, CLCONV_LOG_INFO,
                   "%s, line %d: there is no algorithm '%s' here; the line is skipped", name,
                   number, field[3]);
        return CLCONV_OK;
    }
    return cc_wisdom_add(wisdom, field, seconds, of_like, shipped);
}

clconv_status cc_wisdom_read(cc_wisdom *wisdom, const cc_log *log, char *text, const char *name,
                             bool shipped)
{
    oddities o = {0, 0};
    int number = 0;

    if (*text && (strncmp(text, CC_WISDOM_HEADER, strlen(CC_WISDOM_HEADER)) != 0 ||
                  !strchr("\n", text[strlen(CC_WISDOM_HEADER)]))) {
        cc_log_say(log, CLCONV_LOG_WARNING, "%s is not used: it does not begin with '%s'", name,
                   CC_WISDOM_HEADER);
        return CLCONV_OK;
    }
    for (char *line = text, *next; line; line = next) {
        char *const end = strchr(line, '\n');
        next = end ? end + 1 : NULL;
        if (end)
            *end = '\0';
        CC_TRY(read_line(wisdom, log, line, name, ++number, shipped, &o));
    }
    if (o.count)
        cc_log_say(log, CLCONV_LOG_WARNING,
                   "%s: %d odd line%s skipped, the first is line %d; `clconv tune --forget` writes "
                   "the file anew",
                   name, o.count, o.count == 1 ? " is" : "s are", o.first);
    return CLCONV_OK;
}

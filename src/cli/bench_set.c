/* bench_set.c - the lines of problem sets. */
#include "bench_set.h"
#include "args.h"
#include "cli.h"
#include "embedded.h"
#include "text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_FILE = 1 << 20 };
static const char suffix[] = ".txt", blanks[] = " \t\r";

void bench_item_free(struct bench_item *item)
{
    free(item->kernel);
    free(item->name);
    free(item->set);
    *item = (struct bench_item){0};
}

static char *copy(const char *text, size_t length)
{
    struct cli_text made = {0};
    cli_text_bytes(&made, text, length);
    return made.data;
}

/* The set's name, without folder and suffix. */
static char *name_of_set(const char *path)
{
    const char *const slash = strrchr(path, '/');
    const char *const base = slash ? slash + 1 : path;
    const char *const dot = strrchr(base, '.');
    return copy(base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

static bool append(struct bench_items *items, const struct bench_item *item)
{
    const size_t bytes = ((size_t)items->count + 1) * sizeof(*items->items);
    struct bench_item *const grown = realloc(items->items, bytes);
    if (!grown) {
        cli_no_memory(bytes);
        return false;
    }
    items->items = grown;
    items->items[items->count++] = *item;
    return true;
}

static bool read_problem(clconv_desc *desc, const char *text, int batch)
{
    clconv_sizes sizes;
    if (clconv_desc_parse(desc, text) != CLCONV_OK)
        return false;
    if (batch)
        desc->n = batch;
    return clconv_desc_output(&sizes, desc) == CLCONV_OK;
}

/* The next word of a line; its length is 0 at the end. */
static const char *word_at(const char *at, size_t *length)
{
    at += strspn(at, blanks);
    *length = strcspn(at, blanks);
    return at;
}

struct source { /* where a line is from, for messages */
    const char *name;
    int line, batch;
};

/* One line without its end. Nothing is added for one that is empty or a comment. */
static bool read_line(struct bench_items *items, char *line, const struct source *source)
{
    char *const hash = strchr(line, '#');
    struct bench_item item = {.name = NULL};
    size_t problem_length, kernel_length, more;
    const char *const comment = hash ? hash + 1 + strspn(hash + 1, blanks) : "";
    size_t comment_length = strlen(comment);
    while (comment_length > 0 && strchr(blanks, comment[comment_length - 1]))
        comment_length--;
    if (hash)
        *hash = '\0';
    const char *const problem = word_at(line, &problem_length);
    const char *const kernel = word_at(problem + problem_length, &kernel_length);
    word_at(kernel + kernel_length, &more);
    if (problem_length == 0)
        return true;
    char *const text = copy(problem, problem_length);
    bool ok = read_problem(&item.desc, text, source->batch) && more == 0;
    if (more > 0)
        cli_say("%s: line %d: a PROBLEM, at most a KERNEL, then '#' and a name", source->name,
                source->line);
    else if (!ok)
        cli_say("%s: line %d: %s", source->name, source->line, clconv_last_error());
    free(text);
    if (!ok)
        return false;
    item.kernel = kernel_length ? copy(kernel, kernel_length) : NULL;
    item.name = copy(comment, comment_length);
    item.set = name_of_set(source->name);
    ok = append(items, &item);
    if (!ok)
        bench_item_free(&item);
    return ok;
}

static bool read_lines(struct bench_items *items, char *text, const char *name, int batch)
{
    struct source source = {name, 0, batch};
    const int before = items->count;
    for (char *line = text, *next; line; line = next) {
        char *const end = strchr(line, '\n');
        next = end ? end + 1 : NULL;
        if (end)
            *end = '\0';
        source.line++;
        if (!read_line(items, line, &source))
            return false;
    }
    if (items->count == before)
        cli_say("%s: there is no problem in it", name);
    return items->count > before;
}

static bool read_file(struct bench_items *items, const char *path, int batch)
{
    struct cli_text text = {0};
    char piece[4096];
    size_t got;
    FILE *const file = fopen(path, "re");
    if (!file) {
        cli_say("%s: %s", path, strerror(errno));
        return false;
    }
    while ((got = fread(piece, 1, sizeof(piece), file)) > 0 && text.length <= LARGEST_FILE)
        cli_text_bytes(&text, piece, got);
    bool ok = !ferror(file) && text.length <= LARGEST_FILE;
    if (!ok)
        cli_say("%s: %s", path,
                ferror(file) ? "it cannot be read" : "too large for a list of problems");
    else if (!text.data || strlen(text.data) != text.length) {
        cli_say("%s: this is no text", path);
        ok = false;
    }
    fclose(file);
    ok = ok && read_lines(items, text.data, path, batch);
    cli_text_free(&text);
    return ok;
}

static bool is_set(const struct cli_embedded *file)
{
    const size_t length = strlen(file->name), tail = strlen(suffix);
    return length > tail && strcmp(file->name + length - tail, suffix) == 0;
}

/* The built-in set of that name, or NULL. */
static const struct cli_embedded *find_set(const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < cli_embedded_count; i++) {
        const struct cli_embedded *const file = &cli_embedded[i];
        if (is_set(file) && strlen(file->name) == length + strlen(suffix) &&
            strncmp(file->name, name, length) == 0)
            return file;
    }
    return NULL;
}

static bool read_embedded(struct bench_items *items, const struct cli_embedded *set, int batch)
{
    char *const text = copy((const char *)set->bytes, set->size);
    const bool ok = read_lines(items, text, set->name, batch);
    free(text);
    return ok;
}

static bool unknown(const char *word)
{
    enum { MOST = 32, LENGTH = 64 };
    char names[MOST][LENGTH];
    const char *list[MOST];
    size_t count = 0;
    for (size_t i = 0; i < cli_embedded_count && count < MOST; i++) {
        const struct cli_embedded *const file = &cli_embedded[i];
        if (!is_set(file))
            continue;
        snprintf(names[count], LENGTH, "%.*s", (int)(strlen(file->name) - strlen(suffix)),
                 file->name);
        list[count] = names[count];
        count++;
    }
    const char *const near = cli_nearest(word, list, count);
    cli_misuse(
        "'%s' is no set, no file and no problem%s%s%s; `clconv bench --list-sets` lists the sets",
        word, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return false;
}

bool bench_set_add(struct bench_items *items, const char *word, int batch)
{
    struct bench_item item = {.name = NULL};
    const struct cli_embedded *const set = find_set(word);
    if (set)
        return read_embedded(items, set, batch);
    if (read_problem(&item.desc, word, batch)) {
        item.name = copy("", 0);
        item.set = copy("", 0);
        return append(items, &item);
    }
    if (word[0] >= '0' && word[0] <= '9' && strchr(word, ':')) {
        cli_misuse("%s", clconv_last_error());
        return false;
    }
    FILE *const file = fopen(word, "re");
    if (!file)
        return unknown(word);
    fclose(file);
    return read_file(items, word, batch);
}

/* The first comment of a set says what it is. */
static void list_one(const struct cli_embedded *file)
{
    struct bench_items items = {0};
    char *const text = copy((const char *)file->bytes, file->size);
    const char *const first = text[0] == '#' ? text + 1 + strspn(text + 1, blanks) : "";
    const bool ok = read_embedded(&items, file, 0);
    if (ok)
        cli_out("%-14.*s %3d problems: %.*s\n", (int)(strlen(file->name) - strlen(suffix)),
                file->name, items.count, (int)strcspn(first, "\n"), first);
    for (int i = 0; i < items.count; i++)
        bench_item_free(&items.items[i]);
    free(items.items);
    free(text);
}

void bench_set_list(void)
{
    for (size_t i = 0; i < cli_embedded_count; i++)
        if (is_set(&cli_embedded[i]))
            list_one(&cli_embedded[i]);
}

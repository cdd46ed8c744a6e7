/* image_load.c - the module for libvips, loaded when a file first needs it. */
#define _POSIX_C_SOURCE 200809L
#include "image_module.h"
#include "text.h"
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

static const struct image_host host = {
    .say = cli_say,
    .no_memory = cli_no_memory,
    .wrong_type = image_wrong_type,
    .type_name = clconv_type_name,
};

/* The module's file: beside the command, as they are built, or else in the folder of libraries, as
 * they are installed. Its name alone, for the linker to look where it is told to, where the system
 * (without /proc) does not tell the command's place. */
static struct cli_text module_file(void)
{
    char command[4096];
    const ssize_t length = readlink("/proc/self/exe", command, sizeof command - 1);
    struct cli_text file = {0};
    if (length <= 0) {
        cli_text_add(&file, "%s", IMAGE_MODULE_FILE);
        return file;
    }
    command[length] = '\0';
    *strrchr(command, '/') = '\0';
    cli_text_add(&file, "%s/%s", command, IMAGE_MODULE_FILE);
    if (access(file.data, F_OK) != 0) {
        cli_text_free(&file);
        cli_text_add(&file, "%s/%s/%s", command, IMAGE_MODULE_FOLDER, IMAGE_MODULE_FILE);
    }
    return file;
}

/* NULL after a message. */
static const struct image_module *load(const char *path, bool is_read)
{
    struct cli_text file = module_file();
    void *const library = dlopen(file.data, RTLD_LAZY | RTLD_LOCAL);
    const struct image_module *made = library ? dlsym(library, "clconv_image_module") : NULL;
    if (!made)
        cli_say("%s: this format, or its [options], needs libvips and the part of clconv for it, "
                "and that cannot be loaded: %s; install clconv and libvips again, or %s PNM, PFM "
                "or .npy",
                path, dlerror(), is_read ? "convert to" : "write");
    else if (made->version != IMAGE_MODULE_VERSION)
        cli_say("%s: this format, or its [options], needs libvips, and %s is of another version "
                "of clconv than this command; install both together",
                path, file.data);
    cli_text_free(&file);
    if (!made || made->version != IMAGE_MODULE_VERSION || !made->start(&host))
        return NULL;
    return made;
}

const struct image_module *image_module(const char *path, bool is_read)
{
    static const struct image_module *loaded;
    if (!loaded)
        loaded = load(path, is_read);
    return loaded;
}

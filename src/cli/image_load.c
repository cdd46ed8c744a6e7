/* image_load.c - the module for libvips, loaded when a file first needs it. */
#include "image_module.h"
#include <dlfcn.h>

static const struct image_host host = {
    .say = cli_say,
    .no_memory = cli_no_memory,
    .wrong_type = image_wrong_type,
    .type_name = clconv_type_name,
};

/* NULL after a message. The linker finds the file by the command's own place (CMakeLists.txt). */
static const struct image_module *load(const char *path)
{
    void *const library = dlopen(IMAGE_MODULE_FILE, RTLD_LAZY | RTLD_LOCAL);
    const struct image_module *const made = library ? dlsym(library, "clconv_image_module") : NULL;
    if (!made)
        cli_say("%s: this format goes through libvips, and the part of clconv for it cannot be "
                "loaded: %s; install that again, or convert to PNM, PFM or .npy",
                path, dlerror());
    else if (made->version != IMAGE_MODULE_VERSION)
        cli_say("%s: this format goes through libvips, and %s is of another version of clconv than "
                "this command; install both together",
                path, IMAGE_MODULE_FILE);
    else if (made->start(&host))
        return made;
    return NULL;
}

const struct image_module *image_module(const char *path, bool is_read)
{
    static const struct image_module *loaded;
    (void)is_read;
    if (!loaded)
        loaded = load(path);
    return loaded;
}

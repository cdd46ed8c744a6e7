/* lab.h - a context with a folder of kernels to edit and a cache of its own. */
#ifndef LAB_H
#define LAB_H

#include "work.h"

typedef struct lab {
    char folder[64], cl[80], cache[80];
    work_log log;
    clconv_context_options options;
    clconv_context *context;
} lab;

void lab_make(lab *l); /* the folder, with a copy of cl/; no context yet */
void lab_open(lab *l); /* on an OpenCL device */
void lab_close(lab *l);
void lab_end(lab *l);

/* Replaces the one place in a kernel file. */
void lab_edit(const lab *l, const char *file, const char *from, const char *to);
/* Opens a plan by a forced algorithm (NULL: any) and destroys it. */
clconv_status lab_try(const lab *l, const work *w, const char *algorithm);

#endif

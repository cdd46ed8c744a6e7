/* algo.h - what an algorithm is, and what a plan gives it.
 *
 * An algorithm says "not me, because ..." or makes a plan. Every file in this folder has the same
 * functions in the same order under the same names; the framework in plan/ owns kernels, scratch
 * and state and frees them, also after a failure, so an algorithm has no destructor. To add one:
 * algo/foo.c, cl/foo.cl, and a line in list.inc. */
#ifndef CC_ALGO_ALGO_H
#define CC_ALGO_ALGO_H

#include "device/device.h"
#include "geom/facts.h"

/* Which row of the accuracy contract (docs/accuracy.md) a result is held to. */
typedef enum cc_error_model {
    CC_ERROR_REFEREE, /* double accumulation: only the storage rounding */
    CC_ERROR_SUM,     /* K products added in some order in the arithmetic type */
    CC_ERROR_FACTORS, /* r products, then s, with rounded factors of each tap (geom/facts.h), for
                       * the kind of filters that the algorithm is made for */
} cc_error_model;

typedef struct cc_problem { /* what supports, workspace and estimate decide on */
    const cc_geom *geom;
    const cc_caps *caps;
    const cc_facts *facts; /* of the coefficients */
} cc_problem;

enum {
    CC_WHY = 512 /* room for an error of a compiler */,
    CC_SHAPE = 96,
    CC_KERNELS = 4,
    CC_OPTIONS = 512
};

typedef struct cc_state { /* one set of filters made ready; swapped whole by set_filters */
    atomic_int references;
    struct clconv_plan *stand_in; /* runs instead, where the algorithm does not do these filters;
                                   * what follows is empty then. NULL: none */
    cc_mem filters, bias; /* OpenCL: flipped if asked, in the arithmetic type; bias zeros if none */
    float *host_filters, *host_bias; /* the same on the host, f32 */
} cc_state;

typedef struct cc_slot { /* what one run needs for itself; pooled in the plan */
    cc_kernel *kernels[CC_KERNELS];
    cc_mem workspace;
    struct cc_slot *next;
} cc_slot;

typedef struct cc_run { /* one run of a plan under way */
    cc_commands commands;
    const cc_slot *slot;
    const cc_state *state;
    cc_mem x, y, workspace;  /* OpenCL */
    int64_t x_base, y_base;  /* elements */
    size_t workspace_offset; /* bytes */
    const void *host_x;      /* host; bases included */
    void *host_y;
} cc_run;

/* The shape of an algorithm's work, as far as it has one; 0 where it does not. Results do not
 * depend on it, bit for bit, but for step, and for the parts of sums in implicit_gemm's and
 * matrix_units'. */
typedef struct cc_tile {
    int local_q, local_p;          /* work-items of a group */
    int lanes;                     /* outputs of a vector */
    int block_q, block_p, block_k; /* outputs of a work-item: vectors, rows, filters */
    int step; /* more than 1: output rows are computed in tiles of so many, and how an output is
               * rounded depends on its row in the tile; parts of an image begin at a multiple */
} cc_tile;

struct clconv_algo {
    clconv_algorithm_info info; /* stable id, one sentence for people, host or OpenCL */
    cc_error_model error;
    /* How far a result may lie beyond the bound of its sum, in u ||w||_1 max|x|, where tiles are
     * transformed: values that cancel are added, and a NaN or infinity reaches every output of its
     * tile. NULL: no such thing. */
    double (*spread)(const cc_geom *geom);
    bool keeps_whole;   /* small whole numbers come out exact in spite of a spread */
    bool heeds_filters; /* supports looks at the facts: it is asked again for other filters */
    /* false with the reason, numbers included, in why. Types, and f64 on the device, are checked by
     * the framework beforehand. */
    bool (*supports)(const cc_problem *problem, char why[CC_WHY]);
    size_t (*workspace)(const cc_problem *problem); /* bytes of device scratch; NULL: needs none */
    double (*estimate)(const cc_problem *problem);  /* seconds: roofline of its own flops, bytes */
    /* The i-th tile worth trying for a problem that it supports, the best guess first; false behind
     * the last. NULL: it has none. */
    bool (*tile)(cc_tile *tile, const cc_problem *problem, int i);
    clconv_status (*plan)(struct clconv_plan *plan); /* fill kernels (cc_plan_kernel) and shape */
    /* Floats of the filters as the kernels take them, and their making from filters (flipped if
     * asked) as the caller gives them. NULL both: as given. */
    size_t (*packed_count)(const struct clconv_plan *plan);
    void (*pack)(float *packed, const struct clconv_plan *plan, const float *filters);
    clconv_status (*execute)(const struct clconv_plan *plan, cc_run *run);
};

/* NULL-terminated, in the order of list.inc. */
extern const struct clconv_algo *const cc_algorithms[];

/* One line of the chooser's table, kept for explain. */
typedef struct cc_choice {
    const struct clconv_algo *algo;
    bool possible;
    bool asked_for;   /* by the caller, so that no other is possible */
    char why[CC_WHY]; /* why not possible */
    double estimate;
    size_t workspace;
    bool measured; /* by wisdom: estimate is what was measured, in this tile */
    bool has_tile; /* the one that is measured, or asked for; else the best guess */
    cc_tile tile;
    bool is_exact, is_of_like; /* measured with as many images; on a device like this one */
} cc_choice;

struct clconv_plan {
    clconv_context *context;
    cc_geom geom;
    cc_facts facts; /* of the coefficients that it was made for */
    const struct clconv_algo *algo;
    cc_tile tile; /* set before the algorithm's plan function is called */
    size_t workspace;
    double estimate;
    char
        library[CC_SHAPE]; /* what a library does besides the kernels, as far as its code may depend
                            * on it: part of what a self-test proves; set by the algorithm */
    char shape[CC_SHAPE];  /* "tile 64 x 16, work-group 16 x 8" for explain; set by the algorithm */
    size_t
        local_memory; /* bytes that its kernel takes as its last argument; set by the algorithm */
    cc_choice *choices;
    size_t choice_count;
    char *code;      /* which code it runs: library, and a line for each kernel with its options */
    bool names_only; /* only code is wanted: kernels are not built */

    /* Slots that an algorithm's plan function fills through cc_plan_kernel. */
    struct {
        cc_program *program;
        const char *name;
        size_t local[3];
    } kernels[CC_KERNELS];
    unsigned kernel_count;

    char *forbid; /* names that the caller forbade, with commas between; NULL: none */

    struct cc_plan_shared *shared; /* plan/: lock, current state, pool of slots */
};

/* Declares the plan's next kernel: file in cl/, kernel name in it, build options beyond those that
 * every kernel gets (cc_plan_options), and its work-group. The driver may allow a kernel less than
 * the device's largest work-group: FREE halves it then, FIXED (options name it) is UNSUPPORTED. */
typedef enum cc_group { CC_GROUP_FREE, CC_GROUP_FIXED } cc_group;
clconv_status cc_plan_kernel(struct clconv_plan *plan, const char *file, const char *name,
                             const char *options, const size_t local[3], cc_group group);

/* As cc_plan_kernel, for one of several kernels that reads x and does not write y, or the other way
 * around: the type of what it does not touch is no part of its options, so that one program serves
 * for all of them. For drivers that compile one kernel of a program at a time, or short files. */
typedef enum cc_touched { CC_TOUCHES_X = 1, CC_TOUCHES_Y = 2, CC_TOUCHES_BOTH = 3 } cc_touched;
clconv_status cc_plan_partial(struct clconv_plan *plan, const char *file, const char *name,
                              const char *options, const size_t local[3], cc_group group,
                              cc_touched touched);

/* Lanes of the device's vectors in the arithmetic of geom; doubles take twice the room. */
int cc_lanes(const cc_geom *geom, const cc_caps *caps);

/* The index of the i-th largest of so many values, of equals the first; -1 behind the last. */
int cc_ranked(const double *values, int count, int i);

/* At least 1, of an algorithm without tiles too. */
int cc_tile_count(const struct clconv_algo *algo, const cc_problem *problem);

/* Channels that a work-item with vectors computes side by side: all, where they lie so with a
 * filter each and are no more than `most`; else 1. */
int cc_channels_together(const cc_geom *geom, const cc_caps *caps, int most);

/* Whether any output reads beyond the image. */
bool cc_reads_border(const cc_geom *geom);

/* "-D X_TYPE=... -D Y_TYPE=... -D ACC_F64=... -D HAS_FMA=..." for this geometry and device; f32 for
 * what is not touched. */
void cc_plan_options(char options[CC_OPTIONS], const cc_geom *geom, const cc_caps *caps,
                     cc_touched touched);

/* The epilogue's numbers in the arithmetic type, for a kernel's by-value argument: scale, offset,
 * activation's a and b, border value (clconv_epilogue in cl/common.h). */
typedef union cc_epilogue_arg {
    float f32[5];
    double f64[5];
} cc_epilogue_arg;
cc_arg cc_epilogue_for_device(cc_epilogue_arg *storage, const cc_geom *geom);

/* Launches kernel i of the plan over so many work-groups in each dimension, in as many launches as
 * 2^31 - 1 work-items each demand. *g, one of the arguments, says where a launch begins: first_q
 * and first_p in steps of tile[0] and tile[1] a work-group, first_z in steps of one. */
struct clconv_geom;
clconv_status cc_launch_groups(const struct clconv_plan *plan, cc_run *run, unsigned i,
                               const int64_t groups[3], const int tile[2], struct clconv_geom *g,
                               const cc_arg *args, unsigned count);

/* The same over the outputs of geom, the plan's or one equal to it, in tiles of tile_q x tile_p
 * outputs of one plane a work-group, in the third dimension the images' blocks of filters
 * (plan->tile.block_k in each, of one group; planes n * k when that is 0 or 1). Arguments: x,
 * filters, bias, y, geom, epilogue, and plan->local_memory unless that is 0. */
clconv_status cc_launch_outputs(const struct clconv_plan *plan, cc_run *run, const cc_geom *geom,
                                unsigned i, int tile_q, int tile_p);

/* Floats of, and filters packed as, [group][block of filters][channel][row][column][filter of the
 * block]: zeros where the last block of a group has fewer. */
size_t cc_pack_blocks_count(const cc_geom *geom, int block_k);
void cc_pack_blocks(float *packed, const cc_geom *geom, int block_k, const float *filters);

/* The larger of computing and moving, on this device; on a processor, whose cores wait for memory,
 * both. */
double cc_roofline(const cc_caps *caps, double flops, double bytes);

#endif

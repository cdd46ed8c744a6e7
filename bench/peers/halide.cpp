// halide.cpp - the peer Halide: grey f32 images, compiled just in time, schedules by hand.
//
// A schedule computes tiles of ROWS rows by VECTORS vectors of LANES columns in registers, the
// tiles of a strip of rows one after the other and strips on all cores. The sum is either one
// expression ("flat": for small filters) or a loop over the columns of taps, of which one is
// unrolled, so that the rows of a tile share what they load ("reduction"). The border is either
// part of the expression, of which Halide frees the interior by itself ("inlined"), or a padded
// copy of the strip's rows ("padded"). Every schedule is tried; the fastest stands for Halide.
#include "peer.h"
#include <Halide.h>
#include <memory>

namespace
{

using Halide::Func;
using Halide::Var;

enum class Sum { flat, reduction };
enum class Border { inlined, padded };

struct How {
    Sum sum;
    Border border;
    int lanes, vectors, rows, strip;
};

struct State {
    Halide::Buffer<float> x, f, y;
    Halide::Pipeline pipeline;
    Halide::Target target;
};

const int flat_taps = 121; // the most that are one expression: it grows with tile and filter

Func bounded(const Halide::Buffer<float> &x, clconv_border border)
{
    namespace conditions = Halide::BoundaryConditions;
    switch (border) {
    case CLCONV_CONSTANT:
        return conditions::constant_exterior(x, 0.0f);
    case CLCONV_REPLICATE:
        return conditions::repeat_edge(x);
    case CLCONV_REFLECT:
        return conditions::mirror_image(x);
    case CLCONV_REFLECT101:
        return conditions::mirror_interior(x);
    default:
        return conditions::repeat_image(x);
    }
}

Func flat_sum(const State &s, Func in, Var x, Var y, const peer_problem &problem)
{
    Func out("out");
    Halide::Expr sum = 0.0f;
    for (int i = 0; i < problem.desc.r; i++)
        for (int j = 0; j < problem.desc.s; j++)
            sum += s.f(j, i) * in(x + j - problem.pad_left, y + i - problem.pad_top);
    out(x, y) = sum;
    return out;
}

void schedule(Func out, Func in, const How &how, Var x, Var y, Func *sum, const Halide::RDom &taps)
{
    Var strip("strip"), tile_x("tile_x"), tile_y("tile_y"), in_x("in_x"), in_y("in_y"),
        lane("lane");
    out.split(y, strip, y, how.strip)
        .tile(x, y, tile_x, tile_y, in_x, in_y, how.lanes * how.vectors, how.rows)
        .vectorize(in_x, how.lanes)
        .unroll(in_x)
        .unroll(in_y)
        .parallel(strip);
    if (sum) {
        sum->compute_at(out, tile_x).vectorize(x, how.lanes).unroll(x).unroll(y);
        sum->update()
            .reorder(x, y, taps.x, taps.y)
            .vectorize(x, how.lanes)
            .unroll(x)
            .unroll(y)
            .unroll(taps.x);
    }
    if (how.border == Border::padded)
        in.compute_at(out, strip).vectorize(in.args()[0], how.lanes);
}

Halide::Pipeline pipeline_of(const State &s, const How &how, const peer_problem &problem)
{
    const clconv_desc &d = problem.desc;
    Var x("x"), y("y");
    Halide::RDom taps(0, d.r, 0, d.s); // x runs over rows: the inner, unrolled loop
    Func in = bounded(s.x, d.border), out("out"), sum("sum");
    if (how.sum == Sum::flat) {
        out = flat_sum(s, in, x, y, problem);
        schedule(out, in, how, x, y, nullptr, taps);
    } else {
        sum(x, y) = 0.0f;
        sum(x, y) +=
            s.f(taps.y, taps.x) * in(x + taps.y - problem.pad_left, y + taps.x - problem.pad_top);
        out(x, y) = sum(x, y);
        schedule(out, in, how, x, y, &sum, taps);
    }
    return Halide::Pipeline(out);
}

const char *why_not(const peer_problem &problem, const How &how)
{
    const clconv_desc &d = problem.desc;
    const bool small = d.r * d.s <= flat_taps;
    if (const char *why = peer_image_filter(&problem))
        return why;
    if (d.x_type != CLCONV_F32 || d.y_type != CLCONV_F32 || d.c != 1)
        return "scheduled for grey f32 images only";
    if (d.border == CLCONV_CONSTANT && d.border_value != 0)
        return "scheduled for zeros around the image only";
    if (d.h < how.strip || d.w < how.lanes * how.vectors)
        return "the image is smaller than a tile";
    return how.sum == Sum::reduction || small ? nullptr : "too many taps for one expression";
}

const char *prepare(const peer_problem *problem, const void *parameters, void **state)
try {
    const clconv_desc &d = problem->desc;
    const How &how = *static_cast<const How *>(parameters);
    if (const char *why = why_not(*problem, how))
        return why;
    auto s = std::make_unique<State>();
    s->x = Halide::Buffer<float>(static_cast<float *>(problem->x), d.w, d.h);
    s->f = Halide::Buffer<float>(problem->filters, d.s, d.r);
    s->y = Halide::Buffer<float>(static_cast<float *>(problem->y), d.w, d.h);
    s->target = Halide::get_host_target();
    s->pipeline = pipeline_of(*s, how, *problem);
    s->pipeline.compile_jit(s->target);
    *state = s.release();
    return nullptr;
} catch (const Halide::Error &error) {
    return peer_why("%s", error.what());
}

const char *run(void *state)
try {
    State &s = *static_cast<State *>(state);
    s.pipeline.realize(s.y, s.target);
    return nullptr;
} catch (const Halide::Error &error) {
    return peer_why("%s", error.what());
}

void finish(void *state, void *)
{
    delete static_cast<State *>(state); // y is the problem's own memory
}

const char *version()
{
    return peer_why("%s, %s", PEER_HALIDE, Halide::get_host_target().to_string().c_str());
}

#define SCHEDULE(sum, border, lanes, vectors, rows, strip)                                         \
    {                                                                                              \
        "jit:" #sum "-" #border "-" #lanes "x" #vectors "x" #rows "-" #strip,                      \
            new How{Sum::sum, Border::border, lanes, vectors, rows, strip}, prepare, run, finish   \
    }

} // namespace

int main(int argc, char **argv)
{
    const peer_variant variants[] = {
#include "halide_schedules.inc"
    };
    const peer halide = {"halide", version, variants, sizeof variants / sizeof *variants, false};
    return peer_main(argc, argv, &halide);
}

// onednn.cpp - the peer oneDNN on processors, f32.
//
// "own": the tensors lie as its algorithm likes them, which is how a whole network runs; reordering
// is not measured. "reordered": from and to the problem's layout, reorders measured. "as-is": its
// kernels for the problem's layout. Weights are packed once everywhere.
#include "peer.h"
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>

namespace
{

using dnnl::algorithm;
using dnnl::memory;

enum class Layout { own, reordered, as_is };

struct How {
    Layout layout;
    algorithm method;
};

struct Shape {
    memory::dims x, w, y, strides, dilation, before, after;
    memory::format_tag x_tag, w_tag, y_tag;
};

struct State {
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
    memory x, y; // in the problem's layout, the caller's memory
    memory own_x, own_w, own_y;
    dnnl::convolution_forward convolution;
    dnnl::reorder to_own, from_own;
    bool reorders_x = false, reorders_y = false; // in what is measured
};

Shape shape_of(const peer_problem &problem)
{
    const clconv_desc &d = problem.desc;
    const bool groups = d.groups > 1;
    Shape s;
    s.x = {d.n, d.c, d.h, d.w};
    s.y = {d.n, d.k, problem.sizes.p, problem.sizes.q};
    s.w = {d.k, d.c, d.r, d.s};
    if (groups)
        s.w = {d.groups, d.k / d.groups, d.c / d.groups, d.r, d.s};
    s.strides = {d.stride_h, d.stride_w};
    s.dilation = {d.dilation_h - 1, d.dilation_w - 1}; // counted from 0 there
    s.before = {problem.pad_top, problem.pad_left};
    s.after = {problem.pad_bottom, problem.pad_right};
    s.x_tag = d.x_layout == CLCONV_NCHW ? memory::format_tag::nchw : memory::format_tag::nhwc;
    s.y_tag = d.y_layout == CLCONV_NCHW ? memory::format_tag::nchw : memory::format_tag::nhwc;
    s.w_tag = groups ? memory::format_tag::goihw : memory::format_tag::oihw;
    return s;
}

using Primitive = dnnl::convolution_forward::primitive_desc;

#if DNNL_VERSION_MAJOR >= 3
Primitive primitive_of(const dnnl::engine &engine, algorithm method, const Shape &s,
                       const memory::desc &x, const memory::desc &w, const memory::desc &y)
{
    return Primitive(engine, dnnl::prop_kind::forward_inference, method, x, w, y, s.strides,
                     s.dilation, s.before, s.after);
}
#else
Primitive primitive_of(const dnnl::engine &engine, algorithm method, const Shape &s,
                       const memory::desc &x, const memory::desc &w, const memory::desc &y)
{
    const dnnl::convolution_forward::desc desc(dnnl::prop_kind::forward_inference, method, x, w, y,
                                               s.strides, s.dilation, s.before, s.after);
    return Primitive(desc, engine);
}
#endif

Primitive primitive_of(const dnnl::engine &engine, const How &how, const Shape &s)
{
    const memory::data_type f32 = memory::data_type::f32;
    const memory::format_tag any = memory::format_tag::any;
    const bool as_is = how.layout == Layout::as_is;
    return primitive_of(engine, how.method, s, memory::desc(s.x, f32, as_is ? s.x_tag : any),
                        memory::desc(s.w, f32, any), memory::desc(s.y, f32, as_is ? s.y_tag : any));
}

void make(State &s, const How &how, const peer_problem &problem)
{
    const Shape shape = shape_of(problem);
    const memory::data_type f32 = memory::data_type::f32;
    const Primitive primitive = primitive_of(s.engine, how, shape);
    s.x = memory({shape.x, f32, shape.x_tag}, s.engine, problem.x);
    s.y = memory({shape.y, f32, shape.y_tag}, s.engine, problem.y);
    memory w({shape.w, f32, shape.w_tag}, s.engine, problem.filters);
    s.own_w = memory(primitive.weights_desc(), s.engine);
    dnnl::reorder(w, s.own_w).execute(s.stream, w, s.own_w);
    const bool same_x = primitive.src_desc() == s.x.get_desc();
    const bool same_y = primitive.dst_desc() == s.y.get_desc();
    s.own_x = same_x ? s.x : memory(primitive.src_desc(), s.engine);
    s.own_y = same_y ? s.y : memory(primitive.dst_desc(), s.engine);
    s.convolution = dnnl::convolution_forward(primitive);
    s.to_own = dnnl::reorder(s.x, s.own_x);
    s.from_own = dnnl::reorder(s.own_y, s.y);
    s.reorders_x = how.layout == Layout::reordered && !same_x;
    s.reorders_y = how.layout == Layout::reordered && !same_y;
    if (!same_x)
        s.to_own.execute(s.stream, s.x, s.own_x);
    s.stream.wait();
}

const char *why_not(const peer_problem &problem)
{
    if (problem.desc.x_type != CLCONV_F32 || problem.desc.y_type != CLCONV_F32)
        return "compared in f32 only";
    return peer_zero_padding(&problem);
}

const char *prepare(const peer_problem *problem, const void *how, void **state)
try {
    if (const char *why = why_not(*problem))
        return why;
    auto s = std::make_unique<State>();
    make(*s, *static_cast<const How *>(how), *problem);
    *state = s.release();
    return nullptr;
} catch (const dnnl::error &error) {
    return peer_why("%s", error.what());
}

const char *run(void *state)
try {
    State &s = *static_cast<State *>(state);
    if (s.reorders_x)
        s.to_own.execute(s.stream, s.x, s.own_x);
    s.convolution.execute(
        s.stream, {{DNNL_ARG_SRC, s.own_x}, {DNNL_ARG_WEIGHTS, s.own_w}, {DNNL_ARG_DST, s.own_y}});
    if (s.reorders_y)
        s.from_own.execute(s.stream, s.own_y, s.y);
    s.stream.wait();
    return nullptr;
} catch (const dnnl::error &error) {
    return peer_why("%s", error.what());
}

void finish(void *state, void *y)
{
    const std::unique_ptr<State> s(static_cast<State *>(state));
    if (!s || !y || s->own_y.get_data_handle() == y)
        return;
    s->from_own.execute(s->stream, s->own_y, s->y);
    s->stream.wait();
}

const char *version()
{
    const dnnl_version_t *const v = dnnl_version();
    return peer_why("oneDNN %d.%d.%d, instruction set %d", v->major, v->minor, v->patch,
                    static_cast<int>(dnnl::get_effective_cpu_isa()));
}

const How own_direct = {Layout::own, algorithm::convolution_direct},
          own_winograd = {Layout::own, algorithm::convolution_winograd},
          own_auto = {Layout::own, algorithm::convolution_auto},
          reordered_direct = {Layout::reordered, algorithm::convolution_direct},
          reordered_winograd = {Layout::reordered, algorithm::convolution_winograd},
          reordered_auto = {Layout::reordered, algorithm::convolution_auto},
          as_is = {Layout::as_is, algorithm::convolution_auto};

const peer_variant variants[] = {
    {"own:direct", &own_direct, prepare, run, finish},
    {"own:winograd", &own_winograd, prepare, run, finish},
    {"own:auto", &own_auto, prepare, run, finish},
    {"from-to:direct", &reordered_direct, prepare, run, finish},
    {"from-to:winograd", &reordered_winograd, prepare, run, finish},
    {"from-to:auto", &reordered_auto, prepare, run, finish},
    {"from-to:as-is", &as_is, prepare, run, finish},
};

} // namespace

int main(int argc, char **argv)
{
    const peer onednn = {"onednn", version, variants, sizeof variants / sizeof *variants, false};
    return peer_main(argc, argv, &onednn);
}

// opencv.cpp - the peer OpenCV: its functions for image filters, on processors.
//
// filter2D and sepFilter2D run on one core; "-strips" calls them on strips of rows from all cores,
// which gives the same image: OpenCV looks beyond a region of interest for its border.
#include "peer.h"
#include <algorithm>
#include <memory>
#include <opencv2/core/ocl.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>

namespace
{

enum class Function { filter2D, sepFilter2D, GaussianBlur, boxFilter };

struct How {
    Function function;
    bool strips;
};

struct State {
    const peer_problem *problem;
    How how;
    cv::Mat x, y, filter, column, row;
    cv::Point anchor;
    int border;
};

const int strips_of_a_core = 4; // few: each reads the rows of its neighbours under its filter

int depth_of(clconv_type type)
{
    switch (type) {
    case CLCONV_F32:
        return CV_32F;
    case CLCONV_F64:
        return CV_64F;
    case CLCONV_U8:
        return CV_8U;
    case CLCONV_S8:
        return CV_8S;
    case CLCONV_U16:
        return CV_16U;
    case CLCONV_S16:
        return CV_16S;
    default:
        return -1;
    }
}

int border_of(const clconv_desc &d)
{
    switch (d.border) {
    case CLCONV_CONSTANT:
        return d.border_value == 0 ? cv::BORDER_CONSTANT : -1;
    case CLCONV_REPLICATE:
        return cv::BORDER_REPLICATE;
    case CLCONV_REFLECT:
        return cv::BORDER_REFLECT;
    case CLCONV_REFLECT101:
        return cv::BORDER_REFLECT_101;
    default:
        return -1;
    }
}

void apply(const State &s, const cv::Mat &x, cv::Mat &y)
{
    const clconv_desc &d = s.problem->desc;
    switch (s.how.function) {
    case Function::filter2D:
        cv::filter2D(x, y, y.depth(), s.filter, s.anchor, 0, s.border);
        break;
    case Function::sepFilter2D:
        cv::sepFilter2D(x, y, y.depth(), s.row, s.column, s.anchor, 0, s.border);
        break;
    case Function::GaussianBlur:
        cv::GaussianBlur(x, y, cv::Size(d.s, d.r), s.problem->sigma, s.problem->sigma, s.border);
        break;
    case Function::boxFilter:
        cv::boxFilter(x, y, y.depth(), cv::Size(d.s, d.r), s.anchor, true, s.border);
        break;
    }
}

const char *run(void *state)
try {
    State &s = *static_cast<State *>(state);
    const uchar *const memory = s.y.data;
    const int strips = strips_of_a_core * cv::getNumThreads();
    const int strip_rows = (s.x.rows + strips - 1) / strips;
    if (s.how.strips)
        cv::parallel_for_(cv::Range(0, strips), [&](const cv::Range &part) {
            const cv::Range rows(std::min(part.start * strip_rows, s.x.rows),
                                 std::min(part.end * strip_rows, s.x.rows));
            cv::Mat y = s.y.rowRange(rows);
            if (rows.size() > 0)
                apply(s, s.x.rowRange(rows), y);
        });
    else
        apply(s, s.x, s.y);
    return s.y.data == memory ? nullptr : "the result lies elsewhere";
} catch (const std::exception &error) {
    return peer_why("%s", error.what());
}

const char *why_not(const peer_problem &problem, const How &how)
{
    const clconv_desc &d = problem.desc;
    if (const char *why = peer_image_filter(&problem))
        return why;
    if (depth_of(d.x_type) < 0 || depth_of(d.y_type) < 0)
        return "no such type";
    if (border_of(d) < 0)
        return "no such border";
    switch (how.function) {
    case Function::sepFilter2D:
        return problem.row ? nullptr : "the filter has no known factors";
    case Function::GaussianBlur:
        if (d.x_type != d.y_type)
            return "output of the input's type only";
        return problem.sigma > 0 ? nullptr : "no gaussian";
    case Function::boxFilter:
        return problem.box ? nullptr : "no box";
    default:
        return nullptr;
    }
}

const char *prepare(const peer_problem *problem, const void *parameters, void **state)
try {
    const clconv_desc &d = problem->desc;
    const How &how = *static_cast<const How *>(parameters);
    if (const char *why = why_not(*problem, how))
        return why;
    cv::setUseOptimized(true);
    cv::ocl::setUseOpenCL(false);
    auto s = std::make_unique<State>();
    s->problem = problem;
    s->how = how;
    s->anchor = cv::Point(problem->pad_left, problem->pad_top);
    s->border = border_of(d);
    s->x = cv::Mat(d.h, d.w, CV_MAKETYPE(depth_of(d.x_type), d.c), problem->x);
    s->y = cv::Mat(d.h, d.w, CV_MAKETYPE(depth_of(d.y_type), d.c), problem->y);
    s->filter = cv::Mat(d.r, d.s, CV_32F, problem->filters);
    if (problem->row) {
        s->row = cv::Mat(1, d.s, CV_32F, problem->row);
        s->column = cv::Mat(d.r, 1, CV_32F, problem->column);
    }
    *state = s.release();
    return nullptr;
} catch (const std::exception &error) {
    return peer_why("%s", error.what());
}

void finish(void *state, void *)
{
    delete static_cast<State *>(state); // y is the problem's own memory
}

const char *version()
{
    return peer_why("OpenCV %s, %d threads, %s", CV_VERSION, cv::getNumThreads(),
                    cv::getCPUFeaturesLine().c_str());
}

const How filter2d = {Function::filter2D, false}, filter2d_strips = {Function::filter2D, true},
          separate = {Function::sepFilter2D, false},
          separate_strips = {Function::sepFilter2D, true},
          gaussian = {Function::GaussianBlur, false},
          gaussian_strips = {Function::GaussianBlur, true}, box = {Function::boxFilter, false},
          box_strips = {Function::boxFilter, true};

const peer_variant variants[] = {
    {"filter2D", &filter2d, prepare, run, finish},
    {"filter2D-strips", &filter2d_strips, prepare, run, finish},
    {"sepFilter2D", &separate, prepare, run, finish},
    {"sepFilter2D-strips", &separate_strips, prepare, run, finish},
    {"GaussianBlur", &gaussian, prepare, run, finish},
    {"GaussianBlur-strips", &gaussian_strips, prepare, run, finish},
    {"boxFilter", &box, prepare, run, finish},
    {"boxFilter-strips", &box_strips, prepare, run, finish},
};

} // namespace

int main(int argc, char **argv)
{
    const peer opencv = {"opencv", version, variants, sizeof variants / sizeof *variants, false};
    return peer_main(argc, argv, &opencv);
}

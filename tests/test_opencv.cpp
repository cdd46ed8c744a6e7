// test_opencv.cpp - the referee against OpenCV's filter2D, an independent implementation.
//
// filter2D is a correlation over one image with one filter. It takes four of the borders itself;
// for wrap, and for a constant other than 0, copyMakeBorder pads first and the padding is cut off.
#include <clconv/clconv.h>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "suite.h" // last: Check defines a macro fail

namespace
{

struct Case {
    int rows, columns, r, s; // image, filter
    int anchor_r, anchor_s;  // the tap that lies on the output
};

const Case cases[] = {
    {23, 31, 3, 3, 1, 1}, {23, 31, 5, 5, 2, 2}, {17, 19, 1, 7, 0, 3}, {17, 19, 7, 1, 3, 0},
    {16, 12, 2, 2, 0, 0}, {16, 12, 2, 2, 1, 1}, {16, 12, 4, 6, 1, 2}, {16, 12, 4, 6, 2, 4},
    {16, 12, 3, 5, 0, 4}, {5, 4, 7, 9, 3, 4},   {1, 1, 3, 3, 1, 1},   {1, 9, 3, 3, 1, 1},
    {9, 1, 5, 4, 2, 1},   {2, 3, 7, 7, 3, 3},   {1, 1, 5, 6, 2, 2},   {40, 37, 11, 13, 5, 6},
};

struct Border {
    clconv_border ours;
    int theirs;
    double value;
};

const Border borders[] = {
    {CLCONV_CONSTANT, cv::BORDER_CONSTANT, 0},      {CLCONV_CONSTANT, cv::BORDER_CONSTANT, 3},
    {CLCONV_REPLICATE, cv::BORDER_REPLICATE, 0},    {CLCONV_REFLECT, cv::BORDER_REFLECT, 0},
    {CLCONV_REFLECT101, cv::BORDER_REFLECT_101, 0}, {CLCONV_WRAP, cv::BORDER_WRAP, 0},
};

bool filter2d_knows(const Border &border)
{
    return border.ours != CLCONV_WRAP && border.value == 0;
}

cv::Mat by_filter2d(const cv::Mat &x, const cv::Mat &filter, int depth, const Case &c,
                    const Border &border)
{
    const cv::Point anchor(c.anchor_s, c.anchor_r);
    cv::Mat y;
    if (filter2d_knows(border)) {
        cv::filter2D(x, y, depth, filter, anchor, 0, border.theirs);
        return y;
    }
    cv::Mat padded, whole;
    cv::copyMakeBorder(x, padded, c.r, c.r, c.s, c.s, border.theirs, cv::Scalar::all(border.value));
    cv::filter2D(padded, whole, depth, filter, anchor, 0, cv::BORDER_REPLICATE);
    whole(cv::Rect(c.s, c.r, x.cols, x.rows)).copyTo(y);
    return y;
}

// The same filter for each of the channels, which lie side by side in a Mat.
cv::Mat by_clconv(clconv_context *host, const cv::Mat &x, const cv::Mat &filter, clconv_type x_type,
                  clconv_type y_type, int y_depth, const Case &c, const Border &border)
{
    const int channels = x.channels();
    clconv_desc desc = {};
    desc.c = desc.k = desc.groups = channels;
    desc.h = x.rows;
    desc.w = x.cols;
    desc.r = c.r;
    desc.s = c.s;
    desc.extent = CLCONV_SAME;
    desc.anchor_shift_h = c.anchor_r - (c.r - 1) / 2;
    desc.anchor_shift_w = c.anchor_s - (c.s - 1) / 2;
    desc.border = border.ours;
    desc.border_value = border.value;
    desc.x_type = x_type;
    desc.y_type = y_type;
    desc.x_layout = desc.y_layout = CLCONV_NHWC;
    std::vector<float> filters;
    for (int i = 0; i < channels; i++)
        filters.insert(filters.end(), filter.ptr<float>(), filter.ptr<float>() + c.r * c.s);
    cv::Mat y(x.rows, x.cols, CV_MAKETYPE(y_depth, channels), cv::Scalar::all(99));
    const clconv_status status = clconv_run(host, &desc, x.data, filters.data(), nullptr, y.data);
    ck_assert_msg(status == CLCONV_OK, "%s", clconv_last_error());
    return y;
}

// From this size on, filter2D may go by way of a DFT, and is then not exact for whole numbers.
const int dft_taps = 50;

void compare(clconv_type x_type, int x_mat, clconv_type y_type, int y_depth, int fraction,
             double tolerance, double dft_tolerance)
{
    clconv_context *host = nullptr;
    cv::RNG random(2024);
    ck_assert_msg(clconv_context_create(&host, "host") == CLCONV_OK, "%s", clconv_last_error());
    for (const Case &c : cases)
        for (const Border &border : borders) {
            cv::Mat x(c.rows, c.columns, x_mat), filter(c.r, c.s, CV_32F);
            random.fill(x, cv::RNG::UNIFORM, x.depth() == CV_8U ? 0 : -100, 256);
            random.fill(filter, cv::RNG::UNIFORM, -9, 10);
            if (fraction) // whole numbers over a power of two: sums are exact, and halves occur
                for (float &tap : cv::Mat_<float>(filter))
                    tap = std::floor(tap) / (float)fraction;
            const cv::Mat theirs = by_filter2d(x, filter, y_depth, c, border);
            const cv::Mat ours = by_clconv(host, x, filter, x_type, y_type, y_depth, c, border);
            const double error = cv::norm(ours, theirs, cv::NORM_INF);
            ck_assert_msg(error <= (c.r * c.s < dft_taps ? tolerance : dft_tolerance),
                          "%dx%d image, %dx%d filter, anchor %d,%d, %s: %g", c.rows, c.columns, c.r,
                          c.s, c.anchor_r, c.anchor_s, clconv_border_name(border.ours), error);
        }
    clconv_context_destroy(host);
}

} // namespace

START_TEST(doubles_agree_to_their_last_digits)
{
    compare(CLCONV_F64, CV_64F, CLCONV_F64, CV_64F, 0, 1e-9, 1e-9); // sums up to 1e5
}
END_TEST

START_TEST(floats_agree_to_their_last_digits)
{
    compare(CLCONV_F32, CV_32F, CLCONV_F32, CV_32F, 0, 0.05, 0.5); // sums up to 1e5
}
END_TEST

START_TEST(bytes_to_signed_words_are_equal)
{
    compare(CLCONV_U8, CV_8U, CLCONV_S16, CV_16S, 1, 0, 1);
}
END_TEST

START_TEST(bytes_to_floats_are_equal)
{
    compare(CLCONV_U8, CV_8U, CLCONV_F32, CV_32F, 4, 0, 0.5);
}
END_TEST

START_TEST(bytes_to_bytes_round_and_saturate_alike)
{
    compare(CLCONV_U8, CV_8U, CLCONV_U8, CV_8U, 8, 0, 1);
}
END_TEST

START_TEST(three_channels_side_by_side_are_equal)
{
    compare(CLCONV_U8, CV_8UC3, CLCONV_S16, CV_16S, 2, 0, 1);
}
END_TEST

START_TEST(unsigned_words_to_floats_are_equal)
{
    compare(CLCONV_U16, CV_16U, CLCONV_F32, CV_32F, 4, 0, 0.5);
}
END_TEST

SUITE_MAIN("opencv", &doubles_agree_to_their_last_digits, &floats_agree_to_their_last_digits,
           &bytes_to_signed_words_are_equal, &bytes_to_floats_are_equal,
           &bytes_to_bytes_round_and_saturate_alike, &three_channels_side_by_side_are_equal,
           &unsigned_words_to_floats_are_equal)

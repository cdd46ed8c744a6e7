/* simple.c - from array to array in one call: a 3 x 3 mean of a small image, on the best device. */
#include <clconv/clconv.h>
#include <stdio.h>

enum { H = 4, W = 6 };

int main(void)
{
    const float image[H][W] = {{0, 0, 0, 9, 9, 9}, {0, 0, 0, 9, 9, 9}, {0, 0, 0, 9, 9, 9}};
    const float ones[3][3] = {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}};
    const clconv_desc mean = {.h = H,
                              .w = W,
                              .r = 3,
                              .s = 3,
                              .extent = CLCONV_SAME,
                              .border = CLCONV_REPLICATE,
                              .scale = 1.0 / 9};
    float blurred[H][W];
    clconv_context *context = NULL;
    clconv_status status = clconv_context_create(&context, NULL);
    if (status == CLCONV_OK)
        status = clconv_run(context, &mean, image, ones[0], NULL, blurred);
    clconv_context_destroy(context);
    if (status != CLCONV_OK) {
        fprintf(stderr, "simple: %s\n", clconv_last_error());
        return 1;
    }
    for (int p = 0; p < H; p++)
        for (int q = 0; q < W; q++)
            printf("%5.2f%c", (double)blurred[p][q], q < W - 1 ? ' ' : '\n');
    return blurred[0][2] > 2.9f && blurred[0][2] < 3.1f ? 0 : 1;
}

/* preset_make.h - the taps of each preset; false after a message. Numbers are in range. */
#ifndef CLI_PRESET_MAKE_H
#define CLI_PRESET_MAKE_H

#include "kernel.h"

bool preset_identity(struct kernel *kernel, const double *numbers);
bool preset_box(struct kernel *kernel, const double *numbers);
bool preset_gaussian(struct kernel *kernel, const double *numbers);
bool preset_motion(struct kernel *kernel, const double *numbers);
bool preset_sharpen(struct kernel *kernel, const double *numbers);
bool preset_unsharp(struct kernel *kernel, const double *numbers);
bool preset_emboss(struct kernel *kernel, const double *numbers);
bool preset_laplacian(struct kernel *kernel, const double *numbers);
bool preset_log(struct kernel *kernel, const double *numbers);
bool preset_sobel_x(struct kernel *kernel, const double *numbers);
bool preset_sobel_y(struct kernel *kernel, const double *numbers);
bool preset_sobel_magnitude(struct kernel *kernel, const double *numbers);
bool preset_prewitt_x(struct kernel *kernel, const double *numbers);
bool preset_prewitt_y(struct kernel *kernel, const double *numbers);
bool preset_prewitt_magnitude(struct kernel *kernel, const double *numbers);
bool preset_scharr_x(struct kernel *kernel, const double *numbers);
bool preset_scharr_y(struct kernel *kernel, const double *numbers);
bool preset_scharr_magnitude(struct kernel *kernel, const double *numbers);

#endif

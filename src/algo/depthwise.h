/* depthwise.h - the form of depthwise whose lanes are channels, which lie side by side. */
#ifndef CC_ALGO_DEPTHWISE_H
#define CC_ALGO_DEPTHWISE_H

#include "algo/algo.h"

/* Whether it takes a problem of one channel and one filter a group, and whether a tile is one of
 * its own: a plan goes by its tile, for a part of an image runs what the whole does. */
bool cc_depthwise_takes_channels(const cc_geom *geom, const cc_caps *caps);
bool cc_depthwise_is_channels(const cc_geom *geom, const cc_tile *tile);

double cc_depthwise_channels_estimate(const cc_problem *problem);
cc_tile cc_depthwise_channels_tile(const cc_geom *geom, const cc_caps *caps);
clconv_status cc_depthwise_channels_plan(struct clconv_plan *plan);
void cc_depthwise_channels_pack(float *packed, const cc_geom *geom, const float *filters);
clconv_status cc_depthwise_channels_execute(const struct clconv_plan *plan, cc_run *run);

#endif

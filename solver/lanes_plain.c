/* The vector instructions for any machine. */
#define LANE_TABLE lane_runners_plain
#include "solver/lane_runners.inc"

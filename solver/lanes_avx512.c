/* The same for x86-64 with these extensions; solver/program.c asks the machine before it uses them. */
#if defined(__x86_64__)
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,avx512f,avx512bw,avx512vl,avx512dq"))),              \
                             apply_to = function)
#else
#pragma GCC target("avx2,bmi,bmi2,avx512f,avx512bw,avx512vl,avx512dq")
#endif
#define LANE_TABLE lane_runners_avx512
#include "solver/lane_runners.inc"
#ifdef __clang__
#pragma clang attribute pop
#endif
#else
typedef int nothing_for_this_machine;
#endif

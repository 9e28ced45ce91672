/* vectors/runner.h -- the runners (vectors/runners/), which go into the suites of their formats. */
#ifndef VECTORS_RUNNER_H
#define VECTORS_RUNNER_H

#define RUNNER(name) extern const char enimc_runner_##name##_begin[], enimc_runner_##name##_end[];
RUNNER(python)
RUNNER(go)
RUNNER(sh)
#undef RUNNER

#endif

/* tests/fuzz/server.h -- the server of tests/fuzz/world.yaml, for harnesses. */
#ifndef TESTS_FUZZ_SERVER_H
#define TESTS_FUZZ_SERVER_H

#include "wire/server.h"

/* As it is at the start, each time; lent for ever. */
struct server *fuzz_server(void);

#endif

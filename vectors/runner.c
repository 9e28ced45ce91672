/* As with the schemas (vectors/schema.c), the assembler puts the bytes of the files into the program. */
#include "vectors/runner.h"

#define FILE_BYTES(symbol, path)                                                                                       \
    __asm__(".pushsection .rodata\n"                                                                                   \
            ".balign 16\n"                                                                                             \
            "enimc_runner_" #symbol "_begin:\n"                                                                        \
            ".incbin \"" path "\"\n"                                                                                   \
            "enimc_runner_" #symbol "_end:\n"                                                                          \
            ".byte 0\n"                                                                                                \
            ".globl enimc_runner_" #symbol "_begin, enimc_runner_" #symbol "_end\n"                                    \
            ".popsection\n");

FILE_BYTES(python, "vectors/runners/test_vectors.py")
FILE_BYTES(go, "vectors/runners/vectors_test.go")
FILE_BYTES(sh, "vectors/runners/vectors.sh")

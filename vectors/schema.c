/* The schemas are files of their own, for editors, validators and people; the assembler puts their bytes into the
 * program (C11 has no #embed), so that it needs no data folder to write a suite.  Paths are relative to the root,
 * where make runs. */
#include "vectors/schema.h"

#define SCHEMA(symbol, path)                                                                                           \
    __asm__(".pushsection .rodata\n"                                                                                   \
            ".balign 16\n"                                                                                             \
            "enimc_schema_" #symbol "_begin:\n"                                                                        \
            ".incbin \"" path "\"\n"                                                                                   \
            "enimc_schema_" #symbol "_end:\n"                                                                          \
            ".byte 0\n"                                                                                                \
            ".globl enimc_schema_" #symbol "_begin, enimc_schema_" #symbol "_end\n"                                    \
            ".popsection\n");                                                                                          \
    extern const char enimc_schema_##symbol##_begin[], enimc_schema_##symbol##_end[];

SCHEMA(manifest, "vectors/schema/manifest.schema.json")
SCHEMA(vectors, "vectors/schema/vectors.schema.json")

const struct schema schemas[] = {
    {"manifest.schema.json", enimc_schema_manifest_begin, enimc_schema_manifest_end},
    {"vectors.schema.json", enimc_schema_vectors_begin, enimc_schema_vectors_end},
};
const size_t schema_count = sizeof schemas / sizeof *schemas;

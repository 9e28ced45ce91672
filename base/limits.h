/* base/limits.h -- every tunable size.  CONFIG=stress makes growth paths meet early. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#ifdef STRESS
#define LIMIT_ARENA_BLOCK_BYTES 64
#define LIMIT_VEC_FIRST 1
#define LIMIT_STATE_TABLE_FIRST 4
#else
#define LIMIT_ARENA_BLOCK_BYTES (64 * 1024)
#define LIMIT_VEC_FIRST 8
#define LIMIT_STATE_TABLE_FIRST (1 << 16)
#endif

/* Hostile input ends in a diagnostic before it ends in the machine's memory. */
#define LIMIT_FILE_BYTES (16u * 1024 * 1024)
#define LIMIT_SCALAR_BYTES (16u * 1024)
#define LIMIT_YAML_DEPTH 64
#define LIMIT_YAML_NODES 2000000u
#define LIMIT_TERM_DEPTH 200
#define LIMIT_DEFINITION_SIZE 1000000u /* operators of a definition, with those of the definitions it uses */
#define LIMIT_TERM_HEIGHT 2048         /* operators inside each other, also through definitions */
#define LIMIT_INCLUDE_FILES 200
#define LIMIT_DECLARATIONS 20000
#define LIMIT_ERRORS 100

/* Grounding: sizes beyond which a scope is refused with a message. */
#define LIMIT_OBJECTS_PER_KIND 4096
#define LIMIT_TRANSITIONS 4000000u
#define LIMIT_WORK 2500000u
#define LIMIT_STATE_VALUES 1000000u
#define LIMIT_MAP_KEYS 65536
#define LIMIT_ENUM_VALUES 4096
#define LIMIT_EXPRESSIONS 50000000u
#define LIMIT_INTEGER 1000000000

#endif

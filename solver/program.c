/* From expressions to vector instructions: layout of the code, then registers by linear scan. */
#include "solver/program.h"

#include <assert.h>
#include <string.h>

#include "solver/lanes.h"

#define NO_REGISTER UINT32_MAX

struct assembler {
    const struct system *system;
    const struct exprs *exprs;
    const struct layout *layout;
    struct program *program;
    uint32_t *values; /* by expression: its virtual register, or NO_REGISTER */
    bool *is_shared;  /* needed by guards or checks, so made outside of skipped regions */
    uint32_t next_register;
    VEC(expr_id) region; /* expressions made inside the skipped region that is open */
    VEC(expr_id) stack;
    bool in_region;
};

static uint32_t emit(struct assembler *as, enum lane_op op, uint32_t a, uint32_t b, uint32_t c, int32_t i, int32_t j) {
    struct lane_instruction in = {.op = op, .d = as->next_register++, .a = a, .b = b, .c = c, .i = i, .j = j};
    vec_push(&as->program->code, in);
    return in.d;
}

static bool is_const(const struct assembler *as, expr_id id, int32_t *value) {
    bool constant = expr_is_const(as->exprs, id, value);
    if (constant && expr_get(as->exprs, id)->is_bool)
        *value = -*value; /* a mask */
    return constant;
}

static uint32_t value_of(struct assembler *as, expr_id id) {
    int32_t constant;
    if (is_const(as, id, &constant))
        return emit(as, LANE_SET, 0, 0, 0, constant, 0);
    assert(as->values[id] != NO_REGISTER);
    return as->values[id];
}

/* The conjunction or disjunction of the arguments; a negated one costs nothing extra. */
static uint32_t emit_connective(struct assembler *as, expr_id id) {
    const struct expr *node = expr_get(as->exprs, id);
    const expr_id *args = expr_args(as->exprs, id);
    enum lane_op plain = node->op == OP_AND ? LANE_AND : LANE_OR, negated = node->op == OP_AND ? LANE_ANDN : LANE_ORN;
    uint32_t first = 0;
    while (first < node->count && expr_get(as->exprs, args[first])->op == OP_NOT)
        first++;
    if (first == node->count)
        first = 0;
    uint32_t result = value_of(as, args[first]);
    for (uint32_t i = 0; i < node->count; i++) {
        if (i == first)
            continue;
        bool is_not = expr_get(as->exprs, args[i])->op == OP_NOT;
        expr_id inner = is_not ? expr_args(as->exprs, args[i])[0] : args[i];
        result = emit(as, is_not ? negated : plain, result, value_of(as, inner), 0, 0, 0);
    }
    return result;
}

static uint32_t emit_comparison(struct assembler *as, expr_id id) {
    bool is_eq = expr_get(as->exprs, id)->op == OP_EQ;
    expr_id a = expr_args(as->exprs, id)[0], b = expr_args(as->exprs, id)[1];
    int32_t constant;
    if (is_const(as, a, &constant))
        return emit(as, is_eq ? LANE_EQ_I : LANE_GE_I, value_of(as, b), 0, 0, constant, 0);
    if (is_const(as, b, &constant))
        return emit(as, is_eq ? LANE_EQ_I : LANE_LE_I, value_of(as, a), 0, 0, constant, 0);
    return emit(as, is_eq ? LANE_EQ : LANE_LE, value_of(as, a), value_of(as, b), 0, 0, 0);
}

static uint32_t emit_ite(struct assembler *as, expr_id id) {
    const expr_id *args = expr_args(as->exprs, id);
    uint32_t c = value_of(as, args[0]);
    int32_t yes, no;
    bool const_yes = is_const(as, args[1], &yes), const_no = is_const(as, args[2], &no);
    if (const_yes && const_no)
        return emit(as, LANE_ITE_II, 0, 0, c, yes, no);
    if (const_yes)
        return emit(as, LANE_ITE_IA, 0, value_of(as, args[2]), c, yes, 0);
    if (const_no)
        return emit(as, LANE_ITE_AI, value_of(as, args[1]), 0, c, no, 0);
    return emit(as, LANE_ITE, value_of(as, args[1]), value_of(as, args[2]), c, 0, 0);
}

static uint32_t emit_select(struct assembler *as, expr_id id) {
    const struct expr *node = expr_get(as->exprs, id);
    const expr_id *args = expr_args(as->exprs, id);
    uint32_t index = value_of(as, args[0]), result = value_of(as, args[node->count - 1]);
    for (uint32_t i = 1; i + 1 < node->count; i++) {
        int32_t constant, at = node->payload + (int32_t)i - 1;
        if (is_const(as, args[i], &constant))
            result = emit(as, LANE_PICK_I, index, result, 0, at, constant);
        else
            result = emit(as, LANE_PICK, index, result, value_of(as, args[i]), at, 0);
    }
    return result;
}

static uint32_t emit_sum(struct assembler *as, expr_id id) {
    const struct expr *node = expr_get(as->exprs, id);
    const expr_id *args = expr_args(as->exprs, id);
    if (node->op == OP_COUNT) {
        uint32_t result = emit(as, LANE_NEG, value_of(as, args[0]), 0, 0, 0, 0);
        for (uint32_t i = 1; i < node->count; i++)
            result = emit(as, LANE_SUB, result, value_of(as, args[i]), 0, 0, 0);
        return result;
    }
    uint32_t result = value_of(as, args[0]);
    for (uint32_t i = 1; i < node->count; i++) {
        int32_t constant;
        if (is_const(as, args[i], &constant))
            result = emit(as, LANE_ADD_I, result, 0, 0, constant, 0);
        else
            result = emit(as, LANE_ADD, result, value_of(as, args[i]), 0, 0, 0);
    }
    return result;
}

static uint32_t emit_arithmetic(struct assembler *as, expr_id id) {
    const struct expr *node = expr_get(as->exprs, id);
    const expr_id *args = expr_args(as->exprs, id);
    int32_t constant;
    if (node->op == OP_MUL && is_const(as, args[0], &constant))
        return emit(as, LANE_MUL_I, value_of(as, args[1]), 0, 0, constant, 0);
    enum lane_op op = node->op == OP_MUL ? LANE_MUL : node->op == OP_DIV ? LANE_DIV : LANE_MOD;
    return emit(as, op, value_of(as, args[0]), value_of(as, args[1]), 0, 0, 0);
}

static uint32_t emit_node(struct assembler *as, expr_id id) {
    const struct expr *node = expr_get(as->exprs, id);
    switch ((enum op)node->op) {
    case OP_VAR:
        return emit(as, node->is_bool ? LANE_LOAD_BOOL : LANE_LOAD, 0, 0, 0, node->payload, 0);
    case OP_NOT:
        return emit(as, LANE_NOT, value_of(as, expr_args(as->exprs, id)[0]), 0, 0, 0, 0);
    case OP_AND:
    case OP_OR:
        return emit_connective(as, id);
    case OP_EQ:
    case OP_LE:
        return emit_comparison(as, id);
    case OP_ITE:
        return emit_ite(as, id);
    case OP_ADD:
    case OP_COUNT:
        return emit_sum(as, id);
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
        return emit_arithmetic(as, id);
    case OP_SELECT:
        return emit_select(as, id);
    case OP_CONST:
    case OP_NEXT:
    case OP_LAST:
        break;
    }
    assert(false); /* an expression over one state has none of these */
    return 0;
}

/* Makes `root` and what it needs; inside a skipped region only what nobody else needs (`shared` false). */
static void make(struct assembler *as, expr_id root, bool shared) {
    as->stack.count = 0;
    vec_push(&as->stack, root);
    while (as->stack.count > 0) {
        expr_id id = as->stack.at[as->stack.count - 1];
        const struct expr *node = expr_get(as->exprs, id);
        bool wanted = as->values[id] == NO_REGISTER && node->op != OP_CONST, ready = true;
        for (uint32_t i = 0; wanted && i < node->count; i++) {
            expr_id arg = expr_args(as->exprs, id)[i];
            if (as->values[arg] == NO_REGISTER && expr_get(as->exprs, arg)->op != OP_CONST) {
                vec_push(&as->stack, arg);
                ready = false;
            }
        }
        if (!ready)
            continue;
        as->stack.count--;
        if (!wanted)
            continue;
        assert(shared || as->in_region || as->is_shared[id]);
        as->values[id] = emit_node(as, id);
        if (as->in_region)
            vec_push(&as->region, id);
    }
}

/* Marks everything below `root`; stops at what is marked. */
static void mark_shared(struct assembler *as, expr_id root) {
    as->stack.count = 0;
    vec_push(&as->stack, root);
    while (as->stack.count > 0) {
        expr_id id = as->stack.at[--as->stack.count];
        if (as->is_shared[id])
            continue;
        as->is_shared[id] = true;
        for (uint32_t i = 0; i < expr_get(as->exprs, id)->count; i++)
            vec_push(&as->stack, expr_args(as->exprs, id)[i]);
    }
}

/* Makes the shared parts below `root` that are missing, before a region opens. */
static void make_shared_parts(struct assembler *as, expr_id root) {
    VEC(expr_id) todo = {0};
    vec_push(&todo, root);
    while (todo.count > 0) {
        expr_id id = todo.at[--todo.count];
        if (as->is_shared[id])
            make(as, id, true);
        else
            for (uint32_t i = 0; i < expr_get(as->exprs, id)->count; i++)
                vec_push(&todo, expr_args(as->exprs, id)[i]);
    }
    vec_free(&todo);
}

static void add_fire(struct assembler *as, transition_id t) {
    struct program *program = as->program;
    const struct system_transition *transition = &as->system->transitions.at[t];
    const struct system_update *updates = as->system->updates.at + transition->first_update;
    struct lane_fire fire = {
        .transition = t, .first_part = (uint32_t)program->parts.count, .first_word = (uint32_t)program->keeps.count};
    make(as, transition->guard, true);
    for (uint32_t i = 0; i < transition->update_count; i++)
        make_shared_parts(as, updates[i].value);
    uint32_t guard = value_of(as, transition->guard);
    for (uint32_t w = 0; w < program->words; w++) {
        vec_push(&program->keeps, UINT64_MAX);
        vec_push(&program->bits, 0);
    }
    size_t skip = program->code.count;
    emit(as, LANE_SKIP, guard, 0, 0, 0, 0);
    as->in_region = true;
    for (uint32_t i = 0; i < transition->update_count; i++) {
        const struct layout_place *place = &as->layout->places[updates[i].var];
        uint64_t mask = (UINT64_C(1) << place->bits) - 1;
        int32_t constant;
        program->keeps.at[fire.first_word + place->word] &= ~(mask << place->shift);
        if (expr_is_const(as->exprs, updates[i].value, &constant)) {
            program->bits.at[fire.first_word + place->word] |= ((uint64_t)((int64_t)constant - place->low) & mask)
                                                               << place->shift;
            continue;
        }
        make(as, updates[i].value, false);
        vec_push(&program->parts,
                 ((struct lane_part){as->values[updates[i].value], place->word, place->shift, place->low, mask}));
        fire.part_count++;
    }
    vec_push(&program->fires, fire);
    emit(as, LANE_FIRE, guard, 0, 0, (int32_t)program->fires.count - 1, 0);
    program->code.at[skip].i = (int32_t)program->code.count;
    as->in_region = false;
    for (size_t i = 0; i < as->region.count; i++)
        as->values[as->region.at[i]] = NO_REGISTER;
    as->region.count = 0;
}

/* ---- registers ---- */

static bool reads_a(enum lane_op op) {
    return op != LANE_LOAD && op != LANE_LOAD_BOOL && op != LANE_SET && op != LANE_ITE_IA && op != LANE_ITE_II &&
           op != LANE_END;
}
static bool reads_b(enum lane_op op) {
    return op == LANE_AND || op == LANE_OR || op == LANE_ANDN || op == LANE_ORN || op == LANE_EQ || op == LANE_LE ||
           op == LANE_ITE || op == LANE_ITE_IA || op == LANE_PICK || op == LANE_PICK_I || op == LANE_ADD ||
           op == LANE_SUB || op == LANE_MUL || op == LANE_DIV || op == LANE_MOD;
}
static bool reads_c(enum lane_op op) {
    return op == LANE_ITE || op == LANE_ITE_IA || op == LANE_ITE_AI || op == LANE_ITE_II || op == LANE_PICK;
}
static bool writes_d(enum lane_op op) {
    return op != LANE_SKIP && op != LANE_FIRE && op != LANE_CHECK && op != LANE_END;
}

/* Virtual registers are written once; a physical one is free again after the last reader. */
static void allocate_registers(struct assembler *as) {
    struct program *program = as->program;
    uint32_t *last = memory_resize(NULL, (as->next_register + 1) * sizeof *last);
    uint32_t *physical = memory_resize(NULL, (as->next_register + 1) * sizeof *physical);
    memset(last, 0, (as->next_register + 1) * sizeof *last);
    memset(physical, 0xFF, (as->next_register + 1) * sizeof *physical);
    for (uint32_t pc = 0; pc < program->code.count; pc++) {
        const struct lane_instruction *in = &program->code.at[pc];
        enum lane_op op = (enum lane_op)in->op;
        if (reads_a(op))
            last[in->a] = pc;
        if (reads_b(op))
            last[in->b] = pc;
        if (reads_c(op))
            last[in->c] = pc;
        for (uint32_t i = 0; op == LANE_FIRE && i < program->fires.at[in->i].part_count; i++)
            last[program->parts.at[program->fires.at[in->i].first_part + i].source] = pc;
    }
    VEC(uint32_t) free_list = {0};
    for (uint32_t pc = 0; pc < program->code.count; pc++) {
        struct lane_instruction *in = &program->code.at[pc];
        enum lane_op op = (enum lane_op)in->op;
        uint32_t sources[3] = {in->a, in->b, in->c};
        bool reads[3] = {reads_a(op), reads_b(op), reads_c(op)};
        uint32_t *places[3] = {&in->a, &in->b, &in->c};
        for (int k = 0; k < 3; k++)
            *places[k] = reads[k] ? physical[sources[k]] : 0;
        for (int k = 0; k < 3; k++) { /* each source is freed once */
            bool again =
                (k > 0 && reads[0] && sources[0] == sources[k]) || (k > 1 && reads[1] && sources[1] == sources[k]);
            if (reads[k] && !again && last[sources[k]] == pc && op != LANE_FIRE)
                vec_push(&free_list, physical[sources[k]]);
        }
        if (op == LANE_FIRE) {
            const struct lane_fire *fire = &program->fires.at[in->i];
            if (last[sources[0]] == pc)
                vec_push(&free_list, physical[sources[0]]);
            for (uint32_t i = 0; i < fire->part_count; i++) {
                struct lane_part *part = &program->parts.at[fire->first_part + i];
                uint32_t source = part->source;
                part->source = physical[source];
                if (last[source] == pc && source != sources[0]) {
                    vec_push(&free_list, part->source);
                    last[source] = UINT32_MAX; /* two fields may take the same value */
                }
            }
        }
        if (writes_d(op)) {
            uint32_t d = in->d;
            physical[d] = free_list.count > 0 ? free_list.at[--free_list.count] : program->register_count++;
            in->d = physical[d];
            if (last[d] == 0) /* nobody reads it */
                vec_push(&free_list, physical[d]);
        }
    }
    vec_free(&free_list);
    free(last);
    free(physical);
}

/* The narrowest lane that holds every number that can arise. */
static uint32_t lane_bytes(const struct exprs *exprs) {
    uint32_t bytes = 1;
    for (expr_id id = 0; id < exprs->nodes.count; id++) {
        const struct expr *node = expr_get(exprs, id);
        if (node->low < INT16_MIN || node->high > INT16_MAX ||
            (node->op == OP_SELECT && node->payload + (int64_t)node->count > INT16_MAX))
            return 4;
        if (node->low < INT8_MIN || node->high > INT8_MAX ||
            (node->op == OP_SELECT && node->payload + (int32_t)node->count > INT8_MAX))
            bytes = 2;
    }
    return bytes;
}

static lane_runner *find_runner(uint32_t bytes) {
    unsigned width = bytes == 1 ? 0 : bytes == 2 ? 1 : 2;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return lane_runners_avx512[width];
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
        return lane_runners_avx2[width];
#endif
    return lane_runners_plain[width];
}

static bool is_fired(const struct system *system, transition_id transition, bool fire, const struct action *only) {
    return fire && (only == NULL || system_action(system, transition) == only);
}

static struct program *make_program(const struct system *system, const struct layout *layout, bool fire,
                                    const struct action *only, const expr_id *checks, size_t check_count) {
    struct program *program = memory_resize(NULL, sizeof *program);
    *program = (struct program){.words = layout->words, .places = layout->places};
    size_t nodes = system->exprs.nodes.count;
    struct assembler as = {.system = system, .exprs = &system->exprs, .layout = layout, .program = program};
    as.values = memory_resize(NULL, nodes * sizeof *as.values);
    as.is_shared = memory_resize(NULL, nodes);
    memset(as.values, 0xFF, nodes * sizeof *as.values);
    memset(as.is_shared, 0, nodes);
    for (transition_id t = 0; t < system->transitions.count; t++)
        if (is_fired(system, t, fire, only))
            mark_shared(&as, system->transitions.at[t].guard);
    for (size_t i = 0; i < check_count; i++)
        mark_shared(&as, checks[i]);
    for (size_t i = 0; i < check_count; i++) {
        if (checks[i] == EXPR_FALSE)
            continue;
        make(&as, checks[i], true);
        emit(&as, LANE_CHECK, value_of(&as, checks[i]), 0, 0, (int32_t)i, 0);
    }
    for (transition_id t = 0; t < system->transitions.count; t++)
        if (is_fired(system, t, fire, only))
            add_fire(&as, t);
    emit(&as, LANE_END, 0, 0, 0, 0, 0);
    allocate_registers(&as);
    program->lane_bytes = lane_bytes(&system->exprs);
    program->run = find_runner(program->lane_bytes);
    vec_free(&as.region);
    vec_free(&as.stack);
    free(as.values);
    free(as.is_shared);
    return program;
}

struct program *program_new(const struct system *system, const struct layout *layout, bool fire, const expr_id *checks,
                            size_t check_count) {
    return make_program(system, layout, fire, NULL, checks, check_count);
}

struct program *program_new_of(const struct system *system, const struct layout *layout, const struct action *action,
                               const expr_id *checks, size_t check_count) {
    return make_program(system, layout, true, action, checks, check_count);
}

void program_free(struct program *program) {
    if (program == NULL)
        return;
    vec_free(&program->code);
    vec_free(&program->fires);
    vec_free(&program->parts);
    vec_free(&program->keeps);
    vec_free(&program->bits);
    free(program);
}

size_t program_register_bytes(const struct program *program) {
    return ((size_t)program->register_count + 1) * LANES * program->lane_bytes;
}

void *program_registers(const struct program *program) {
    size_t bytes = (program_register_bytes(program) + 63) / 64 * 64;
    void *registers = aligned_alloc(64, bytes);
    if (registers == NULL) {
        out_of_memory(bytes);
        abort();
    }
    return memset(registers, 0, bytes);
}

size_t program_length(const struct program *program) { return program->code.count; }

void program_run(const struct program *program, void *registers, const uint64_t *states, size_t count,
                 struct program_sink *sink) {
    sink->stopped = false;
    program->run(program, registers, states, count, sink);
    if (!sink->stopped && sink->count > 0) {
        sink->fired += sink->count;
        sink->stopped = !sink->flush(sink);
    }
}

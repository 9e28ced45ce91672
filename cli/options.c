#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

enum form {
    FORM_FLAG,
    FORM_TEXT,
    FORM_LIST,
    FORM_COUNT,
    FORM_BYTES,
    FORM_SECONDS,
    FORM_SETTING,
    FORM_WHEN,
    FORM_REPORT
};

static const struct option_spec {
    const char *name;
    char letter;
    const char *argument;
    enum form form;
    size_t offset;
    unsigned commands;
    const char *help;
} specs[] = {
#define OPTION(name, letter, argument, form, field, commands, help)                                                    \
    {name, letter, argument, form, offsetof(struct options, field), commands, help},
#include "cli/options.def"
#undef OPTION
};

static bool bad_value(const struct option_spec *spec, const char *expected, const char *found) {
    fprintf(stderr, "enimc: --%s: expected %s, found '%s'\n", spec->name, expected, found);
    return false;
}

static bool read_count(const struct option_spec *spec, const char *text, uint64_t *value, bool units) {
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    unsigned shift = units && strchr("kK", *end)   ? 10
                     : units && strchr("mM", *end) ? 20
                     : units && strchr("gG", *end) ? 30
                                                   : 0;
    if (*end == '\0')
        shift = 0;
    else if (shift != 0)
        end++;
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || number > UINT64_MAX >> shift)
        return bad_value(spec, units ? "a number of bytes such as 500M or 2G" : "a number", text);
    *value = (uint64_t)number << shift;
    if (*value == 0 && units)
        return bad_value(spec, "at least one byte", text);
    return true;
}

static bool read_setting(const struct option_spec *spec, const char *text, struct options *options) {
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return bad_value(spec, "NAME=VALUE", text);
    size_t length = (size_t)(equals - text);
    char *name = memory_resize(NULL, length + 1);
    memcpy(name, text, length);
    name[length] = '\0';
    struct span command_line = {UINT32_MAX, 0, 0, 0};
    vec_push(&options->settings, ((struct setting){name, equals + 1, command_line}));
    return true;
}

static bool read_value(const struct option_spec *spec, struct options *options, const char *text) {
    void *field = (char *)options + spec->offset;
    double seconds;
    char *end;
    switch (spec->form) {
    case FORM_FLAG:
        *(bool *)field = true;
        return true;
    case FORM_TEXT:
        *(const char **)field = text;
        return true;
    case FORM_LIST:
        vec_push((text_list *)field, text);
        return true;
    case FORM_COUNT:
        return read_count(spec, text, field, false);
    case FORM_BYTES:
        return read_count(spec, text, field, true);
    case FORM_SECONDS:
        seconds = strtod(text, &end);
        if (end == text || *end != '\0' || !isfinite(seconds) || seconds <= 0)
            return bad_value(spec, "a number of seconds above 0", text);
        *(double *)field = seconds;
        return true;
    case FORM_WHEN:
        if (strcmp(text, "auto") != 0 && strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
            return bad_value(spec, "auto, on or off", text);
        *(const char **)field = text;
        return true;
    case FORM_REPORT:
        vec_push(&options->reports, text);
        return true;
    case FORM_SETTING:
        return read_setting(spec, text, options);
    }
    return false;
}

bool options_read(struct options *options, const struct command *command, int argc, char **argv) {
    struct option table[ARRAY_SIZE(specs) + 1] = {{0}};
    char letters[2 * ARRAY_SIZE(specs) + 2] = "";
    size_t letter_count = 0, count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        if (!(specs[i].commands & command->flag))
            continue;
        table[count++] = (struct option){specs[i].name, specs[i].argument != NULL, NULL, (int)i + 256};
        if (specs[i].letter != 0) {
            letters[letter_count++] = specs[i].letter;
            if (specs[i].argument != NULL)
                letters[letter_count++] = ':';
        }
    }
    *options = (struct options){.max_depth = UINT32_MAX, .seed = 1, .walks = 100};
    optind = 2;
    for (;;) {
        int got = getopt_long(argc, argv, letters, table, NULL);
        if (got == -1)
            break;
        const struct option_spec *spec = NULL;
        for (size_t i = 0; i < ARRAY_SIZE(specs); i++)
            if ((specs[i].commands & command->flag) &&
                (got == (int)i + 256 || (got < 256 && specs[i].letter != 0 && got == specs[i].letter)))
                spec = &specs[i];
        if (spec == NULL) {
            fprintf(stderr, "Try 'enimc %s --help'.\n", command->name);
            return false;
        }
        if (!read_value(spec, options, optarg))
            return false;
    }
    for (int i = optind; i < argc; i++)
        vec_push(&options->inputs, argv[i]);
    if (options->help || (options->inputs.count + options->snapshots.count >= command->min_inputs &&
                          options->inputs.count <= command->max_inputs))
        return true;
    fprintf(stderr, "enimc %s: expected %s, found %zu argument%s\nTry 'enimc %s --help'.\n", command->name,
            command->arguments, options->inputs.count, options->inputs.count == 1 ? "" : "s", command->name);
    return false;
}

void options_clear(struct options *options) {
    for (size_t i = 0; i < options->settings.count; i++)
        free((void *)(uintptr_t)options->settings.at[i].name);
    vec_free(&options->inputs);
    vec_free(&options->settings);
    vec_free(&options->properties);
    vec_free(&options->snapshots);
    vec_free(&options->reports);
}

void options_help(const struct command *command, FILE *out) {
    fprintf(out, "Usage: enimc %s [OPTION]... %s\n%s.\n\nOptions:\n", command->name, command->arguments,
            command->summary);
    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        if (!(specs[i].commands & command->flag))
            continue;
        char name[64];
        snprintf(name, sizeof name, "%c%c%s --%s%s%s", specs[i].letter != 0 ? '-' : ' ',
                 specs[i].letter != 0 ? specs[i].letter : ' ', specs[i].letter != 0 ? "," : " ", specs[i].name,
                 specs[i].argument != NULL ? "=" : "", specs[i].argument != NULL ? specs[i].argument : "");
        fprintf(out, "  %-24s %s\n", name, specs[i].help);
    }
    fputs("\nExit status: 0 everything asked holds, 1 violation or finding, 2 unusable input or usage,\n"
          "3 no answer within the limits.\n",
          out);
}

void options_overview(FILE *out) {
    fputs("enimc - model checker and test-vector generator for EC2 network interfaces and Elastic IPs\n\n"
          "Usage: enimc COMMAND [OPTION]... [ARGUMENT]...\n\nCommands:\n",
          out);
    for (size_t i = 0; commands[i] != NULL; i++)
        fprintf(out, "  %-9s %-14s %s\n", commands[i]->name, commands[i]->arguments, commands[i]->summary);
    fputs("\n'enimc COMMAND --help' tells the options of a command, 'enimc help' this overview,\n"
          "'enimc --version' the version.\n",
          out);
}

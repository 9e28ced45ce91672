/* cli/exit.h -- what the exit status says; scripts rely on it. */
#ifndef CLI_EXIT_H
#define CLI_EXIT_H

enum exit_status {
    EXIT_HOLDS = 0,     /* everything asked holds */
    EXIT_VIOLATED = 1,  /* a violation or finding */
    EXIT_BAD_INPUT = 2, /* unusable input or usage */
    EXIT_UNKNOWN = 3    /* no answer within the limits */
};

#endif

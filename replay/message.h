/* replay/message.h -- a call as a form of the Query protocol, and its answer as the SDKs' structure.
 *
 * Names and types are those of specs/ec2/wire/shapes.yaml.  Reading is lenient: an empty element is as good as none,
 * and what the shapes do not know is passed over. */
#ifndef REPLAY_MESSAGE_H
#define REPLAY_MESSAGE_H

#include "replay/xml.h"
#include "wire/wire.h"

/* "Action=DeleteSubnet&Version=2016-11-15&SubnetId=subnet-1"; from the heap. */
char *message_form(const struct wire *wire, const struct wire_operation *operation, const struct jtree *params);

enum message_end { MESSAGE_OK, MESSAGE_ERROR, MESSAGE_BROKEN };

struct message {
    enum message_end end;
    struct jtree *answer; /* OK: freed by message_clear() */
    char code[80];        /* ERROR */
    char text[300];       /* ERROR: the service's words; BROKEN: what is wrong */
};

void message_read(const struct wire_operation *operation, int status, const char *body, size_t bytes,
                  struct message *message);
void message_clear(struct message *message);

#endif

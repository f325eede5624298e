/* What an agent handle holds, and the lines that the agent tells. */
#ifndef FEMTOWATCH_EMBED_AGENT_H
#define FEMTOWATCH_EMBED_AGENT_H

#include "agent/embed/facts.h"
#include "agent/embed/femtowatch-agent.h"

#include <stdbool.h>

enum { LONGEST_LINE = 4096, LONGEST_VERSION = 32, LONGEST_REASON = 1024 };

struct femtowatch_agent {
    int epoll; /* over the two below; what the host polls */
    int pidfd; /* -1 once it has ended */
    int socket;
    pid_t pid;
    int state;
    int64_t since;
    int exit_status;
    int exit_signal;
    bool told_exit; /* by itself, what is in exit_status then */
    char version[LONGEST_VERSION];
    char reason[LONGEST_REASON];
    char line[LONGEST_LINE]; /* the beginning of one that has not arrived whole */
    size_t filled;
    struct facts_told* facts;
    char* facts_directory;
};

/* Another state, from now on. */
void agent_enter(femtowatch_agent* agent, int state);

/* One line without its end. A word that is not known is of a later agent and passed over. Whether
 * something changed. */
bool agent_heard(femtowatch_agent* agent, char* line);

#endif

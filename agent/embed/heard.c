/* Lines of `femtowatch-agent run --status FD` (agent/host.h). */
#include "agent/embed/agent.h"

#include <stdio.h>
#include <string.h>

static void keep(char* into, size_t size, const char* text)
{
    snprintf(into, size, "%s", text);
}

/* "STATUS" or "STATUS REASON". Holds once it has ended. */
static void heard_exit(femtowatch_agent* agent, const char* text)
{
    int status = 0;
    int length = 0;
    if (sscanf(text, "%3d%n", &status, &length) != 1 || status < 0 || status > 255) {
        return;
    }
    agent->told_exit = true;
    agent->exit_status = status;
    if (text[length] == ' ') {
        keep(agent->reason, sizeof agent->reason, text + length + 1);
    }
}

bool agent_heard(femtowatch_agent* agent, char* line)
{
    char* const space = strchr(line, ' ');
    char none[] = "";
    char* rest = none;
    if (space) {
        *space = '\0';
        rest = space + 1;
    }
    if (strcmp(line, "agent") == 0) {
        keep(agent->version, sizeof agent->version, rest);
        return true;
    }
    if (strcmp(line, "serving") == 0 && agent->state == FEMTOWATCH_AGENT_STARTING) {
        agent_enter(agent, FEMTOWATCH_AGENT_RUNNING);
        return true;
    }
    if (strcmp(line, "exit") == 0) {
        heard_exit(agent, rest);
    }
    return strcmp(line, "facts") == 0 && facts_heard(&agent->facts, rest);
}

/* A daemon that runs the Femtowatch agent beside its own work, in one poll loop. Prints what
 * becomes of the agent, starts it again if it ends by itself, and ends on SIGTERM.
 *
 *   cc host.c $(pkg-config --cflags --libs femtowatch-agent) -o host
 *   ./host /etc/femtowatch/agent.conf            (behind it: another femtowatch-agent than the
 * installed) */
#include <femtowatch-agent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const char* const states[] = { "starting", "running", "stopping", "ended" };
static const int again_after = 2000; /* milliseconds */

static femtowatch_agent* start(const char* config, const char* program)
{
    struct femtowatch_agent_options options = FEMTOWATCH_AGENT_OPTIONS_INIT;
    femtowatch_agent* agent = NULL;
    int error;
    options.config_file = config;
    options.program = program;
    error = femtowatch_agent_start(&options, &agent);
    if (error != 0) {
        fprintf(stderr, "the agent cannot be started: %s\n", strerror(-error));
    }
    return agent;
}

static int show(const femtowatch_agent* agent)
{
    struct femtowatch_agent_status now;
    now.size = sizeof now;
    femtowatch_agent_get_status(agent, &now);
    printf("agent %s: %s", now.version, states[now.state]);
    if (now.state != FEMTOWATCH_AGENT_ENDED) {
        printf(", process %ld\n", (long)now.pid);
    } else if (now.exit_signal > 0) {
        printf(" by signal %d\n", now.exit_signal);
    } else {
        printf(" with %d%s%s\n", now.exit_status, *now.reason ? ": " : "", now.reason);
    }
    return now.state;
}

int main(int argc, char** argv)
{
    femtowatch_agent* agent;
    struct pollfd ready[2];
    sigset_t signals;
    int ending = 0;
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: %s CONFIG [PROGRAM]\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    ready[0].fd = signalfd(-1, &signals, SFD_CLOEXEC);
    ready[0].events = ready[1].events = POLLIN;
    agent = start(argv[1], argv[2]);

    while (!ending || agent) {
        ready[1].fd = agent ? femtowatch_agent_fd(agent) : -1;
        if (poll(ready, 2, agent ? -1 : again_after) == 0) {
            agent = start(argv[1], argv[2]);
            continue;
        }
        if (ready[0].revents & POLLIN) {
            struct signalfd_siginfo arrived;
            ending = read(ready[0].fd, &arrived, sizeof arrived) > 0;
            if (agent) {
                femtowatch_agent_stop(agent);
            }
        }
        if (agent && (ready[1].revents & POLLIN) && femtowatch_agent_process(agent) != 0
            && show(agent) == FEMTOWATCH_AGENT_ENDED) {
            femtowatch_agent_free(agent);
            agent = NULL;
        }
    }
    return 0;
}

#define _GNU_SOURCE
#include "agent/embed/agent.h"
#include "agent/embed/spawn.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t milliseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char* femtowatch_agent_version(void)
{
    return FEMTOWATCH_AGENT_VERSION;
}

void agent_enter(femtowatch_agent* agent, int state)
{
    agent->state = state;
    agent->since = milliseconds_now();
}

static int watch(int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN };
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static void close_if_open(int* fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* Options as this library knows them: what the caller does not know has its default. */
static int known(const struct femtowatch_agent_options* given, struct femtowatch_agent_options* all)
{
    const struct femtowatch_agent_options standard = FEMTOWATCH_AGENT_OPTIONS_INIT;
    *all = standard;
    if (!given || given->size < sizeof given->size) {
        return -EINVAL;
    }
    const unsigned char* const bytes = (const unsigned char*)given;
    for (size_t i = sizeof *all; i < given->size; ++i) {
        if (bytes[i] != 0) {
            return -E2BIG;
        }
    }
    memcpy(all, given, given->size < sizeof *all ? given->size : sizeof *all);
    if (!all->program) {
        all->program = FEMTOWATCH_AGENT_PROGRAM;
    }
    if (!all->facts_directory) {
        all->facts_directory = FEMTOWATCH_FACTS_DIRECTORY;
    }
    return all->config_file && *all->config_file == '/' && *all->program == '/' ? 0 : -EINVAL;
}

static int begin(femtowatch_agent* agent, const struct femtowatch_agent_options* options)
{
    char number[] = { '0' + SPAWN_STATUS_FD, '\0' };
    char* const arguments[] = { (char*)options->program, (char*)"run", (char*)"--config",
        (char*)options->config_file, (char*)"--status", number, NULL };
    int ends[2];
    agent->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (agent->epoll < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return -errno;
    }
    agent->socket = ends[0];
    const struct spawn what = { options->program, arguments,
        options->log_fd < 0 ? STDERR_FILENO : options->log_fd, ends[1] };
    int error = watch(agent->epoll, agent->socket);
    if (error == 0) {
        agent->pid = spawn(&what, &agent->pidfd);
        error = agent->pid < 0 ? agent->pid : watch(agent->epoll, agent->pidfd);
    }
    close(ends[1]);
    return error;
}

int femtowatch_agent_start(const struct femtowatch_agent_options* options, femtowatch_agent** agent)
{
    struct femtowatch_agent_options all;
    *agent = NULL;
    int error = known(options, &all);
    if (error != 0) {
        return error;
    }
    femtowatch_agent* const made = calloc(1, sizeof *made);
    if (!made) {
        return -ENOMEM;
    }
    made->epoll = made->pidfd = made->socket = made->exit_status = -1;
    agent_enter(made, FEMTOWATCH_AGENT_STARTING);
    made->facts_directory = strdup(all.facts_directory);
    error = made->facts_directory ? begin(made, &all) : -ENOMEM;
    if (error != 0) {
        femtowatch_agent_free(made);
        return error;
    }
    *agent = made;
    return 0;
}

int femtowatch_agent_fd(const femtowatch_agent* agent)
{
    return agent->epoll;
}

/* Takes whole lines out of the buffer. -EPROTO if there is none in a full one. */
static int take_lines(femtowatch_agent* agent)
{
    int changed = 0;
    char* line = agent->line;
    char* const filled = agent->line + agent->filled;
    for (char* end; (end = memchr(line, '\n', (size_t)(filled - line))) != NULL; line = end + 1) {
        *end = '\0';
        changed |= agent_heard(agent, line);
    }
    agent->filled = (size_t)(filled - line);
    memmove(agent->line, line, agent->filled);
    return agent->filled == sizeof agent->line ? -EPROTO : changed;
}

static int read_lines(femtowatch_agent* agent)
{
    int changed = 0;
    while (agent->socket >= 0) {
        const ssize_t got = recv(agent->socket, agent->line + agent->filled,
            sizeof agent->line - agent->filled, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && errno == EAGAIN) {
            break;
        }
        if (got <= 0) { /* the end; what it was is told by the pidfd */
            close_if_open(&agent->socket);
            break;
        }
        agent->filled += (size_t)got;
        const int taken = take_lines(agent);
        if (taken < 0) {
            close_if_open(&agent->socket); /* by which it ends, if the signal does not reach it */
            femtowatch_agent_kill(agent);
            return taken;
        }
        changed |= taken;
    }
    return changed;
}

static void collect(femtowatch_agent* agent)
{
    siginfo_t end;
    end.si_pid = 0;
    const int status = agent->told_exit ? agent->exit_status : -1;
    if (waitid((idtype_t)P_PIDFD, (id_t)agent->pidfd, &end, WEXITED | WNOHANG) == 0
        && end.si_pid != 0) {
        const bool exited = end.si_code == CLD_EXITED;
        agent->exit_status = exited ? end.si_status : -1;
        agent->exit_signal = exited ? 0 : end.si_status;
    } else { /* somebody else in this process has collected it */
        agent->exit_status = status;
        agent->exit_signal = status >= 0 ? 0 : -1;
    }
    close_if_open(&agent->pidfd);
    close_if_open(&agent->socket);
    agent->pid = 0;
    agent_enter(agent, FEMTOWATCH_AGENT_ENDED);
}

int femtowatch_agent_process(femtowatch_agent* agent)
{
    if (agent->state == FEMTOWATCH_AGENT_ENDED) {
        return 0;
    }
    /* This first: what it told before its end is then all there to be read. */
    struct pollfd end = { agent->pidfd, POLLIN, 0 };
    const bool ended = poll(&end, 1, 0) == 1;
    const int changed = read_lines(agent);
    if (ended) {
        collect(agent);
        return changed < 0 ? changed : 1;
    }
    return changed;
}

int femtowatch_agent_get_status(
    const femtowatch_agent* agent, struct femtowatch_agent_status* status)
{
    const struct femtowatch_agent_status now = { .size = status->size,
        .state = agent->state,
        .pid = agent->pid,
        .since = agent->since,
        .exit_status = agent->state == FEMTOWATCH_AGENT_ENDED ? agent->exit_status : -1,
        .exit_signal = agent->exit_signal,
        .version = agent->version,
        .reason = agent->reason };
    if (status->size != sizeof now) { /* this is the first there is */
        return -EINVAL;
    }
    *status = now;
    return 0;
}

int femtowatch_agent_get_verdict(
    const femtowatch_agent* agent, const char* name, struct femtowatch_facts_verdict* verdict)
{
    return facts_verdict(agent->facts, agent->facts_directory, name, verdict);
}

int femtowatch_agent_stop(femtowatch_agent* agent)
{
    if (agent->state >= FEMTOWATCH_AGENT_STOPPING) {
        return 0;
    }
    agent_enter(agent, FEMTOWATCH_AGENT_STOPPING);
    if (agent->socket >= 0) {
        shutdown(agent->socket, SHUT_WR); /* what it tells of its end still arrives */
    }
    return 0;
}

int femtowatch_agent_kill(femtowatch_agent* agent)
{
    if (agent->pidfd < 0) {
        return 0;
    }
    return syscall(SYS_pidfd_send_signal, agent->pidfd, SIGKILL, NULL, 0) == 0 ? 0 : -errno;
}

int femtowatch_agent_wait(femtowatch_agent* agent, int milliseconds)
{
    const int64_t until = milliseconds_now() + milliseconds;
    while (agent->state != FEMTOWATCH_AGENT_ENDED) {
        femtowatch_agent_process(agent);
        const int64_t left = milliseconds < 0 ? -1 : until - milliseconds_now();
        if (agent->state == FEMTOWATCH_AGENT_ENDED || (milliseconds >= 0 && left <= 0)) {
            break;
        }
        struct pollfd ready = { agent->epoll, POLLIN, 0 };
        if (poll(&ready, 1, (int)left) < 0 && errno != EINTR) {
            return -errno;
        }
    }
    return agent->state == FEMTOWATCH_AGENT_ENDED;
}

void femtowatch_agent_free(femtowatch_agent* agent)
{
    if (agent) {
        close_if_open(&agent->socket);
        close_if_open(&agent->pidfd);
        close_if_open(&agent->epoll);
        facts_free(&agent->facts);
        free(agent->facts_directory);
        free(agent);
    }
}

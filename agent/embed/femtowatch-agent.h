/* libfemtowatch-agent: runs the Femtowatch agent as a child of your daemon, hands it facts that
 * only your software knows, and says what became of both. See agent/FIRMWARE.md.
 *
 * No call blocks, but where it says so; none starts a thread, installs a handler of a signal or of
 * exit, or changes the signal mask, folder or environment of your process. An agent handle belongs
 * to one thread at a time; different ones are independent. Every descriptor is close-on-exec.
 * Functions that return int give 0 or more, or a negative errno(3).
 *
 * What you must know of your own process: the agent is a child of it, so its end raises SIGCHLD in
 * you as that of any child. If you wait for any child (waitpid(-1)) you may collect it before this
 * library does. That is harmless; only the way it ended may then be unknown (exit_status and
 * exit_signal -1). */
#ifndef FEMTOWATCH_AGENT_H
#define FEMTOWATCH_AGENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Semantic version (semver.org) of this header; femtowatch_agent_version() is the library's. */
#define FEMTOWATCH_AGENT_VERSION_MAJOR 0
#define FEMTOWATCH_AGENT_VERSION_MINOR 1
#define FEMTOWATCH_AGENT_VERSION_PATCH 0
#define FEMTOWATCH_AGENT_VERSION "0.1.0"

#if defined(__GNUC__)
#define FEMTOWATCH_AGENT_API __attribute__((visibility("default")))
#else
#define FEMTOWATCH_AGENT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

FEMTOWATCH_AGENT_API const char* femtowatch_agent_version(void);

typedef struct femtowatch_agent femtowatch_agent;

/* Begin it with FEMTOWATCH_AGENT_OPTIONS_INIT. `size` tells a later library which members you know:
 * members are only ever added, at the end. */
struct femtowatch_agent_options {
    size_t size;
    const char* config_file; /* absolute path of the agent's configuration; required */
    const char* program; /* absolute path of femtowatch-agent; NULL: the one installed with this */
    int log_fd; /* where the agent writes its log, lines of text; -1: to your stderr */
    const char* facts_directory; /* as in the configuration; NULL: /var/lib/femtowatch/facts.d */
};
#define FEMTOWATCH_AGENT_OPTIONS_INIT                                                              \
    {                                                                                              \
        sizeof(struct femtowatch_agent_options), NULL, NULL, -1, NULL                              \
    }

/* Starts the agent in a session of its own (setsid(2)), with the default action of every signal and
 * none blocked, with /dev/null as input and no descriptor of yours but the log. It ends when your
 * process ends, in whatever way. Returns as soon as the program is executed, with -ENOENT, -EACCES
 * and so on if it cannot be; whether it serves is told by femtowatch_agent_process().
 * -EINVAL: an option is missing or not absolute; -E2BIG: an option that this library does not know;
 * -ENOSYS: the kernel is older than 5.4. */
FEMTOWATCH_AGENT_API int femtowatch_agent_start(
    const struct femtowatch_agent_options* options, femtowatch_agent** agent);

/* A descriptor for your poll(2), select(2) or epoll(7), readable (POLLIN) when there is something
 * for femtowatch_agent_process(). Do nothing else with it. */
FEMTOWATCH_AGENT_API int femtowatch_agent_fd(const femtowatch_agent* agent);

/* Takes in what the agent has told. 1 if something changed, 0 if nothing did, -EPROTO if it told
 * something that cannot be understood: it is then ended. */
FEMTOWATCH_AGENT_API int femtowatch_agent_process(femtowatch_agent* agent);

enum femtowatch_agent_state {
    FEMTOWATCH_AGENT_STARTING = 0, /* executed, not serving yet */
    FEMTOWATCH_AGENT_RUNNING = 1, /* its endpoints are open, it collects */
    FEMTOWATCH_AGENT_STOPPING = 2, /* asked to end */
    FEMTOWATCH_AGENT_ENDED = 3 /* for good: free it, and start another if you want one */
};

struct femtowatch_agent_status {
    size_t size; /* sizeof this struct, set by you */
    int state; /* enum femtowatch_agent_state */
    pid_t pid; /* of the agent; 0 once it has ended */
    int64_t since; /* when this state began: milliseconds of CLOCK_MONOTONIC, which no NTP moves */
    int exit_status; /* as it exited: 0 after a stop, 2 if it could not begin (the log says why);
                        -1 while it runs, or if a signal ended it, or if that is unknown */
    int exit_signal; /* signal that ended it; 0 for none, -1 if that is unknown */
    const char* version; /* of the agent; "" until it has told */
    const char* reason; /* why it could not begin, or ""; both live until the next call that is
                           given this handle without const */
};

/* -EINVAL if `size` is none that this library knows. */
FEMTOWATCH_AGENT_API int femtowatch_agent_get_status(
    const femtowatch_agent* agent, struct femtowatch_agent_status* status);

/* Asks the agent to end. That it has is told by femtowatch_agent_process(): within 5 seconds, if it
 * is not stuck. */
FEMTOWATCH_AGENT_API int femtowatch_agent_stop(femtowatch_agent* agent);

/* Ends the agent at once (SIGKILL); its processes follow. */
FEMTOWATCH_AGENT_API int femtowatch_agent_kill(femtowatch_agent* agent);

/* Blocks, for at most `milliseconds` (-1: for ever), until the agent has ended. 1 if it has, 0 if
 * not. For a host without a loop, and for the end of one. */
FEMTOWATCH_AGENT_API int femtowatch_agent_wait(femtowatch_agent* agent, int milliseconds);

/* Gives up the handle (NULL is fine). An agent that has not ended is left to end by itself, and is
 * then yours to wait for like any child: stop it and wait for its end before, if you can. After a
 * fork(2) that is not followed by exec, call this in the child. */
FEMTOWATCH_AGENT_API void femtowatch_agent_free(femtowatch_agent* agent);

/* Facts: what only your software knows of the node, as RFC 7951 data of the inventory or of your
 * own module. A file of facts is named NAME.json,
 * of letters, digits and . _ -, and holds at most 1 MiB. `folder` is the agent's facts-directory,
 * NULL the usual one. Any process of root may write them, whether it runs the agent or not.
 *
 * These two block until the disk has it. A file has its old or its new content at every moment.
 * Write it again before it is too old: its max-age, or else stale-after of its category.
 * -EINVAL: the name; -EFBIG: the length; else what open(2), write(2) and so on say. */
FEMTOWATCH_AGENT_API int femtowatch_facts_write(
    const char* folder, const char* name, const char* json, size_t length);
FEMTOWATCH_AGENT_API int femtowatch_facts_remove(const char* folder, const char* name);

enum femtowatch_facts_outcome {
    FEMTOWATCH_FACTS_PENDING = 0, /* no category that it is about was read since */
    FEMTOWATCH_FACTS_ACCEPTED = 1,
    FEMTOWATCH_FACTS_CONFLICT = 2, /* taken, but where the agent found something else itself */
    FEMTOWATCH_FACTS_REFUSED = 3 /* not used: not root's alone, not valid, or too old */
};

struct femtowatch_facts_verdict {
    size_t size; /* sizeof this struct, set by you */
    int outcome; /* enum femtowatch_facts_outcome: the worst of all categories */
    unsigned categories; /* that have been read with it so far */
    const char* category; /* with that outcome, as MODULE:NAME; "" while pending */
    const char* text; /* what is wrong, and where in the file; "" if nothing. Both live until the
                         next call that is given the agent without const */
};

/* What the agent made of a file as it is there now, whoever wrote it: of the last push, and never
 * of an earlier one. Changes are told by femtowatch_agent_process(). -ENOENT: there is no such
 * file. */
FEMTOWATCH_AGENT_API int femtowatch_agent_get_verdict(
    const femtowatch_agent* agent, const char* name, struct femtowatch_facts_verdict* verdict);

#ifdef __cplusplus
}
#endif

#endif

/* Executes a program beside a process that may have threads, handlers and much memory. */
#ifndef FEMTOWATCH_SPAWN_H
#define FEMTOWATCH_SPAWN_H

#include <sys/types.h>

struct spawn {
    const char* program;
    char* const* arguments;
    int log; /* becomes 1 and 2 */
    int status; /* becomes SPAWN_STATUS_FD */
};

enum { SPAWN_STATUS_FD = 3 };

/* A child with /dev/null as 0 and no other descriptors; it leads its session and is at "/", every
 * signal has its default action and none is blocked. `*pidfd` is close-on-exec. The pid, or
 * negative errno, that of execve(2) among them: then there is no child. */
pid_t spawn(const struct spawn* what, int* pidfd);

#endif

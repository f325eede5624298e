#define _GNU_SOURCE
#include "agent/embed/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* Where sanitizers look at a stack that they do not know, they warn. */
#define ON_FOREIGN_STACK __attribute__((no_sanitize("address", "undefined")))

extern char** environ;

enum { STACK = 64 * 1024, LAST_SIGNAL = 64 };

struct birth {
    struct spawn what; /* its descriptors are above SPAWN_STATUS_FD */
    int null;
    int error; /* written by the child, in the memory that both share until exec */
};

ON_FOREIGN_STACK static void close_from(int first)
{
    struct rlimit most = { 0, 0 };
    if (syscall(SYS_close_range, first, ~0u, 0) == 0 || getrlimit(RLIMIT_NOFILE, &most) != 0) {
        return;
    }
    for (int fd = first; (rlim_t)fd < most.rlim_cur && fd < 1 << 20; ++fd) { /* before Linux 5.9 */
        close(fd);
    }
}

/* The parent's thread stands still meanwhile and its memory is ours: system calls only. */
ON_FOREIGN_STACK static int child(void* argument)
{
    struct birth* const birth = argument;
    const struct spawn* const what = &birth->what;
    struct sigaction standard;
    standard.sa_handler = SIG_DFL;
    standard.sa_flags = 0;
    sigemptyset(&standard.sa_mask);
    for (int number = 1; number <= LAST_SIGNAL; ++number) {
        sigaction(number, &standard, NULL); /* an ignored one would stay so over exec */
    }
    if (setsid() >= 0 && chdir("/") == 0 && dup2(birth->null, 0) >= 0 && dup2(what->log, 1) >= 0
        && dup2(what->log, 2) >= 0 && dup2(what->status, SPAWN_STATUS_FD) >= 0) {
        close_from(SPAWN_STATUS_FD + 1);
        sigprocmask(SIG_SETMASK, &standard.sa_mask, NULL);
        execve(what->program, what->arguments, environ);
    }
    birth->error = errno;
    _exit(127);
}

static pid_t clone_child(struct birth* birth, int* pidfd)
{
    char* const stack
        = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) {
        return -errno;
    }
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* no handler of the host runs in the child */
    *pidfd = -1;
    /* As posix_spawn(3) does it, and with a pidfd, so that the pid is never anybody else's. */
    pid_t pid
        = clone(child, stack + STACK, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, birth, pidfd);
    if (pid < 0) {
        pid = -errno;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, STACK);
    return pid;
}

/* Above the numbers that the child gives away. */
static int out_of_the_way(int fd)
{
    const int other = fcntl(fd, F_DUPFD_CLOEXEC, SPAWN_STATUS_FD + 1);
    return other < 0 ? -errno : other;
}

static pid_t give_birth(struct birth* birth, int* pidfd)
{
    const pid_t pid = clone_child(birth, pidfd);
    if (pid > 0 && *pidfd < 0) { /* the kernel knows no CLONE_PIDFD: before 5.2 */
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return -ENOSYS;
    }
    if (pid > 0 && birth->error != 0) {
        siginfo_t end;
        waitid((idtype_t)P_PIDFD, (id_t)*pidfd, &end, WEXITED);
        close(*pidfd);
        return -birth->error;
    }
    return pid;
}

pid_t spawn(const struct spawn* what, int* pidfd)
{
    struct birth birth = { *what, -1, 0 };
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0) {
        return -errno;
    }
    birth.null = out_of_the_way(null);
    birth.what.log = out_of_the_way(what->log);
    birth.what.status = out_of_the_way(what->status);
    pid_t pid = birth.null;
    pid = pid >= 0 && birth.what.log < 0 ? birth.what.log : pid;
    pid = pid >= 0 && birth.what.status < 0 ? birth.what.status : pid;
    if (pid >= 0) {
        pid = give_birth(&birth, pidfd);
    }
    close(null);
    const int opened[] = { birth.null, birth.what.log, birth.what.status };
    for (size_t i = 0; i < sizeof opened / sizeof *opened; ++i) {
        if (opened[i] >= 0) {
            close(opened[i]);
        }
    }
    return pid;
}

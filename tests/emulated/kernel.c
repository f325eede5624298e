/* What qemu's user mode (7.2) lacks of the kernel and our programs cannot begin without: openat2(2)
 * within a root, and seccomp(2), which is accepted and not enforced. Loaded before libc where unit
 * tests run emulated (tools/arm64); tests that need the real ones skip (tests/emulated/skip.h). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LONGEST = 4096, MOST_LINKS = 40 };

static int refuse(int error)
{
    errno = error;
    return -1;
}

/* Puts `target`, of a link, in front of what is left of the path. */
static int follow(char* left, const char* target, char* done)
{
    char rest[LONGEST];
    if (*target == '/') {
        *done = '\0';
    }
    snprintf(rest, sizeof rest, "%s", left);
    return snprintf(left, LONGEST, "%s/%s", target, rest) < LONGEST ? 0 : refuse(ENAMETOOLONG);
}

/* RESOLVE_IN_ROOT by hand: good for folders that nobody changes meanwhile. */
static int open_in_root(int root, const char* path, const struct open_how* how)
{
    char done[LONGEST] = "";
    char left[LONGEST];
    int links = 0;
    if (snprintf(left, sizeof left, "%s", path) >= LONGEST) {
        return refuse(ENAMETOOLONG);
    }
    while (*left) {
        char part[LONGEST];
        char target[LONGEST];
        char* const slash = strchrnul(left, '/');
        const int last = slash[strspn(slash, "/")] == '\0';
        snprintf(part, sizeof part, "%.*s", (int)(slash - left), left);
        memmove(left, slash + (*slash == '/'), strlen(slash + (*slash == '/')) + 1);
        char* const end = strrchr(done, '/');
        if (strcmp(part, "..") == 0) {
            *(end ? end : done) = '\0';
            continue;
        }
        if (*part == '\0' || strcmp(part, ".") == 0) {
            continue;
        }
        const size_t before = strlen(done);
        if (before + strlen(part) + 2 > sizeof done) {
            return refuse(ENAMETOOLONG);
        }
        strcat(strcat(done, before ? "/" : ""), part);
        const ssize_t length = readlinkat(root, done, target, sizeof target - 1);
        if (length >= 0 && !(last && (how->flags & O_NOFOLLOW))) {
            target[length] = '\0';
            done[before] = '\0';
            if (++links > MOST_LINKS) {
                return refuse(ELOOP);
            }
            if (follow(left, target, done) != 0) {
                return -1;
            }
        } else if (length < 0 && errno != EINVAL) {
            return -1;
        }
    }
    return openat(root, *done ? done : ".", (int)how->flags | O_NOFOLLOW, (mode_t)how->mode);
}

/* As libseccomp asks whether there is such a thing, and sets it. */
static int seccomp(unsigned operation, const void* filter)
{
    if (operation == SECCOMP_SET_MODE_STRICT) {
        return refuse(EINVAL);
    }
    return operation == SECCOMP_SET_MODE_FILTER && !filter ? refuse(EFAULT) : 0;
}

long syscall(long number, ...)
{
    long a[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; ++i) {
        a[i] = va_arg(list, long);
    }
    va_end(list);
    if (number == SYS_openat2) {
        const struct open_how* const how = (const struct open_how*)a[2];
        return how->resolve == RESOLVE_IN_ROOT ? open_in_root((int)a[0], (const char*)a[1], how)
                                               : refuse(ENOSYS);
    }
    if (number == SYS_seccomp) {
        return seccomp((unsigned)a[0], (const void*)a[2]);
    }
    static long (*real)(long, ...);
    if (!real) {
        *(void**)&real = dlsym(RTLD_NEXT, "syscall");
    }
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Programs that the tests execute are this machine's own. */
__attribute__((constructor)) static void not_for_children(void)
{
    unsetenv("LD_PRELOAD");
}

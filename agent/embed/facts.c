#define _GNU_SOURCE
#include "agent/embed/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LONGEST_PATH = 4096, LARGEST = 1 << 20 /* what the agent reads of a file */ };

/* One that the agent looks at, and that fits a line of what it tells. */
bool facts_good_name(const char* name)
{
    static const char allowed[]
        = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const size_t length = name ? strlen(name) : 0;
    return length > 5 && length <= LONGEST_NAME && *name != '.' && strspn(name, allowed) == length
        && strcmp(name + length - 5, ".json") == 0;
}

/* All of an absolute path, for root to write and everybody to look at. */
static int make_folder(const char* folder)
{
    char path[LONGEST_PATH];
    if (*folder != '/' || strlen(folder) >= sizeof path) {
        return -EINVAL;
    }
    memcpy(path, folder, strlen(folder) + 1);
    for (char* at = path + 1;; ++at) {
        const char was = *at;
        if (was == '/' || was == '\0') {
            *at = '\0';
            if (mkdir(path, 0755) != 0 && errno != EEXIST) {
                return -errno;
            }
            *at = was;
        }
        if (was == '\0') {
            return 0;
        }
    }
}

static int open_folder(const char* folder)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int write_all(int fd, const char* bytes, size_t length)
{
    while (length > 0) {
        const ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno != EINTR) {
            return -errno;
        }
        bytes += written < 0 ? 0 : written;
        length -= written < 0 ? 0 : (size_t)written;
    }
    return fsync(fd) == 0 ? 0 : -errno;
}

/* Aside, then in the place of what was there: at every moment there is the whole old or the whole
 * new file, and the agent passes over names with a dot in front. */
static int replace(int folder, const char* name, const char* bytes, size_t length)
{
    char aside[LONGEST_NAME + 32];
    snprintf(aside, sizeof aside, ".%s.%ld", name, (long)syscall(SYS_gettid));
    unlinkat(folder, aside, 0); /* of a thread of that number, cut off */
    const int fd
        = openat(folder, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return -errno;
    }
    int error = write_all(fd, bytes, length);
    if (close(fd) != 0 && error == 0) {
        error = -errno;
    }
    if (error == 0 && renameat(folder, aside, folder, name) != 0) {
        error = -errno;
    }
    if (error != 0) {
        unlinkat(folder, aside, 0);
        return error;
    }
    return fsync(folder) == 0 ? 0 : -errno;
}

int femtowatch_facts_write(const char* folder, const char* name, const char* json, size_t length)
{
    folder = folder ? folder : FEMTOWATCH_FACTS_DIRECTORY;
    if (!facts_good_name(name)) {
        return -EINVAL;
    }
    if (length > LARGEST) {
        return -EFBIG;
    }
    int error = make_folder(folder);
    const int fd = error == 0 ? open_folder(folder) : error;
    if (fd < 0) {
        return fd;
    }
    error = replace(fd, name, json, length);
    close(fd);
    return error;
}

int femtowatch_facts_remove(const char* folder, const char* name)
{
    if (!facts_good_name(name)) {
        return -EINVAL;
    }
    const int fd = open_folder(folder ? folder : FEMTOWATCH_FACTS_DIRECTORY);
    if (fd < 0) {
        return fd;
    }
    const int error = unlinkat(fd, name, 0) == 0 && fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return error;
}

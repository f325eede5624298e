#include "common/trusted.h"
#include "common/text.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

namespace trusted {

namespace {

struct stat statusOf(int file, const std::string& path)
{
    struct stat what { };
    if (::fstat(file, &what) != 0) {
        fd::fail(path);
    }
    return what;
}

/// Of a file or folder that exists. Links have mode 0777, and so are no exception to it.
void check(const struct stat& what, const std::string& path, uid_t owner)
{
    if (S_ISLNK(what.st_mode)) {
        throw Refused(path + ": is a symbolic link");
    }
    if (what.st_uid != 0 && what.st_uid != owner) {
        throw Refused(path + ": belongs to user " + std::to_string(what.st_uid) + ", not to root");
    }
    if (what.st_mode & (S_IWGRP | S_IWOTH)) {
        char mode[8];
        *std::to_chars(mode, mode + sizeof mode - 1, what.st_mode & 07777, 8).ptr = '\0';
        throw Refused(path + ": may be written by others than root (mode 0" + mode + ")");
    }
}

bool isAbsent(int error)
{
    return error == ENOENT || error == ENOTDIR;
}

/// Moments at which it was written or became what it is.
bool sameMoment(const timespec& a, const timespec& b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

} // namespace

std::optional<Folder> Folder::open(int top, const std::string& path)
{
    fd::Fd at(::openat(top, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!at) {
        fd::fail(path);
    }
    struct stat own { };
    struct stat here = statusOf(at.get(), "/");
    const bool live
        = ::stat("/", &own) == 0 && own.st_dev == here.st_dev && own.st_ino == here.st_ino;
    const uid_t owner = live ? 0 : here.st_uid;
    // Of a folder that is not there it does not matter who could make it.
    std::optional<Refused> refused;
    const auto look = [&](const struct stat& what, const std::string& folder) {
        try {
            check(what, folder, owner);
        } catch (const Refused& e) {
            refused = refused ? refused : std::optional(e);
        }
    };
    look(here, "/");
    std::string way;
    for (const std::string_view step : text::fields(path, '/')) {
        if (step.empty() || step == ".") {
            continue;
        }
        way += "/" + std::string(step);
        if (step == "..") {
            throw Refused(path + ": has \"..\" in it");
        }
        fd::Fd next(::openat(at.get(), std::string(step).c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        if (!next) {
            if (isAbsent(errno)) {
                return std::nullopt;
            }
            fd::fail(way);
        }
        const struct stat what = statusOf(next.get(), way);
        look(what, way);
        if (!S_ISDIR(what.st_mode)) {
            throw Refused(way + ": is no folder");
        }
        at = std::move(next);
    }
    if (refused) {
        throw *refused;
    }
    return Folder(std::move(at), way, owner);
}

std::vector<std::string> Folder::names(const std::string& suffix, size_t most) const
{
    fd::Fd folder(::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) {
        fd::fail(path_);
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(folder.get()), &::closedir);
    if (!dir) {
        fd::fail(path_);
    }
    folder.release();
    std::vector<std::string> all;
    size_t seen = 0;
    errno = 0;
    while (const dirent* entry = ::readdir(dir.get())) {
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") {
            continue;
        }
        if (++seen > most) {
            throw std::length_error(path_ + ": more than " + std::to_string(most) + " names");
        }
        if (!name.starts_with(".") && name.ends_with(suffix)) {
            all.emplace_back(name);
        }
    }
    if (errno != 0) {
        fd::fail(path_);
    }
    std::ranges::sort(all);
    return all;
}

std::optional<struct stat> Folder::status(const std::string& name) const
{
    struct stat what { };
    if (::fstatat(folder_.get(), name.c_str(), &what, AT_SYMLINK_NOFOLLOW) != 0) {
        if (isAbsent(errno)) {
            return std::nullopt;
        }
        fd::fail(pathOf(name));
    }
    return what;
}

Folder::File Folder::read(const std::string& name, size_t most) const
{
    const std::string path = pathOf(name);
    // Looked at before it is opened: opening a device or a pipe does something.
    const fd::Fd place(::openat(folder_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!place) {
        fd::fail(path);
    }
    const struct stat found = statusOf(place.get(), path);
    check(found, path, owner_);
    if (!S_ISREG(found.st_mode)) {
        throw Refused(path + ": is no regular file");
    }
    if (static_cast<uint64_t>(found.st_size) > most) {
        throw std::length_error(path + ": " + std::to_string(found.st_size)
            + " bytes are more than " + std::to_string(most));
    }
    const fd::Fd file(
        ::openat(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) {
        fd::fail(path);
    }
    File out;
    char block[16384];
    for (;;) {
        const ssize_t n = ::read(file.get(), block, sizeof block);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            fd::fail(path);
        }
        if (n == 0) {
            break;
        }
        out.text.append(block, static_cast<size_t>(n));
        if (out.text.size() > most) {
            throw std::length_error(path + ": more than " + std::to_string(most) + " bytes");
        }
    }
    out.status = statusOf(file.get(), path);
    if (out.status.st_dev != found.st_dev || out.status.st_ino != found.st_ino
        || out.status.st_size != found.st_size || !sameMoment(out.status.st_mtim, found.st_mtim)
        || !sameMoment(out.status.st_ctim, found.st_ctim)) {
        throw Changed(path + ": changed while it was read");
    }
    return out;
}

} // namespace trusted

#include "agent/prober/root.h"
#include "agent/prober/activity_signature.h"
#include "agent/prober/sources.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <memory>
#include <sys/syscall.h>
#include <unistd.h>

namespace agent {

namespace {

constexpr size_t MaxFile = 16u << 20;
constexpr size_t MaxNames = 1'000'000;
constexpr size_t MaxMatches = 10'000;

bool absent(int error)
{
    return error == ENOENT || error == ENOTDIR || error == ENODEV || error == ENXIO
        || error == ESRCH;
}

[[noreturn]] void fail(const std::string& path)
{
    if (absent(errno)) {
        throw Absent("no " + path);
    }
    fd::fail(path);
}

/// Nothing if it is no link.
std::optional<std::string> targetOf(const std::string& path, int link)
{
    std::string target(4096, '\0');
    const ssize_t n = ::readlinkat(link, "", target.data(), target.size());
    if (n < 0) {
        if (absent(errno) || errno == EINVAL) {
            return std::nullopt;
        }
        fd::fail(path);
    }
    target.resize(static_cast<size_t>(n));
    return target;
}

} // namespace

std::vector<std::string> namesIn(fd::Fd folder, const std::string& path)
{
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(folder.get()), &::closedir);
    if (!dir) {
        fd::fail(path);
    }
    folder.release();
    errno = 0;
    while (const dirent* entry = ::readdir(dir.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
        if (names.size() > MaxNames) {
            throw std::length_error(path + ": more than " + std::to_string(MaxNames) + " names");
        }
    }
    if (errno != 0) {
        fail(path);
    }
    std::ranges::sort(names);
    return names;
}

Root::Root(const std::filesystem::path& at)
    : fd_(::open(at.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC))
    , live_(false)
{
    if (!fd_) {
        fd::fail(at.string());
    }
    struct stat here { };
    struct stat top { };
    live_ = ::fstat(fd_.get(), &here) == 0 && ::stat("/", &top) == 0 && here.st_dev == top.st_dev
        && here.st_ino == top.st_ino;
}

int Root::tryOpen(const std::string& path, int flags) const
{
    open_how how {};
    how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_IN_ROOT;
    return static_cast<int>(::syscall(SYS_openat2, fd_.get(), path.c_str(), &how, sizeof how));
}

/// Whether the kernel makes up what is there: it has no metadata that would tell of a change.
bool Root::made(const std::string& path) const
{
    const auto below = [&path](std::string_view top) {
        return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
    };
    return live_ && (below("/proc") || below("/sys"));
}

/// `file` is open, or -1 if errno says why it is not. False if it is the caller who must tell what
/// the kernel said there.
bool Root::saw(const std::string& path, bool follow, int file) const
{
    if (!sources_) {
        return true;
    }
    const int error = errno;
    struct stat what { };
    bool told = true;
    if (made(path)) {
        told = recordActivity(*this, path);
    } else if (file >= 0 && ::fstat(file, &what) == 0) {
        sources_->file(path, follow, &what);
    } else if (file < 0 && (absent(error) || error == ELOOP)) {
        sources_->file(path, follow, nullptr);
    } else {
        sources_->uncertain();
    }
    errno = error;
    return told;
}

fd::Fd Root::open(const std::string& path, int flags) const
{
    fd::Fd file(tryOpen(path, flags | O_RDONLY | O_NONBLOCK));
    if (!saw(path, (flags & O_NOFOLLOW) == 0, file.get())) {
        sources_->uncertain(); // what is read of it is not known here
    }
    if (!file) {
        fail(path);
    }
    return file;
}

fd::Fd Root::openExecutable(const std::string& pid) const
{
    const std::string path = "/proc/" + pid + "/exe";
    if (!live_) {
        return open(path);
    }
    saw(path, true, -1);
    // A magic link, which openat2 follows in no root: the kernel opens the image itself.
    fd::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) {
        fail(path);
    }
    return file;
}

std::string Root::readAll(const std::string& path, int file) const
{
    struct stat what { };
    if (::fstat(file, &what) == 0 && !S_ISREG(what.st_mode)) {
        errno = S_ISDIR(what.st_mode) ? EISDIR : EINVAL;
        fd::fail(path);
    }
    std::string out;
    if (what.st_size > 0 && static_cast<size_t>(what.st_size) <= MaxFile) {
        out.reserve(static_cast<size_t>(what.st_size));
    }
    char block[16384];
    for (;;) {
        const ssize_t n = ::read(file, block, sizeof block);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            fail(path);
        }
        if (n == 0) {
            return out;
        }
        out.append(block, static_cast<size_t>(n));
        if (out.size() > MaxFile) {
            throw std::length_error(path + ": larger than " + std::to_string(MaxFile) + " bytes");
        }
    }
}

std::string Root::read(const std::string& path) const
{
    auto all = readIfThere(path);
    if (!all) {
        throw Absent("no " + path);
    }
    return std::move(*all);
}

std::optional<std::string> Root::readIfThere(const std::string& path) const
{
    const fd::Fd file(tryOpen(path, O_RDONLY | O_NONBLOCK));
    const bool told = saw(path, true, file.get());
    std::optional<std::string> all;
    if (file) {
        try {
            all = readAll(path, file.get());
        } catch (const Absent&) { // its process has ended, or its device is gone
        }
    } else if (!absent(errno)) {
        fd::fail(path);
    }
    if (!told) {
        sources_->made(path, Sources::Kind::Text, all.value_or(""));
    }
    return all;
}

std::vector<std::string> Root::list(const std::string& path) const
{
    std::vector<std::string> names;
    fd::Fd folder(tryOpen(path, O_RDONLY | O_DIRECTORY));
    const bool told = saw(path, true, folder.get());
    if (!folder) {
        if (!absent(errno)) {
            fd::fail(path);
        }
    } else {
        names = namesIn(std::move(folder), path);
    }
    if (!told) {
        sources_->made(path, Sources::Kind::Names, Sources::joined(names));
    }
    return names;
}

bool Root::exists(const std::string& path) const
{
    return status(path).has_value();
}

std::optional<struct stat> Root::status(const std::string& path, bool follow) const
{
    struct stat what { };
    if (live_ && !sources_ && path.starts_with('/') && !path.starts_with("/proc")) {
        // Whether something is still as it was is asked often: one system call instead of three.
        if ((follow ? ::stat(path.c_str(), &what) : ::lstat(path.c_str(), &what)) == 0) {
            return what;
        }
        if (absent(errno) || errno == ELOOP) {
            return std::nullopt;
        }
        fd::fail(path);
    }
    const fd::Fd file(tryOpen(path, O_PATH | (follow ? 0 : O_NOFOLLOW)));
    if (!saw(path, follow, file.get())) {
        sources_->made(path, Sources::Kind::Presence, file ? "there" : "");
    }
    if (!file) {
        if (absent(errno) || errno == ELOOP) {
            return std::nullopt;
        }
        fd::fail(path);
    }
    if (::fstat(file.get(), &what) != 0) {
        fail(path);
    }
    return what;
}

std::optional<std::string> Root::link(const std::string& path) const
{
    const fd::Fd file(tryOpen(path, O_PATH | O_NOFOLLOW));
    const bool told = saw(path, false, file.get());
    auto target = file ? targetOf(path, file.get()) : std::nullopt;
    if (!file && !absent(errno)) {
        fd::fail(path);
    }
    if (!told) {
        sources_->made(path, Sources::Kind::Link, target.value_or(""));
    }
    return target;
}

std::vector<std::string> Root::glob(const std::string& pattern) const
{
    std::vector<std::string> found { "" };
    size_t at = 0;
    while (at < pattern.size()) {
        const size_t begin = pattern.find_first_not_of('/', at);
        if (begin == pattern.npos) {
            break;
        }
        const size_t end = std::min(pattern.find('/', begin), pattern.size());
        const std::string part = pattern.substr(begin, end - begin);
        std::vector<std::string> next;
        for (const std::string& folder : found) {
            if (part.find_first_of("*?[\\") == part.npos) {
                if (exists(folder + "/" + part)) {
                    next.push_back(folder + "/" + part);
                }
                continue;
            }
            for (const std::string& name : list(folder.empty() ? "/" : folder)) {
                if (::fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0) {
                    next.push_back(folder + "/" + name);
                }
            }
        }
        if (next.size() > MaxMatches) {
            throw std::length_error(
                pattern + ": more than " + std::to_string(MaxMatches) + " matches");
        }
        found = std::move(next);
        at = end;
    }
    std::ranges::sort(found);
    return found;
}

} // namespace agent

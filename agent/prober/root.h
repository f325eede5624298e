// The file system a probe sees: "/" on a node, a folder in a test or of a firmware image.
// Absolute symbolic links stay inside (openat2(2), RESOLVE_IN_ROOT).
#pragma once

#include "common/fd.h"

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace agent {

/// The system has no such facility: not a fault.
struct Absent : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Sources;

class Root {
public:
    /// As long as it lives, what is looked at is told to `sources`; to nobody if that is null.
    class Recording {
    public:
        Recording(const Root& root, Sources* sources)
            : root_(root)
            , before_(root.sources_)
        {
            root.sources_ = sources;
        }
        ~Recording() { root_.sources_ = before_; }
        Recording(const Recording&) = delete;
        Recording& operator=(const Recording&) = delete;

    private:
        const Root& root_;
        Sources* before_;
    };

    explicit Root(const std::filesystem::path& at = "/");

    /// This is the running system itself: what only a system call tells may be asked.
    bool live() const { return live_; }

    /// The whole file, at most 16 MiB. Throws Absent if it does not exist, std::system_error if it
    /// may not be read or is no regular file, std::length_error if it is larger.
    std::string read(const std::string& path) const;
    std::optional<std::string> readIfThere(const std::string& path) const;

    /// Names in a folder without "." and "..", sorted; none if there is no such folder. Hidden
    /// names are included.
    std::vector<std::string> list(const std::string& path) const;

    bool exists(const std::string& path) const;
    /// Metadata; nothing if there is no such file. With `follow`, of what a link points to.
    std::optional<struct stat> status(const std::string& path, bool follow = true) const;
    /// What a symbolic link says; nothing if it is none. /proc/PID/exe and /proc/PID/ns/* too.
    std::optional<std::string> link(const std::string& path) const;
    /// Opened for reading, O_NONBLOCK. Throws Absent, std::system_error.
    fd::Fd open(const std::string& path, int flags = 0) const;
    /// The executable of a process, also if it was deleted. Throws Absent, std::system_error.
    fd::Fd openExecutable(const std::string& pid) const;
    /// Paths that match a shell pattern (glob(7)), sorted as glob(3) sorts in the C locale.
    std::vector<std::string> glob(const std::string& pattern) const;

    /// Who is told what is looked at; null for nobody.
    Sources* sources() const { return sources_; }
    /// A descriptor of its top, for openat(2).
    int top() const { return fd_.get(); }

private:
    int tryOpen(const std::string& path, int flags) const;
    std::string readAll(const std::string& path, int file) const;
    bool saw(const std::string& path, bool follow, int file) const;
    bool made(const std::string& path) const;

    fd::Fd fd_;
    bool live_;
    mutable Sources* sources_ = nullptr;
};

/// Names in an open folder, as Root::list() has them. `path` is for messages. Throws Absent,
/// std::system_error, std::length_error.
std::vector<std::string> namesIn(fd::Fd folder, const std::string& path);

} // namespace agent

// Files that nobody but root can have written: regular files, owned by root, in folders that are
// root's from the top of the file system down, none of them writable for group or others, and no
// symbolic link anywhere on the way. What is not so is not read, whatever it says.
#pragma once

#include "common/fd.h"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace trusted {

/// Somebody else than root can have written it: names it and says how.
struct Refused : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// It changed while it was read.
struct Changed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Folder {
public:
    /// The folder at `path` below the folder that `top` is open on; nothing if there is none.
    /// Root is user 0 and, where `top` is not the file system of this machine but an unpacked
    /// image, whoever owns `top`. Throws Refused, std::system_error.
    static std::optional<Folder> open(int top, const std::string& path);

    /// Names that end with `suffix` and begin with no dot, sorted. Throws std::length_error if the
    /// folder holds more than `most` names.
    std::vector<std::string> names(const std::string& suffix, size_t most) const;
    /// Metadata of a name in it as it is, symbolic link or not; nothing if it has gone.
    std::optional<struct stat> status(const std::string& name) const;
    struct File {
        std::string text;
        struct stat status;
    };
    /// Throws Refused, Changed, std::length_error if it is larger than `most` bytes,
    /// std::system_error.
    File read(const std::string& name, size_t most) const;
    std::string pathOf(const std::string& name) const { return path_ + "/" + name; }

private:
    Folder(fd::Fd folder, std::string path, uid_t owner)
        : folder_(std::move(folder))
        , path_(std::move(path))
        , owner_(owner)
    {
    }

    fd::Fd folder_;
    std::string path_;
    uid_t owner_;
};

} // namespace trusted

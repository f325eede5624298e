#include "agent/prober/file_walk.h"
#include "agent/prober/sources.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>
#include <string_view>
#include <sys/vfs.h>
#include <system_error>

namespace agent {

namespace {

constexpr size_t MaxDepth = 64;
constexpr size_t MaxLinks = 40; // as the kernel has it
constexpr long Cgroup1 = 0x27e0eb;
constexpr long Fuse = 0x65735546; // answers when it likes
constexpr long Devpts = 0x1cd1;

/// File systems without software: what the kernel makes up, and what may never answer.
bool holdsNoSoftware(int folder)
{
    struct statfs what { };
    if (::fstatfs(folder, &what) != 0) {
        return false;
    }
    constexpr long None[]
        = { PROC_SUPER_MAGIC, SYSFS_MAGIC, Cgroup1, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,
              TRACEFS_MAGIC, SECURITYFS_MAGIC, BPF_FS_MAGIC, PSTOREFS_MAGIC, Fuse, Devpts };
    return std::ranges::find(None, static_cast<long>(what.f_type)) != std::end(None);
}

std::string joined(const std::string& folder, const std::string& name)
{
    return folder == "/" ? "/" + name : folder + "/" + name;
}

} // namespace

std::string withoutLinks(const Root& root, const std::string& path, std::vector<std::string>* links)
{
    std::string done;
    std::string left = path;
    size_t followed = 0;
    while (!left.empty()) {
        const size_t begin = std::min(left.find_first_not_of('/'), left.size());
        const size_t end = std::min(left.find('/', begin), left.size());
        const std::string part = left.substr(begin, end - begin);
        left.erase(0, end);
        if (part.empty() || part == ".") {
            continue;
        }
        if (part == "..") {
            done.resize(done.empty() ? 0 : done.rfind('/'));
            continue;
        }
        std::string next = done + "/" + part;
        const auto target = root.link(next);
        if (!target) {
            done = next;
            continue;
        }
        if (links) {
            links->push_back(next);
        }
        if (++followed > MaxLinks) {
            return next; // round in circles: there is nothing behind it
        }
        done = target->starts_with('/') ? "" : done;
        left = *target + left;
    }
    return done.empty() ? "/" : done;
}

FileWalk::FileWalk(const Root& root, std::vector<std::string> exclude, Each each, Failed failed)
    : root_(root)
    , exclude_(std::move(exclude))
    , each_(std::move(each))
    , failed_(std::move(failed))
{
}

bool FileWalk::excluded(const std::string& path) const
{
    return std::ranges::any_of(exclude_, [&](const std::string& prefix) {
        return path.starts_with(prefix)
            && (path.size() == prefix.size() || prefix.ends_with('/')
                || path[prefix.size()] == '/');
    });
}

/// One file that was named itself, unless it was found in its folder already.
void FileWalk::single(const std::string& path)
{
    const size_t slash = path.rfind('/');
    const fd::Fd parent = root_.open(slash == 0 ? "/" : path.substr(0, slash), O_DIRECTORY);
    const std::string name = path.substr(slash + 1);
    struct stat here { };
    struct stat what { };
    if (ended_ || excluded(path) || ::fstat(parent.get(), &here) != 0
        || visited_.contains({ here.st_dev, here.st_ino }) || !single_.insert(path).second
        || ::fstatat(parent.get(), name.c_str(), &what, AT_SYMLINK_NOFOLLOW) != 0) {
        return;
    }
    ended_ = !each_({ path, what, parent.get(), name.c_str() });
}

void FileWalk::enter(int parent, const std::string& name, const std::string& path, size_t depth)
{
    fd::Fd open(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (open) {
        folder(std::move(open), path, true, depth);
    } else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) { // else replaced meanwhile
        fd::fail(path);
    }
}

void FileWalk::folder(fd::Fd open, const std::string& path, bool deep, size_t depth)
try {
    struct stat here { };
    if (::fstat(open.get(), &here) != 0) {
        fd::fail(path);
    }
    if (excluded(path) || holdsNoSoftware(open.get())
        || !visited_.insert({ here.st_dev, here.st_ino }).second) {
        return;
    }
    if (Sources* sources = root_.sources()) {
        sources->filesOf(path, open.get());
    }
    if (depth > MaxDepth) {
        throw std::length_error(path + ": deeper than " + std::to_string(MaxDepth) + " folders");
    }
    const int at = open.get();
    for (const std::string& name : namesIn(fd::Fd(::fcntl(at, F_DUPFD_CLOEXEC, 0)), path)) {
        const std::string file = joined(path, name);
        struct stat what { };
        if (ended_) {
            return;
        }
        if (::fstatat(at, name.c_str(), &what, AT_SYMLINK_NOFOLLOW) != 0) {
            continue; // gone meanwhile
        }
        if (!S_ISDIR(what.st_mode)) {
            if (!excluded(file) && !single_.contains(file)) {
                ended_ = !each_({ file, what, at, name.c_str() });
            }
        } else if (deep) {
            enter(at, name, file, depth + 1);
        }
    }
} catch (const std::exception& e) {
    failed_(path, e); // the folders beside it stand
}

void FileWalk::walk(const std::string& prefix, bool deep)
try {
    std::vector<std::string> links;
    const std::string path = withoutLinks(root_, prefix, &links);
    for (const std::string& link : links) {
        single(link);
    }
    const auto what = root_.status(path, false);
    if (!what || ended_) {
        return;
    }
    if (S_ISDIR(what->st_mode)) {
        folder(root_.open(path, O_DIRECTORY), path, deep, 0);
    } else {
        single(path);
    }
} catch (const Absent&) {
    // gone meanwhile
} catch (const std::exception& e) {
    failed_(prefix, e);
}

} // namespace agent

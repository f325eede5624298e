#include "agent/prober/suspicion.h"
#include "agent/prober/proc_files.h"
#include "common/text.h"

#include <algorithm>
#include <fcntl.h>
#include <linux/magic.h>
#include <string_view>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>

namespace agent {

namespace {

// How threads of the kernel are called: those with a slash by what stands before it.
constexpr std::string_view KernelNames[] = { "kworker/", "ksoftirqd/", "migration/", "cpuhp/",
    "idle_inject/", "irq/", "jbd2/", "scsi_eh_", "scsi_tmf_", "xfsaild/", "watchdog/", "rcu_",
    "rcuog/", "rcuop/", "rcub/", "kthreadd", "kswapd", "kcompactd", "khugepaged", "ksmd",
    "kdevtmpfs", "khungtaskd", "kauditd", "oom_reaper", "kblockd", "kintegrityd", "watchdogd" };

bool kernelName(std::string_view name)
{
    return std::ranges::any_of(
        KernelNames, [&](std::string_view known) { return name.starts_with(known); });
}

bool isElf(const Root& root, const std::string& path)
try {
    const fd::Fd file = root.open(path);
    char magic[4] = {};
    return ::pread(file.get(), magic, sizeof magic, 0) == sizeof magic
        && std::string_view(magic, sizeof magic)
        == "\x7f"
           "ELF";
} catch (const std::exception&) {
    return false; // not ours to read: no claim is made
}

bool sameFile(const struct stat& file, const Process& process)
{
    return file.st_dev == process.imageDevice && file.st_ino == process.imageInode;
}

/// Group 0 is root's own, and a user's private group has the number of the user.
std::string writersOf(const struct stat& what)
{
    if ((what.st_mode & S_IWOTH) != 0) {
        return "everybody";
    }
    const bool shared = what.st_gid != 0 && what.st_gid != what.st_uid;
    return (what.st_mode & S_IWGRP) != 0 && shared ? "group " + std::to_string(what.st_gid) : "";
}

const char* memoryType(long magic)
{
    return magic == TMPFS_MAGIC ? "tmpfs" : magic == RAMFS_MAGIC ? "ramfs" : nullptr;
}

/// Type of the file system that holds a path, by the table of mounts.
std::string typeByMounts(const Root& root, const std::string& path)
{
    const std::string file = "/proc/self/mountinfo";
    std::string type;
    size_t longest = 0;
    for (const Mount& mount : parseMountinfo(root.readIfThere(file).value_or(""), file)) {
        const std::string prefix = mount.point == "/" ? "/" : mount.point + "/";
        if (path.starts_with(prefix) && prefix.size() >= longest) {
            longest = prefix.size();
            type = mount.point == "/" ? "" : mount.type;
        }
    }
    return type;
}

} // namespace

std::optional<std::string> masquerade(const Root& root, const Process& process)
{
    const std::string first = process.arguments.empty() ? "" : process.arguments[0];
    if (first.starts_with('[') && std::string_view(text::trim(first)).ends_with(']')) {
        // Of a title of several words one is enough: others may be arguments, and so secrets.
        return "calls itself " + text::quoted(first.substr(0, first.find(' ')), 64)
            + " but is no thread of the kernel";
    }
    if (kernelName(process.name)) {
        return "is named " + text::quoted(process.name) + " but is no thread of the kernel";
    }
    if (!first.starts_with('/') || process.deleted || process.imageInode == 0
        || first == process.executable) {
        return std::nullopt;
    }
    // Another program's path as its own name. A script, a link to it or a name of several words is
    // no claim; nor is anything where its own path is not seen by us (a container).
    const auto claimed = root.status(first);
    const auto own = root.status(process.executable);
    if (claimed && S_ISREG(claimed->st_mode) && own && sameFile(*own, process)
        && !sameFile(*claimed, process) && isElf(root, first)) {
        return "calls itself " + text::quoted(first) + ", which is another program";
    }
    return std::nullopt;
}

std::optional<std::string> Writers::of(const std::string& path)
{
    for (size_t end = path.size(); end != 0 && end != path.npos; end = path.rfind('/', end - 1)) {
        const std::string part = path.substr(0, end);
        const auto [known, fresh] = known_.try_emplace(part);
        if (fresh) {
            const auto what = root_.status(part);
            known->second = what ? writersOf(*what) : "";
        }
        if (!known->second.empty()) {
            return text::quoted(part) + " can be written by " + known->second;
        }
    }
    return std::nullopt;
}

std::optional<std::string> memoryBacked(const Root& root, const Process& process, int image)
{
    const std::string& path = process.executable;
    if (path.starts_with("/memfd:")) {
        return "memfd";
    }
    if (path.starts_with("/dev/shm/") || path.starts_with("/SYSV")) {
        return "shared memory";
    }
    struct statfs file { };
    struct statfs top { };
    if (!root.live() || image < 0 || ::fstatfs(image, &file) != 0 || ::statfs("/", &top) != 0) {
        const std::string type = typeByMounts(root, path);
        return type == "tmpfs" || type == "ramfs" ? std::optional(type) : std::nullopt;
    }
    const char* type = memoryType(file.f_type);
    return type && !memoryType(top.f_type) ? std::optional<std::string>(type) : std::nullopt;
}

} // namespace agent

// What the files of /proc/PID say (proc(5)): parsers of text, which read nothing themselves.
// All throw ParseError with the name of the file that the text came from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace agent {

struct ProcessStat {
    uint32_t pid = 0;
    std::string name {};
    char state = '?';
    uint32_t parent = 0;
    uint32_t flags = 0; // PF_* of the kernel's sched.h
    uint32_t threads = 0;
    uint64_t startTicks = 0;
};
/// /proc/PID/stat. The name stands in brackets and may hold anything, brackets and newlines too.
ProcessStat parseStat(std::string_view all, const std::string& file);

struct ProcessStatus {
    uid_t user = 0; // effective
    gid_t group = 0;
    uint64_t capabilities = 0; // effective
};
ProcessStatus parseStatus(std::string_view all, const std::string& file);

/// /proc/PID/cmdline: every argument ends with NUL; a process may have written anything there.
std::vector<std::string> parseArguments(std::string_view all);

/// Inode in the text of a namespace link, "net:[4026531840]"; nothing if it is not one of `kind`.
std::optional<uint64_t> namespaceInode(std::string_view link, std::string_view kind);

/// systemd unit that the text of /proc/PID/cgroup names: the first part of the path that is a
/// service or a scope; nothing for a login session, whose number changes each time.
std::optional<std::string> unitOfCgroup(std::string_view all);

struct Mount {
    std::string root; // inside its file system; "net:[4026532177]" for a pinned namespace
    std::string point;
    std::string type;
    std::string superOptions;
};
/// /proc/PID/mountinfo, its octal escapes resolved.
std::vector<Mount> parseMountinfo(std::string_view all, const std::string& file);

} // namespace agent

#include "agent/prober/processes.h"
#include "agent/prober/probe.h"
#include "agent/prober/proc_files.h"
#include "common/text.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace agent {

namespace {

constexpr uint32_t KernelThread = 0x00200000; // PF_KTHREAD of the kernel's sched.h
constexpr size_t MaxArguments = 64u << 10;
constexpr size_t MaxStat = 16u << 10; // of stat and status
constexpr size_t MaxThreads = 65536;
constexpr std::string_view Deleted = " (deleted)";

/// ESRCH: it ended between open and read. ENOENT: before, or it is a zombie.
bool vanished(int error)
{
    return error == ENOENT || error == ESRCH || error == ENOTDIR;
}

bool forbidden(int error)
{
    return error == EACCES || error == EPERM;
}

/// What a magic link leads to; nothing if it may not be followed.
std::optional<struct stat> followed(const std::string& path)
{
    struct stat what { };
    return ::stat(path.c_str(), &what) == 0 ? std::optional(what) : std::nullopt;
}

/// Files of one process, relative to its folder: what is read is of one process even if its id is
/// given to another meanwhile.
class Folder {
public:
    Folder(int proc, const std::string& pid, std::string& buffer)
        : name_("/proc/" + pid)
        , fd_(::openat(proc, pid.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
        , buffer_(buffer)
    {
    }

    bool there() const { return static_cast<bool>(fd_); }
    std::string path(const char* file) const { return name_ + "/" + file; }

    /// At most `most` bytes, valid until the next call. Nothing if the process is gone; an empty
    /// text and `denied` if we may not.
    std::optional<std::string_view> read(const char* file, size_t most, bool& denied) const
    {
        const fd::Fd in(::openat(fd_.get(), file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!in) {
            return refused(file, denied);
        }
        size_t size = 0;
        for (;;) {
            if (buffer_.size() < std::min(size + 4096, most)) {
                buffer_.resize(std::min(size + 16384, most));
            }
            const ssize_t n = ::read(in.get(), buffer_.data() + size,
                most - size > 0 ? std::min(buffer_.size(), most) - size : 0);
            if (n < 0 && errno != EINTR) {
                return refused(file, denied);
            }
            size += n > 0 ? static_cast<size_t>(n) : 0;
            if (n == 0 || size == most) {
                return std::string_view(buffer_.data(), size);
            }
        }
    }

    std::optional<std::string> link(const char* file, bool& denied) const
    {
        char target[4096];
        const ssize_t n = ::readlinkat(fd_.get(), file, target, sizeof target);
        if (n < 0) {
            denied = denied || forbidden(errno);
            return std::nullopt;
        }
        return std::string(target, static_cast<size_t>(n));
    }

private:
    std::optional<std::string_view> refused(const char* file, bool& denied) const
    {
        if (forbidden(errno)) {
            denied = true;
            return std::string_view();
        }
        if (vanished(errno)) {
            return std::nullopt;
        }
        fd::fail(path(file));
    }

    std::string name_;
    fd::Fd fd_;
    std::string& buffer_;
};

/// Sets the image too, which is that of another thread if the first has ended while others go on.
std::optional<std::string> executableLink(const Root& root, const Folder& folder, Process& process)
{
    process.image = std::to_string(process.pid);
    auto link = folder.link("exe", process.denied);
    if (link || process.threads <= 1 || process.denied) {
        return link;
    }
    const auto threads = root.list(folder.path("task"));
    for (size_t i = 0; i < std::min(threads.size(), MaxThreads) && !link; ++i) {
        link = folder.link(("task/" + threads[i] + "/exe").c_str(), process.denied);
        if (link) {
            process.image += "/task/" + threads[i];
        }
    }
    return link;
}

void readExecutable(const Root& root, const Folder& folder, Process& process)
{
    auto link = executableLink(root, folder, process);
    if (!link) {
        return;
    }
    const std::string path = "/proc/" + process.image + "/exe";
    if (const auto image = root.live() ? followed(path) : root.status(path)) {
        process.imageDevice = image->st_dev;
        process.imageInode = image->st_ino;
    }
    if (link->ends_with(Deleted)) {
        // The kernel's mark, unless the file is really named so: made to deceive.
        const auto named = root.status(*link);
        process.deleted
            = !named || named->st_dev != process.imageDevice || named->st_ino != process.imageInode;
        if (process.deleted) {
            link->resize(link->size() - Deleted.size());
        }
    }
    process.executable = std::move(*link);
}

bool readUserProcess(const Root& root, const Folder& folder, Process& process)
{
    const auto status = folder.read("status", MaxStat, process.denied);
    if (!status) {
        return false;
    }
    if (!status->empty()) {
        const ProcessStatus values = parseStatus(*status, folder.path("status"));
        process.user = values.user;
        process.group = values.group;
        process.capabilities = values.capabilities;
    }
    if (process.zombie()) {
        return true;
    }
    bool hidden = false;
    const auto arguments = folder.read("cmdline", MaxArguments, hidden);
    if (arguments) {
        process.arguments = parseArguments(*arguments);
        process.argumentsCut = arguments->size() == MaxArguments;
    }
    readExecutable(root, folder, process);
    if (const auto link = folder.link("ns/net", process.denied)) {
        process.networkNamespace = namespaceInode(*link, "net").value_or(0);
    }
    return true;
}

std::optional<Process> readProcess(
    const Root& root, int proc, const std::string& pid, std::string& buffer)
{
    const Folder folder(proc, pid, buffer);
    if (!folder.there()) {
        return std::nullopt;
    }
    Process process;
    const auto text = folder.read("stat", MaxStat, process.denied);
    if (!text || text->empty()) {
        return std::nullopt;
    }
    ProcessStat stat = parseStat(*text, folder.path("stat"));
    // The folder may show another process, mounted over it: the name of the folder is the truth.
    process.pid = *text::number<uint32_t>(pid);
    process.parent = stat.parent;
    process.startTicks = stat.startTicks;
    process.threads = stat.threads;
    process.state = stat.state;
    process.name = std::move(stat.name);
    process.kernelThread = (stat.flags & KernelThread) != 0;
    if (!process.kernelThread && !readUserProcess(root, folder, process)) {
        return std::nullopt;
    }
    return process;
}

} // namespace

std::vector<Process> processes(const Root& root, const OddProcess& odd)
{
    const fd::Fd proc = root.open("/proc", O_DIRECTORY);
    std::string buffer;
    std::vector<Process> all;
    for (const std::string& name : root.list("/proc")) {
        if (!text::number<uint32_t>(name)) {
            continue;
        }
        try { // boundary: one process
            if (auto process = readProcess(root, proc.get(), name, buffer)) {
                all.push_back(std::move(*process));
            }
        } catch (const std::exception& e) {
            odd("/proc/" + name, e);
        }
    }
    std::ranges::sort(all, {}, &Process::pid);
    return all;
}

std::optional<Process> process(const Root& root, uint32_t pid)
{
    const fd::Fd proc = root.open("/proc", O_DIRECTORY);
    std::string buffer;
    return readProcess(root, proc.get(), std::to_string(pid), buffer);
}

bool seesAllProcesses(const Root& root)
{
    constexpr uint64_t First = 0xEFFFFFFC; // PROC_PID_INIT_INO of the kernel's proc_ns.h
    const auto link = root.link("/proc/self/ns/pid");
    return !link || namespaceInode(*link, "pid") == First;
}

std::optional<std::string> unitOf(const Root& root, uint32_t pid)
try {
    const auto text = root.readIfThere("/proc/" + std::to_string(pid) + "/cgroup");
    return text ? unitOfCgroup(*text) : std::nullopt;
} catch (const std::system_error&) {
    return std::nullopt; // gone meanwhile, or not ours to read
}

} // namespace agent

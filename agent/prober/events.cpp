#include "agent/prober/events.h"
#include "agent/prober/processes.h"
#include "common/log.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>

namespace agent {

namespace {

/// Between two rounds of events: a flood of them wakes us no more often.
constexpr std::chrono::milliseconds Pause { 50 };
constexpr std::chrono::milliseconds MountsPause { 500 }; // all folders are watched anew after it
constexpr std::chrono::milliseconds Answer { 200 };
constexpr int QueueSize = 1 << 20; // bytes, about 1,000 events
constexpr uint32_t Changes = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE
    | IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

/// What the headers of Linux up to 6.5 name within proc_event, and later ones beside it.
struct Kind : proc_event {
    static constexpr uint32_t Exec = PROC_EVENT_EXEC;
    static constexpr uint32_t Uid = PROC_EVENT_UID;
};

// Offsets in a message: header of netlink, header of the connector, event.
constexpr size_t EventAt = sizeof(nlmsghdr) + sizeof(cn_msg);
constexpr uint32_t WhatAt = EventAt + offsetof(proc_event, what);

/// The kernel filters for us: nothing but exec and changed user ids comes through. Numbers in a
/// filter are in network order.
bool filterEvents(int socket)
{
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, WhatAt),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(Kind::Exec), 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(Kind::Uid), 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    };
    const sock_fprog program { std::size(code), code };
    return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

/// Asks for events; the kernel answers, unless we are in a container of whatever kind.
bool subscribe(int socket)
{
    nlmsghdr header {};
    cn_msg message {};
    const uint32_t operation = PROC_CN_MCAST_LISTEN;
    char request[EventAt + sizeof operation];
    header.nlmsg_len = sizeof request;
    header.nlmsg_type = NLMSG_DONE;
    message.id = { CN_IDX_PROC, CN_VAL_PROC };
    message.len = sizeof operation;
    std::memcpy(request, &header, sizeof header);
    std::memcpy(request + sizeof header, &message, sizeof message);
    std::memcpy(request + EventAt, &operation, sizeof operation);
    pollfd ready { socket, POLLIN, 0 };
    return ::send(socket, request, sizeof request, 0) == static_cast<ssize_t>(sizeof request)
        && ::poll(&ready, 1, Answer.count()) == 1;
}

} // namespace

Events::Events(loop::Loop& loop)
    : loop_(loop)
{
    openConnector();
    if (!connector_) {
        logging::info(std::string("no events of processes: ") + std::strerror(errno)
            + "; programs are looked for at each sampling interval only");
    }
    inotify_ = fd::Fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!inotify_) {
        logging::info(std::string("no events of files: ") + std::strerror(errno)
            + "; files are looked at at each sampling interval only");
    }
    mounts_ = fd::Fd(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
}

Events::~Events()
{
    for (const fd::Fd* one : { &connector_, &inotify_, &mounts_ }) {
        if (*one) {
            loop_.forget(one->get());
        }
    }
}

void Events::listen(Hear hear)
{
    hear_ = std::move(hear);
    if (connector_) {
        loop_.watch(connector_.get(), EPOLLIN, [this](uint32_t) { fromConnector(); });
    }
    if (inotify_) {
        loop_.watch(inotify_.get(), EPOLLIN, [this](uint32_t) { fromInotify(); });
    }
    if (mounts_) {
        loop_.watch(mounts_.get(), EPOLLPRI, [this](uint32_t) { fromMounts(); });
    }
}

void Events::openConnector()
{
    if (!seesAllProcesses(Root())) {
        errno = EPERM; // some kernels would tell us ids that are not ours
        return;
    }
    fd::Fd socket(
        ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR));
    sockaddr_nl at {};
    at.nl_family = AF_NETLINK;
    at.nl_groups = CN_IDX_PROC;
    if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
        return;
    }
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &QueueSize, sizeof QueueSize);
    if (!subscribe(socket.get())) {
        errno = EPERM;
        return;
    }
    if (filterEvents(socket.get())) {
        connector_ = std::move(socket);
    }
}

void Events::pause(
    int fd, uint32_t events, std::chrono::milliseconds time, std::function<void()> again)
{
    loop_.forget(fd);
    loop_.after(time, [this, fd, events, again = std::move(again)] {
        loop_.watch(fd, events, [again](uint32_t) { again(); });
    });
}

void Events::fromConnector()
{
    pause(connector_.get(), EPOLLIN, Pause, [this] { fromConnector(); });
    std::set<uint32_t> pids;
    alignas(nlmsghdr) char block[4096];
    for (;;) {
        sockaddr_nl from {};
        socklen_t size = sizeof from;
        const ssize_t n = ::recvfrom(connector_.get(), block, sizeof block, MSG_DONTWAIT,
            reinterpret_cast<sockaddr*>(&from), &size);
        if (n < 0 && errno == ENOBUFS) {
            hear_.programsLost();
            continue;
        }
        if (n < 0 && errno != EINTR) {
            break;
        }
        proc_event event;
        if (from.nl_pid != 0 || n < static_cast<ssize_t>(EventAt + sizeof event)) {
            continue; // another process may send to us too
        }
        std::memcpy(&event, block + EventAt, sizeof event);
        pids.insert(
            static_cast<uint32_t>(event.what == Kind::Exec ? event.event_data.exec.process_tgid
                                                           : event.event_data.id.process_tgid));
    }
    for (const uint32_t pid : pids) {
        hear_.program(pid);
    }
}

/// Its poll tells of each change once, also if nothing is read.
void Events::fromMounts()
{
    pause(mounts_.get(), EPOLLPRI, MountsPause, [this] { fromMounts(); });
    for (const auto& [watch, folders] : watched_) { // others may be in their place now
        ::inotify_rm_watch(inotify_.get(), watch);
    }
    watched_.clear();
    heard_.clear();
    hear_.foldersMoved();
    hear_.mounts();
}

void Events::fromInotify()
{
    pause(inotify_.get(), EPOLLIN, Pause, [this] { fromInotify(); });
    std::set<std::string> folders;
    bool moved = false;
    alignas(inotify_event) char block[16384];
    for (;;) {
        const ssize_t n = ::read(inotify_.get(), block, sizeof block);
        if (n <= 0) {
            break;
        }
        for (const char* at = block; at < block + n;) {
            inotify_event event;
            std::memcpy(&event, at, sizeof event);
            at += sizeof event + event.len;
            if ((event.mask & IN_Q_OVERFLOW) != 0) {
                hear_.foldersLost();
            }
            const auto watched = watched_.find(event.wd);
            if (watched == watched_.end()) {
                continue;
            }
            folders.insert(watched->second.begin(), watched->second.end());
            // A folder that is gone, or came: those below are to be watched where they are now.
            if ((event.mask & (IN_IGNORED | IN_ISDIR)) != 0) {
                for (const std::string& folder : watched->second) {
                    heard_.erase(folder);
                }
                watched_.erase(watched);
                moved = true;
            }
        }
    }
    if (moved) {
        hear_.foldersMoved();
    }
    for (const std::string& folder : folders) {
        hear_.folder(folder);
    }
}

/// -1 if it cannot be watched.
int Events::watchOf(const Root& root, std::string folder) const
{
    while (!root.exists(folder) && folder != "/") {
        folder.resize(std::max<size_t>(folder.rfind('/'), 1));
    }
    try { // boundary: one folder of many
        const fd::Fd open = root.open(folder, O_DIRECTORY);
        const std::string path = "/proc/self/fd/" + std::to_string(open.get());
        return ::inotify_add_watch(inotify_.get(), path.c_str(), Changes);
    } catch (const std::exception&) {
        return -1; // gone again, or not ours to read
    }
}

void Events::watch(const Root& root, const std::set<std::string>& folders)
{
    if (!inotify_) {
        return;
    }
    const Root::Recording none(root, nullptr);
    heard_.clear();
    for (auto watch = watched_.begin(); watch != watched_.end();) {
        std::erase_if(
            watch->second, [&](const std::string& folder) { return !folders.contains(folder); });
        if (watch->second.empty()) {
            ::inotify_rm_watch(inotify_.get(), watch->first);
            watch = watched_.erase(watch);
        } else {
            heard_.insert(watch->second.begin(), watch->second.end());
            ++watch;
        }
    }
    for (const std::string& folder : folders) {
        if (heard_.contains(folder) || watched_.size() >= MostFolders) {
            continue;
        }
        if (const int watch = watchOf(root, folder); watch >= 0) {
            watched_[watch].insert(folder);
            heard_.insert(folder);
        }
    }
}

} // namespace agent

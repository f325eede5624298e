// What the kernel tells of processes, files and mounts as it happens: the process connector
// (linux/cn_proc.h, CONFIG_PROC_EVENTS), inotify(7) and poll(2) of mountinfo (proc(5)). Hints,
// never the truth: they say when to look, and nothing needs them to be seen in the end.
#pragma once

#include "agent/prober/root.h"
#include "common/loop.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace agent {

class Events {
public:
    struct Hear {
        /// A process runs another program, or as another user, from now on.
        std::function<void(uint32_t pid)> program;
        std::function<void(const std::string& folder)> folder; // something in it has changed
        std::function<void()> foldersMoved; // watch() should be called again
        std::function<void()> mounts; // something was mounted or unmounted
        std::function<void()> programsLost; // the kernel could not keep all
        std::function<void()> foldersLost;
    };

    /// Opens both while there are rights to: the connector wants CAP_NET_ADMIN in the first
    /// namespaces of users and processes. What the kernel does not have or does not grant is said
    /// in the log once, and done without.
    explicit Events(loop::Loop& loop);
    ~Events();
    Events(const Events&) = delete;
    Events& operator=(const Events&) = delete;
    void listen(Hear hear);

    bool ofProcesses() const { return static_cast<bool>(connector_); }

    /// Watches these folders of `root` and no others; for one that does not exist, the nearest
    /// above it. No more than MostFolders: of those left out, and of what cannot be watched,
    /// nothing is heard.
    void watch(const Root& root, const std::set<std::string>& folders);

    /// Whether something that changes in this folder is heard of, and all that is mounted.
    bool hears(const std::string& folder) const { return mounts_ && heard_.contains(folder); }

    static constexpr size_t MostFolders = 1024;

private:
    void openConnector();
    void fromConnector();
    void fromInotify();
    void fromMounts();
    int watchOf(const Root& root, std::string folder) const;
    void pause(
        int fd, uint32_t events, std::chrono::milliseconds time, std::function<void()> again);

    loop::Loop& loop_;
    Hear hear_;
    fd::Fd connector_;
    fd::Fd inotify_;
    fd::Fd mounts_;
    std::map<int, std::set<std::string>> watched_; // folders as they were asked for, by watch
    std::set<std::string> heard_; // all of them
};

} // namespace agent

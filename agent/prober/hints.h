// Which categories are due before their next beat, by what the kernel tells and by a short look at
// the listeners, of which it tells nothing.
#pragma once

#include "agent/prober/events.h"
#include "agent/prober/sources.h"

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace agent {

class Hints {
public:
    struct Hear {
        /// This category should be looked at again, after a moment in which more may happen.
        std::function<void(const std::string& category, std::chrono::milliseconds settle)> due;
        /// Events about it were lost: whatever its sources say, all is to be read.
        std::function<void(const std::string& category)> lost;
    };

    /// Without events only the listeners are looked at, and that only in the running system.
    Hints(loop::Loop& loop, const Root& root, Events* events, Hear hear);
    ~Hints();
    Hints(const Hints&) = delete;
    Hints& operator=(const Hints&) = delete;

    /// From now on for this category, which was read from these. Whether it is told of other
    /// folders than before: what changed in those until now was not heard.
    bool follow(const std::string& category, const Sources& sources);
    /// Whether it is told at once when a file changes that this category was read from. Changes
    /// that inotify(7) does not know of (mmap(2), file systems on a network, a hard link elsewhere)
    /// are not.
    bool hears(const std::string& category) const;
    void forget(const std::string& category);
    /// Executables of running-processes: of these more may be started without a look.
    void know(std::set<std::string> programs) { programs_ = std::move(programs); }

    /// Events about this category that could not be followed up: processes that ended before they
    /// were looked at, and each overflow of the kernel's queue.
    uint64_t missed(const std::string& category) const;

private:
    struct Followed {
        std::set<std::string> folders;
        bool heard = false; // of all of them
        bool processes = false;
        bool sockets = false;
    };
    void program(uint32_t pid);
    bool first(const std::string& executable);
    void folder(const std::string& folder);
    void mounts();
    void overflow(bool ofPrograms);
    void lookAtListeners();
    void lookLater();
    void watchFolders();

    loop::Loop& loop_;
    const Root& root_;
    Events* events_;
    Hear hear_;
    std::map<std::string, Followed> followed_;
    std::set<std::string> programs_;
    std::map<std::string, loop::Moment> lately_; // programs that were started
    std::map<std::string, uint64_t> missed_;
    std::string listenerCount_;
    std::string listeners_;
    int looks_ = 0; // since the listeners were
    loop::Loop::TimerId look_ = 0;
};

} // namespace agent

// A process forked off without exec, joined by a channel.
#pragma once

#include "common/fd.h"
#include "common/frame.h"

#include <functional>
#include <optional>
#include <string>

namespace process {

/// A running or ended child. Its number is never kept, only a pidfd: a number may be reused, and
/// kill(-1) would end every process of the machine.
class Process {
public:
    /// Runs `body` in a child that has no open descriptor but 0 to 2 and its end of the channel,
    /// and ends with it. Throws std::system_error: then there is no child.
    Process(const std::string& name, const std::function<void(fd::Fd)>& body, size_t channelLimit);
    /// Closes the channel, kills what still runs, and collects it. A child of another user is not
    /// killed: it must end with its channel.
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// Readable once the process has ended.
    int ended() const { return pidfd_.get(); }
    /// How it ended: empty for exit status 0. To be called once ended() is readable.
    std::string collect();
    void kill();

    frame::Channel& channel() { return *channel_; }

private:
    Process(const std::string& name, const std::function<void(fd::Fd)>& body, size_t channelLimit,
        std::pair<fd::Fd, fd::Fd> ends);

    std::optional<frame::Channel> channel_;
    fd::Fd pidfd_;
    bool collected_ = false;
};

} // namespace process

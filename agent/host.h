// The program that has started this agent and wants to be told (libfemtowatch-agent, `run --status
// FD`): lines of text over a socket. The agent ends when that program does.
#pragma once

#include "common/fd.h"
#include "common/frame.h"
#include "common/loop.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace agent {

class Host {
public:
    /// Takes the socket over; a negative one is none, and then nothing here does anything. Throws
    /// std::system_error if it is no socket.
    explicit Host(int socket);

    /// Calls `gone` once, when the program has closed its end or is no more: a process forked from
    /// it may still hold that end.
    void watch(loop::Loop& loop, std::function<void()> gone);

    // What is told, a line each: a word of these, then what belongs to it. A reader passes over
    // words that it does not know.

    /// "agent VERSION", first.
    void version();
    /// "serving": endpoints are open. Again when they are opened again.
    void serving();
    /// "facts FILE VERSION CATEGORY OUTCOME [TEXT]", the fields of Message::FactsJudged. Of a file
    /// that libfemtowatch-agent cannot have written nothing is told. Throws frame::Broken.
    void facts(const frame::Message& judged);
    /// "exit STATUS [REASON]", last.
    void exit(int status, std::string_view reason);

private:
    void say(std::string line);
    void flush();
    void readable();
    void lost();

    fd::Fd socket_;
    fd::Fd parent_; // pidfd
    loop::Loop* loop_ = nullptr;
    std::function<void()> gone_;
    std::string unsent_; // lines, the first of them perhaps in part
    std::map<std::string, std::string> judged_; // by file and category: told when unsent_ is empty,
                                                // so that a host that does not read costs little
};

} // namespace agent

// What NetconfServer knows of one socket to a gate; for its own files only.
#pragma once

#include "agent/server/netconf_server.h"
#include "common/netconf_frame.h"

#include <deque>

namespace agent {

struct NetconfServer::Connection {
    /// Bytes of replies that wait before another request is served.
    static constexpr size_t EnoughQueued = 1u << 20;

    uint64_t key = 0;
    fd::Fd socket;
    enum class State { Login, Hello, Open, Closing, Dead } state = State::Login;
    Session session;
    std::string first; // bytes of the Login message
    netconf_frame::Decoder decoder;
    std::optional<std::string> waiting; // attributes of a request that is answered later
    std::deque<std::shared_ptr<const std::string>> out;
    size_t written = 0; // of out.front()
    size_t queued = 0;
    bool corked = false; // is flushed at the end of the loop round
    bool more = false; // whole messages may be left in the decoder
    bool halfClosed = false; // nothing more comes
    loop::Loop::TimerId timer = 0;
};

} // namespace agent

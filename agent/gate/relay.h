// The NETCONF side of a gate, without sockets: bytes of the peer in, whole checked messages to the
// server out, and back. Towards the server always as a base:1.1 client whose hello is sent already;
// towards the peer as its hello asks.
#pragma once

#include "common/netconf_frame.h"

#include <stdexcept>
#include <string>
#include <string_view>

namespace agent::gate {

/// Bytes that wait for a reader, taken from the front.
class Queue {
public:
    void add(std::string_view bytes);
    std::string_view front() const { return std::string_view(bytes_).substr(done_); }
    void taken(size_t count);
    size_t size() const { return bytes_.size() - done_; }
    bool empty() const { return size() == 0; }

private:
    std::string bytes_;
    size_t done_ = 0;
};

/// The peer breaks the protocol or a limit; the text is fit to be shown to it.
struct Refused : std::runtime_error {
    explicit Refused(const std::string& why, const char* leaf = "")
        : std::runtime_error(why)
        , limit(leaf)
    {
    }
    const char* limit; // leaf of agent-access/limits that was reached; empty if none was
};

class Relay {
public:
    Relay(size_t mostMessage, size_t mostOutput);

    /// Both throw Refused.
    void fromPeer(std::string_view bytes);
    void fromServer(std::string_view bytes);

    Queue toPeer;
    Queue toServer;

    /// The peer's hello was whole and good.
    bool greeted() const { return greeted_; }
    /// A message of the peer has begun and is not whole.
    bool receiving() const { return greeted_ && peer_.within(); }
    /// The peer's last message asks for the end of the session.
    bool closing() const { return closing_; }

private:
    void hello(std::string_view message);
    void pass(std::string_view bytes);

    size_t mostOutput_;
    netconf_frame::Decoder peer_;
    netconf_frame::Decoder server_;
    netconf_frame::Framing framing_ = netconf_frame::Framing::EndOfMessage;
    bool greeted_ = false;
    bool serverGreeted_ = false;
    bool closing_ = false;
};

} // namespace agent::gate

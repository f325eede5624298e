// Messages between our own processes over a stream socket: 4 bytes length, 2 bytes type, then
// fields of 4 bytes length and bytes, all little-endian. A descriptor can travel with a message.
#pragma once

#include "common/fd.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace frame {

/// The other side broke the format or a limit; the channel is of no more use.
struct Broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Message {
    uint16_t type = 0;
    std::vector<std::string> fields;
    fd::Fd attached {};

    /// Field `i`. Throws Broken if there is none.
    const std::string& at(size_t i) const;
};

/// `message` as it stands on the wire, for a stream that goes on otherwise behind it; a descriptor
/// cannot travel so.
std::string encode(const Message& message);

/// One end of a non-blocking socket, with bounded buffers. The owner polls: reads when readable,
/// and flushes when writable while pending().
class Channel {
public:
    static constexpr size_t DefaultLimit = 64u << 20;

    explicit Channel(fd::Fd socket, size_t limit = DefaultLimit);

    int fd() const { return socket_.get(); }
    /// Queues and writes what can be written. Throws Broken if more than the limit is then queued,
    /// std::system_error if the other side is gone.
    void send(Message message);
    /// Writes what can be written.
    void flush();
    bool pending() const { return !out_.empty(); }
    size_t queued() const { return queued_; }
    /// The next whole message that has arrived; reads what is there. Throws Broken.
    std::optional<Message> receive();
    /// The other side has closed and all it sent was received.
    bool ended() const { return ended_; }

private:
    struct Piece {
        std::string bytes;
        size_t done = 0;
        fd::Fd attached;
    };
    void fill();
    std::optional<Message> parse();

    fd::Fd socket_;
    size_t limit_;
    std::deque<Piece> out_;
    size_t queued_ = 0;
    std::string in_;
    size_t parsed_ = 0;
    std::deque<fd::Fd> attached_;
    bool ended_ = false;
};

} // namespace frame

// Framing of NETCONF messages over SSH (RFC 6242): the end-of-message mark of base:1.0, used by
// every hello, and the chunks of base:1.1.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace netconf_frame {

enum class Framing {
    EndOfMessage, // section 4.3: message and "]]>]]>"
    Chunked, // section 4.2: "\n#SIZE\n" and data, once or more, and "\n##\n"
};

/// The stream breaks the framing or the limit. Nothing that follows can be understood.
struct Broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct TooLarge : Broken {
    using Broken::Broken;
};

/// Takes bytes as they come, in pieces of any size, and gives whole messages. Costs are linear in
/// the bytes; memory is what was added and not yet fetched, and at most one message.
class Decoder {
public:
    /// `most` is the size of the largest message that is accepted, without its framing.
    explicit Decoder(size_t most, Framing framing = Framing::EndOfMessage);

    void add(std::string_view bytes);
    /// The next whole message; never an empty one. Fetch until there is none, then add more. Throws
    /// Broken. White space in front of a base:1.0 message is left out, in front of a chunk it is an
    /// error.
    std::optional<std::string> next();
    /// For the bytes behind the last message that was fetched, those already added included.
    void use(Framing framing) { framing_ = framing; }
    /// Whether a message has begun that is not whole yet. Valid when next() had nothing.
    bool within() const;

private:
    enum class At { Start, Hash, Size, Digits, Data, End };
    std::optional<std::string> untilMark();
    std::optional<std::string> chunks();
    bool header(char c);
    void digit(char c);

    size_t most_;
    Framing framing_;
    std::string in_; // added and not yet consumed from at_ on
    size_t at_ = 0;
    size_t searched_ = 0; // no mark begins before it
    At state_ = At::Start;
    uint64_t left_ = 0; // size of the chunk that is read, then what is missing of it
    std::string message_; // data of the chunks so far
};

/// `message` with framing around it, as one chunk where that is possible. Throws Broken if it is
/// empty, or has the end-of-message mark inside and that framing is asked for.
std::string encode(Framing framing, std::string_view message);

} // namespace netconf_frame

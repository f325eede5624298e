#include "common/netconf_frame.h"
#include "common/text.h"

#include <algorithm>
#include <utility>

namespace netconf_frame {

namespace {

constexpr std::string_view Mark = "]]>]]>";
constexpr std::string_view EndOfChunks = "\n##\n";
constexpr uint64_t LargestChunk = 4294967295; // RFC 6242, section 4.2
constexpr std::string_view WhiteSpace = " \t\r\n";
constexpr size_t Kept = 128u << 10; // bytes of an empty buffer that what comes next finds

[[noreturn]] void tooLarge(size_t most)
{
    throw TooLarge("message is larger than " + std::to_string(most) + " bytes");
}

[[noreturn]] void unexpected(char c, const char* instead)
{
    throw Broken("byte 0x" + text::hex({ &c, 1 }) + " where " + instead + " is needed");
}

} // namespace

Decoder::Decoder(size_t most, Framing framing)
    : most_(most)
    , framing_(framing)
{
}

void Decoder::add(std::string_view bytes)
{
    // Moves no byte more often than as many others were consumed.
    if (at_ > in_.size() / 2) {
        in_.erase(0, at_);
        searched_ -= std::min(searched_, at_);
        at_ = 0;
    }
    in_ += bytes;
}

std::optional<std::string> Decoder::next()
{
    return framing_ == Framing::EndOfMessage ? untilMark() : chunks();
}

bool Decoder::within() const
{
    return at_ < in_.size() || state_ != At::Start || !message_.empty();
}

std::optional<std::string> Decoder::untilMark()
{
    at_ = std::min(in_.find_first_not_of(WhiteSpace, at_), in_.size());
    const size_t mark = in_.find(Mark, std::max(at_, searched_));
    // Without a mark, all but what may be the beginning of one belongs to the message.
    const size_t end = mark == in_.npos ? in_.size() - std::min(in_.size(), Mark.size() - 1) : mark;
    if (end > at_ && end - at_ > most_) {
        tooLarge(most_);
    }
    searched_ = end;
    if (mark == in_.npos) {
        return std::nullopt;
    }
    if (mark == at_) {
        throw Broken("message is empty");
    }
    std::string message = in_.substr(at_, mark - at_);
    at_ = searched_ = mark + Mark.size();
    return message;
}

void Decoder::digit(char c)
{
    left_ = left_ * 10 + static_cast<uint64_t>(c - '0');
    if (left_ > LargestChunk) {
        throw Broken("chunk size is above " + std::to_string(LargestChunk));
    }
    if (left_ > most_ - message_.size()) {
        tooLarge(most_);
    }
    state_ = At::Digits;
}

/// One byte outside of chunk data. True if it was the last one of a message.
bool Decoder::header(char c)
{
    switch (state_) {
    case At::Start:
    case At::End:
        if (c != '\n') {
            unexpected(c, "a line feed");
        }
        if (state_ == At::End) {
            state_ = At::Start;
            return true;
        }
        state_ = At::Hash;
        break;
    case At::Hash:
        if (c != '#') {
            unexpected(c, "'#'");
        }
        left_ = 0;
        state_ = At::Size;
        break;
    case At::Size:
        if (c == '#') {
            if (message_.empty()) {
                throw Broken("message without a chunk");
            }
            state_ = At::End;
        } else if (c < '1' || c > '9') {
            unexpected(c, "a chunk size from 1 on, without leading zero,");
        } else {
            digit(c);
        }
        break;
    default: // Digits
        if (c == '\n') {
            state_ = At::Data;
        } else if (c < '0' || c > '9') {
            unexpected(c, "a digit of the chunk size");
        } else {
            digit(c);
        }
    }
    return false;
}

std::optional<std::string> Decoder::chunks()
{
    while (at_ < in_.size()) {
        if (state_ != At::Data) {
            if (header(in_[at_++])) {
                searched_ = at_;
                return std::exchange(message_, {});
            }
            continue;
        }
        const size_t take = std::min<size_t>(left_, in_.size() - at_);
        message_.append(in_, at_, take);
        at_ += take;
        left_ -= take;
        if (left_ == 0) {
            state_ = At::Start;
        }
    }
    in_.clear();
    if (in_.capacity() > Kept) {
        in_.shrink_to_fit();
    }
    at_ = searched_ = 0;
    return std::nullopt;
}

std::string encode(Framing framing, std::string_view message)
{
    if (message.empty()) {
        throw Broken("message is empty");
    }
    std::string out;
    out.reserve(message.size() + 32);
    if (framing == Framing::EndOfMessage) {
        if (message.find(Mark) != message.npos) {
            throw Broken("message has the end-of-message mark inside");
        }
        out += message;
        return out += Mark;
    }
    while (!message.empty()) {
        const std::string_view chunk = message.substr(0, LargestChunk);
        out += "\n#";
        out += std::to_string(chunk.size());
        out += '\n';
        out += chunk;
        message.remove_prefix(chunk.size());
    }
    return out += EndOfChunks;
}

} // namespace netconf_frame

#include "common/frame.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace frame {

namespace {

constexpr size_t MostFields = 4096;
constexpr size_t MostAttached = 64;
constexpr size_t Kept = 128u << 10; // bytes of an empty buffer that the next message finds
constexpr uint16_t WithDescriptor = 0x8000; // in the type on the wire

void put(std::string& out, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; ++i) {
        out += static_cast<char>(value >> (8 * i) & 0xff);
    }
}

uint32_t get(const char* at, int bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < bytes; ++i) {
        value |= static_cast<uint32_t>(static_cast<uint8_t>(at[i])) << (8 * i);
    }
    return value;
}

} // namespace

const std::string& Message::at(size_t i) const
{
    if (i >= fields.size()) {
        throw Broken("message " + std::to_string(type) + " has " + std::to_string(fields.size())
            + " fields, field " + std::to_string(i) + " is needed");
    }
    return fields[i];
}

std::string encode(const Message& message)
{
    size_t size = 6;
    for (const std::string& field : message.fields) {
        size += 4 + field.size();
    }
    std::string bytes;
    bytes.reserve(size);
    put(bytes, static_cast<uint32_t>(size - 4), 4);
    put(bytes, message.type | (message.attached ? WithDescriptor : 0u), 2);
    for (const std::string& field : message.fields) {
        put(bytes, static_cast<uint32_t>(field.size()), 4);
        bytes += field;
    }
    return bytes;
}

Channel::Channel(fd::Fd socket, size_t limit)
    : socket_(std::move(socket))
    , limit_(limit)
{
    fd::setNonBlocking(socket_.get());
}

void Channel::send(Message message)
{
    size_t size = 6;
    for (const std::string& field : message.fields) {
        size += 4 + field.size();
    }
    if (size > limit_ || queued_ + size > limit_) {
        throw Broken("more than " + std::to_string(limit_) + " bytes queued");
    }
    std::string bytes = encode(message);
    queued_ += bytes.size();
    out_.push_back({ std::move(bytes), 0, std::move(message.attached) });
    flush();
}

void Channel::flush()
{
    while (!out_.empty()) {
        Piece& piece = out_.front();
        iovec part { piece.bytes.data() + piece.done, piece.bytes.size() - piece.done };
        msghdr header {};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
        if (piece.attached) {
            header.msg_control = control;
            header.msg_controllen = sizeof control;
            cmsghdr* const with = CMSG_FIRSTHDR(&header);
            with->cmsg_level = SOL_SOCKET;
            with->cmsg_type = SCM_RIGHTS;
            with->cmsg_len = CMSG_LEN(sizeof(int));
            const int number = piece.attached.get();
            memcpy(CMSG_DATA(with), &number, sizeof number);
        }
        const ssize_t n = ::sendmsg(socket_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (n < 0) {
            fd::fail("the other process");
        }
        piece.attached.close();
        piece.done += static_cast<size_t>(n);
        queued_ -= static_cast<size_t>(n);
        if (piece.done < piece.bytes.size()) {
            return;
        }
        out_.pop_front();
    }
}

void Channel::fill()
{
    char block[65536];
    iovec part { block, sizeof block };
    alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))] = {};
    msghdr header {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    const ssize_t n = ::recvmsg(socket_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0) {
        ended_ = true;
        return;
    }
    for (cmsghdr* one = CMSG_FIRSTHDR(&header); one; one = CMSG_NXTHDR(&header, one)) {
        if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const size_t count = (one->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; ++i) {
            int number = -1;
            memcpy(&number, CMSG_DATA(one) + i * sizeof number, sizeof number);
            attached_.emplace_back(number);
        }
    }
    if (attached_.size() > MostAttached || (header.msg_flags & MSG_CTRUNC)) {
        throw Broken("too many descriptors");
    }
    in_.append(block, static_cast<size_t>(n));
}

std::optional<Message> Channel::parse()
{
    const char* const at = in_.data() + parsed_;
    const size_t there = in_.size() - parsed_;
    if (there < 4) {
        return std::nullopt;
    }
    const size_t size = get(at, 4);
    if (size < 2 || size > limit_) {
        throw Broken("message of " + std::to_string(size) + " bytes");
    }
    if (there < 4 + size) {
        return std::nullopt;
    }
    Message message;
    const auto type = static_cast<uint16_t>(get(at + 4, 2));
    message.type = type & static_cast<uint16_t>(~WithDescriptor);
    size_t offset = 2;
    while (offset < size) {
        const size_t length = size - offset >= 4 ? get(at + 4 + offset, 4) : size;
        if (size - offset < 4 || length > size - offset - 4
            || message.fields.size() == MostFields) {
            throw Broken("message " + std::to_string(message.type) + ": broken field");
        }
        message.fields.emplace_back(at + 8 + offset, length);
        offset += 4 + length;
    }
    if (type & WithDescriptor) {
        if (attached_.empty()) {
            throw Broken("message " + std::to_string(message.type) + ": its descriptor is missing");
        }
        message.attached = std::move(attached_.front());
        attached_.pop_front();
    }
    parsed_ += 4 + size;
    if (parsed_ == in_.size()) {
        in_.clear();
        if (in_.capacity() > Kept) {
            in_.shrink_to_fit();
        }
        parsed_ = 0;
    } else if (parsed_ > (1u << 20)) {
        in_.erase(0, parsed_);
        parsed_ = 0;
    }
    return message;
}

std::optional<Message> Channel::receive()
{
    for (;;) {
        if (auto message = parse()) {
            return message;
        }
        const size_t before = in_.size();
        if (ended_) {
            return std::nullopt;
        }
        fill();
        if (in_.size() == before) {
            return std::nullopt;
        }
    }
}

} // namespace frame

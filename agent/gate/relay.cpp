#include "agent/gate/relay.h"
#include "agent/gate/hello.h"

#include <cassert>

namespace agent::gate {

using netconf_frame::Framing;

void Queue::add(std::string_view bytes)
{
    // Moves no byte more often than as many others were taken.
    if (done_ > bytes_.size() / 2) {
        bytes_.erase(0, done_);
        done_ = 0;
    }
    bytes_ += bytes;
}

void Queue::taken(size_t count)
{
    assert(count <= size());
    done_ += count;
    if (done_ == bytes_.size()) {
        done_ = 0;
        bytes_.clear();
        if (bytes_.capacity() > (1u << 18)) {
            bytes_.shrink_to_fit(); // a large reply was sent; sessions are mostly idle
        }
    }
}

Relay::Relay(size_t mostMessage, size_t mostOutput)
    : mostOutput_(mostOutput)
    , peer_(mostMessage)
    , server_(mostOutput)
{
}

void Relay::hello(std::string_view message)
{
    const Hello hello = Hello::parse(message);
    if (!hello.base10 && !hello.base11) {
        throw Refused("hello has no base protocol in common"); // RFC 6241, section 8.1
    }
    framing_ = hello.base11 ? Framing::Chunked : Framing::EndOfMessage;
    greeted_ = true;
    peer_.use(framing_);
    fromServer({}); // what had to wait for the framing
}

void Relay::fromPeer(std::string_view bytes)
try {
    peer_.add(bytes);
    while (const auto message = peer_.next()) {
        // No NETCONF message has a NUL (XML 1.0, section 2.2); a C parser would stop there.
        if (message->find('\0') != message->npos) {
            throw Refused("message with a NUL byte");
        }
        if (!greeted_) {
            hello(*message);
        } else {
            closing_ = message->find("close-session") != message->npos;
            toServer.add(netconf_frame::encode(Framing::Chunked, *message));
        }
    }
} catch (const netconf_frame::TooLarge& e) {
    throw Refused(e.what(), "max-message-size");
} catch (const netconf_frame::Broken& e) {
    throw Refused(e.what());
} catch (const BadHello& e) {
    throw Refused(e.what());
}

void Relay::pass(std::string_view bytes)
{
    if (bytes.size() > mostOutput_ || toPeer.size() > mostOutput_ - bytes.size()) {
        throw Refused("peer does not read: " + std::to_string(mostOutput_) + " bytes are waiting",
            "max-queued-output");
    }
    toPeer.add(bytes);
}

void Relay::fromServer(std::string_view bytes)
try {
    if (serverGreeted_ && greeted_ && framing_ == Framing::Chunked && !server_.within()) {
        pass(bytes); // chunks of ours; nothing to check and nothing to change
        return;
    }
    server_.add(bytes);
    while (!serverGreeted_ || greeted_) {
        const auto message = server_.next();
        if (!message) {
            return;
        }
        pass(netconf_frame::encode(serverGreeted_ ? framing_ : Framing::EndOfMessage, *message));
        if (!serverGreeted_) {
            serverGreeted_ = true;
            server_.use(Framing::Chunked);
        }
    }
} catch (const netconf_frame::TooLarge& e) {
    throw Refused(std::string("server: ") + e.what(), "max-queued-output");
} catch (const netconf_frame::Broken& e) {
    throw Refused(std::string("server: ") + e.what());
}

} // namespace agent::gate

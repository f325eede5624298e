// NETCONF (RFC 6241) as its client, over any transport of bytes: hello, rpcs and their replies,
// notifications (RFC 5277). Whatever the peer sends, the outcome is an event or Broken.
#pragma once

#include "common/loop.h"
#include "common/netconf_frame.h"
#include "common/yang_envelope.h"

#include <chrono>
#include <deque>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>

namespace collector {

/// The peer broke the protocol; the session is of no more use.
struct Broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Answer {
    bool ok = false; // <ok/> or data, no error
    std::string error; // of the first rpc-error: tag, message and path, carried
    std::string tag; // its error-tag
    yang::Element reply; // <rpc-reply>; <data> in it is kept verbatim
};

struct NetconfLimits {
    size_t message = 16u << 20;
    std::chrono::milliseconds hello { 10'000 };
    std::chrono::milliseconds wholeMessage { 60'000 }; // from its first byte to its last
    size_t requests = 64; // outstanding
};

class NetconfSession {
public:
    struct Outlets {
        std::function<void(std::string_view)> send;
        std::function<void()> greeted; // the peer's hello has come
        std::function<void(yang::Tree notification, const std::string& time)> notified;
        /// Identities in it whose module we do not have: what it says of them was left out.
        std::function<void(const std::set<std::string>& identities)> unknown;
        /// A notification that is not valid by our schemas, and so was left out.
        std::function<void(const std::string& why)> invalid;
        /// A time limit has passed: the session is to be ended.
        std::function<void(const std::string& why)> late;
    };
    using Limits = NetconfLimits;

    /// Sends our hello. The context must outlive the session.
    NetconfSession(
        const yang::Context& context, loop::Loop& loop, Outlets outlets, Limits limits = {});
    ~NetconfSession();
    NetconfSession(const NetconfSession&) = delete;
    NetconfSession& operator=(const NetconfSession&) = delete;

    /// Throws Broken.
    void received(std::string_view bytes);

    /// `body` is the content of <rpc>: one element. `most` counts from when those before it are
    /// answered. `answered` is not called if the session ends before. Throws Broken if too many are
    /// outstanding.
    void request(const std::string& body, std::chrono::milliseconds most,
        std::function<void(const Answer&)> answered);

    bool has(const std::string& capability) const { return capabilities_.contains(capability); }
    uint32_t id() const { return id_; }

private:
    struct Request {
        std::string id;
        std::string name;
        std::chrono::milliseconds most;
        std::function<void(const Answer&)> answered;
    };
    void message(const std::string& xml);
    void hello(const std::string& xml);
    void reply(const std::string& xml);
    void notification(const std::string& xml);
    void watchMessage();
    void watchReply();

    const yang::Context& context_;
    loop::Loop& loop_;
    Outlets outlets_;
    Limits limits_;
    netconf_frame::Decoder decoder_;
    netconf_frame::Framing framing_ = netconf_frame::Framing::EndOfMessage;
    std::set<std::string> capabilities_;
    uint32_t id_ = 0; // of the session; 0 before the peer's hello
    uint64_t lastRequest_ = 0;
    std::deque<Request> requests_; // replies come in the order of requests (RFC 6241, 4.5)
    loop::Loop::TimerId unfinished_ = 0; // of a hello or message that is not whole
    loop::Loop::TimerId unanswered_ = 0; // of the first of requests_
    unsigned invalid_ = 0;
};

} // namespace collector

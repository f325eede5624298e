// What is said to a node in one NETCONF session: its status is asked for, the collection
// configuration is pushed where it differs, reports are subscribed to, and repaired when asked.
#pragma once

#include "collector/worker/chain.h"
#include "collector/worker/netconf_session.h"
#include "collector/worker/report.h"

#include <functional>
#include <memory>
#include <set>
#include <string>

namespace collector {

/// The collection configuration that a node shall have.
struct Wanted {
    std::string xml; // of container collection, content only
    std::string digest; // that a node says of it
    unsigned heartbeat = 60; // s; 0 for none
};

/// `collection`: RFC 7951 of femto-security/collection. Throws yang::Error.
Wanted wantedOf(
    const yang::Context& context, const std::string& collection, const std::string& node);

class Conversation {
public:
    struct Outlets {
        std::function<void(std::string_view)> send;
        std::function<void(Report)> report;
        /// Reports come; the status of the node as it was when they began, replay included.
        std::function<void(yang::Node status)> live;
        /// Reports that were asked for come again, or will not.
        std::function<void(bool coming)> resent;
        /// An answer to collect(): empty, or why it was not done.
        std::function<void(const std::string& error)> collected;
        std::function<void(const std::string& why)> failed; // the session is to be ended
        std::function<void(const std::string& why)> note; // worth knowing, no more
    };

    /// `since`: eventTime of the last report that is durable, empty for none.
    Conversation(const yang::Context& context, loop::Loop& loop, Outlets outlets, Wanted wanted,
        std::string since);
    ~Conversation();

    /// Throws Broken.
    void received(std::string_view bytes);
    void resend(const Gap& gap);
    void collect(const std::set<std::string>& categories);
    /// Pushes the configuration again, or another one.
    void push(Wanted wanted);
    /// Whether a digest in a report is that of the configuration that we want.
    bool asWanted(const std::string& configDigest) const;

private:
    void greeted();
    yang::Tree parseStatus(const std::string& xml);
    void leftOut(const std::set<std::string>& identities);
    void askStatus(std::function<void(yang::Node)> then);
    void compareConfig(yang::Node status);
    void pushed(const Answer& answer);
    void subscribe(bool replay);
    void subscribed(const Answer& answer, bool replay);
    void notified(yang::Tree notification, const std::string& time);
    void goLive();

    const yang::Context& context_;
    loop::Loop& loop_;
    Outlets outlets_;
    Wanted wanted_;
    std::string since_;
    std::string agreed_; // the node's digest of what we pushed, if it differs from ours
    bool live_ = false;
    std::set<std::string> leftOut_; // identities that were noted
    yang::Tree status_;
    loop::Loop::TimerId replaying_ = 0;
    std::unique_ptr<NetconfSession> session_;
};

} // namespace collector

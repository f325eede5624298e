// A notification of the agent on its way: into the log, and to subscribers.
#pragma once

#include "common/yang.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct lysc_node;

namespace agent {

/// What a notification says, as text and as tree. Each is made of the other when it is first asked
/// for: most subscribers need no tree, and what comes out of the log is text.
class Event {
public:
    /// `time` is eventTime, date-and-time.
    Event(yang::Tree tree, std::string time);
    /// Of a whole <notification> element that message() gave, perhaps long ago. Throws yang::Error
    /// if it is not one, or of something that is unknown now.
    Event(const yang::Context& context, std::string_view message);
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    /// The <notification> element. Throws yang::Error if it cannot be printed.
    std::string_view message() const;
    /// The same as a message of base:1.1, as it is sent to each subscriber.
    std::shared_ptr<const std::string> framed() const;
    /// The notification node. Throws yang::Error if the text is not valid.
    const yang::Tree& tree() const;
    const lysc_node* schema() const { return schema_; }

private:
    const yang::Context* context_ = nullptr;
    std::string time_;
    const lysc_node* schema_ = nullptr;
    mutable std::shared_ptr<const std::string> framed_; // outlives the event in queues
    mutable yang::Tree tree_;
};

struct Notification {
    std::string time; // eventTime, date-and-time
    std::shared_ptr<const Event> event;
    std::string epoch; // of a report; empty for others (netconf-session-start and so on)
    uint64_t sequence = 0;

    Notification(
        std::string when, std::shared_ptr<const Event> what, std::string of, uint64_t number)
        : time(std::move(when))
        , event(std::move(what))
        , epoch(std::move(of))
        , sequence(number)
    {
    }
    Notification(std::string when, yang::Tree tree, std::string of = {}, uint64_t number = 0)
        : time(std::move(when))
        , event(std::make_shared<const Event>(std::move(tree), time))
        , epoch(std::move(of))
        , sequence(number)
    {
    }

    /// Reports of module femto-security are on streams "femto-security" and "NETCONF", others on
    /// "NETCONF" only.
    bool isReport() const { return !epoch.empty(); }
};

} // namespace agent

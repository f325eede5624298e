#include "agent/server/subscriptions.h"
#include "agent/server/rpc_error.h"
#include "common/log.h"
#include "common/text.h"

#include <algorithm>
#include <deque>
#include <libyang/libyang.h>
#include <map>

namespace agent {

namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr size_t Slice = 16; // logged reports that are read in one loop round for one session
constexpr size_t MostQueued = 200'000; // logged reports that wait to be sent to a session
constexpr size_t MostWaiting = 10'000; // notifications held back meanwhile
constexpr milliseconds LongestWait { 3'600'000 }; // then the clock, which may be set, is read again

RpcError mistake(const std::string& tag, const std::string& element, const std::string& message)
{
    RpcError error(tag, message);
    error.type = "protocol";
    error.info.emplace_back("bad-element", element);
    return error;
}

struct Subscription {
    bool reportsOnly = false; // stream femto-security
    Filter filter;
    std::optional<wall::Time> stop;
    loop::Loop::TimerId timer = 0;
};

/// What is to be sent to a session, in this order.
struct Step {
    enum class Kind { Logged, Resent, ReplayComplete, Live } kind = Kind::Live;
    ReportLog::Id id = 0;
    std::shared_ptr<const Notification> notification;
};

struct Session {
    std::optional<Subscription> subscription;
    std::deque<Step> waiting; // empty when nothing of the log is under way
    loop::Loop::TimerId pump = 0;
};

} // namespace

struct Subscriptions::Hidden {
    const yang::Context& context;
    loop::Loop& loop;
    const ReportLog& log;
    Outlets outlets;
    std::map<uint32_t, Session> sessions;

    bool deliver(uint32_t session, const Notification& notification, bool filtered);
    bool own(uint32_t session, const char* name);
    bool sendStep(uint32_t session, const Step& step);
    void pump(uint32_t session, size_t most);
    void schedule(uint32_t session);
    void watchStop(uint32_t session);
    void complete(uint32_t session);
    void erase(uint32_t session);
    void append(uint32_t session, const std::vector<ReportLog::Id>& ids, Step::Kind kind);
};

/// Sends what the subscription selects and the user may see; false if the session is ending.
bool Subscriptions::Hidden::deliver(
    uint32_t session, const Notification& notification, bool filtered)
{
    try { // boundary: one notification for one session
        const auto& subscription = sessions.at(session).subscription;
        if (filtered
            && (!subscription || (subscription->reportsOnly && !notification.isReport())
                || (subscription->stop && wall::parse(notification.time) > subscription->stop)
                || !(subscription->filter.everything()
                    || subscription->filter.selects(notification.event->tree())))) {
            return true;
        }
        return !outlets.permitted(session, notification) || outlets.send(session, notification);
    } catch (const yang::Error& error) {
        logging::warning("session " + std::to_string(session) + " is not sent "
            + notification.event->schema()->name + ": " + error.what());
        return true;
    }
}

/// replayComplete or notificationComplete, which no filter and no access control withholds
/// (RFC 5277, 2.1.1; RFC 8341, 3.4.6).
bool Subscriptions::Hidden::own(uint32_t session, const char* name)
{
    yang::Tree tree;
    tree.at(context, std::string("/nc-notifications:") + name);
    return outlets.send(session, { wall::now(), std::move(tree) });
}

bool Subscriptions::Hidden::sendStep(uint32_t session, const Step& step)
{
    switch (step.kind) {
    case Step::Kind::Live:
        return deliver(session, *step.notification, true);
    case Step::Kind::ReplayComplete:
        return own(session, "replayComplete");
    case Step::Kind::Logged:
    case Step::Kind::Resent: {
        const auto report = log.read(step.id);
        return !report || deliver(session, *report, step.kind == Step::Kind::Logged);
    }
    }
    return true;
}

void Subscriptions::Hidden::schedule(uint32_t session)
{
    Session& one = sessions.at(session);
    if (one.pump == 0) {
        one.pump = loop.after(milliseconds(0), [this, session] {
            sessions.at(session).pump = 0;
            pump(session, Slice);
        });
    }
}

/// Sends what waits, at most `most` of the log.
void Subscriptions::Hidden::pump(uint32_t session, size_t most)
{
    while (most > 0) {
        const auto found = sessions.find(session);
        if (found == sessions.end()) {
            return;
        }
        if (found->second.waiting.empty()) {
            watchStop(session);
            return;
        }
        const Step step = std::move(found->second.waiting.front());
        found->second.waiting.pop_front();
        if (step.kind != Step::Kind::Live) {
            --most;
        }
        if (!sendStep(session, step)) {
            erase(session);
            return;
        }
    }
    if (sessions.contains(session)) {
        schedule(session);
    }
}

void Subscriptions::Hidden::watchStop(uint32_t session)
{
    Session& one = sessions.at(session);
    if (!one.subscription) {
        erase(session); // it was resent something, and that was all
        return;
    }
    loop.cancel(one.subscription->timer);
    one.subscription->timer = 0;
    if (!one.subscription->stop) {
        return;
    }
    const auto left = *one.subscription->stop - system_clock::now();
    if (left <= left.zero()) {
        complete(session);
        return;
    }
    const auto wait = std::min<system_clock::duration>(left, LongestWait);
    one.subscription->timer = loop.after(std::chrono::ceil<milliseconds>(wait), [this, session] {
        Session& again = sessions.at(session);
        again.subscription->timer = 0;
        if (again.waiting.empty()) { // else pump() comes here when it is through
            watchStop(session);
        }
    });
}

void Subscriptions::Hidden::complete(uint32_t session)
{
    const bool goesOn = own(session, "notificationComplete");
    const auto found = sessions.find(session);
    if (found == sessions.end()) {
        return;
    }
    if (!goesOn || found->second.waiting.empty()) {
        erase(session);
    } else {
        found->second.subscription.reset();
    }
}

void Subscriptions::Hidden::erase(uint32_t session)
{
    const auto found = sessions.find(session);
    if (found == sessions.end()) {
        return;
    }
    loop.cancel(found->second.pump);
    if (found->second.subscription) {
        loop.cancel(found->second.subscription->timer);
    }
    sessions.erase(found);
}

void Subscriptions::Hidden::append(
    uint32_t session, const std::vector<ReportLog::Id>& ids, Step::Kind kind)
{
    for (const ReportLog::Id id : ids) {
        sessions[session].waiting.push_back({ kind, id, {} });
    }
}

Subscriptions::Subscriptions(
    const yang::Context& context, loop::Loop& loop, const ReportLog& log, Outlets outlets)
    : hidden_(new Hidden { context, loop, log, std::move(outlets), {} })
{
}

Subscriptions::~Subscriptions()
{
    while (!hidden_->sessions.empty()) {
        hidden_->erase(hidden_->sessions.begin()->first);
    }
}

void Subscriptions::create(uint32_t session, const std::string& stream, Filter filter,
    std::optional<wall::Time> start, std::optional<wall::Time> stop)
{
    if (stream != "NETCONF" && stream != "femto-security" && !stream.empty()) {
        throw mistake("invalid-value", "stream", "there is no stream " + text::quoted(stream));
    }
    if (stop && !start) {
        throw mistake("missing-element", "startTime", "a stopTime needs a startTime");
    }
    if (start && *start > system_clock::now()) {
        throw mistake("bad-element", "startTime", "startTime is in the future");
    }
    if (stop && *stop <= *start) {
        throw mistake("bad-element", "stopTime", "stopTime is not later than startTime");
    }
    if (hidden_->sessions.contains(session) && hidden_->sessions.at(session).subscription) {
        RpcError error("operation-failed", "this session has a subscription already");
        error.type = "protocol";
        throw error;
    }
    hidden_->sessions[session].subscription
        = Subscription { stream == "femto-security", std::move(filter), stop, 0 };
    if (start) {
        hidden_->append(session, hidden_->log.between(*start, stop), Step::Kind::Logged);
        hidden_->sessions[session].waiting.push_back({ Step::Kind::ReplayComplete, 0, {} });
        hidden_->schedule(session);
    }
}

void Subscriptions::drop(uint32_t session)
{
    hidden_->erase(session);
}

void Subscriptions::publish(const Notification& notification)
{
    std::vector<uint32_t> all;
    for (const auto& [number, session] : hidden_->sessions) {
        if (session.subscription
            && (notification.isReport() || !session.subscription->reportsOnly)) {
            all.push_back(number);
        }
    }
    std::shared_ptr<const Notification> shared;
    for (const uint32_t number : all) {
        const auto found = hidden_->sessions.find(number);
        if (found == hidden_->sessions.end()) {
            continue; // sending to another one has ended it
        }
        if (found->second.waiting.empty()) {
            if (!hidden_->deliver(number, notification, true)) {
                hidden_->erase(number);
            }
            continue;
        }
        if (!shared) {
            shared = std::make_shared<const Notification>(notification);
        }
        found->second.waiting.push_back({ Step::Kind::Live, 0, shared });
        if (found->second.waiting.size() > MostWaiting + MostQueued) {
            hidden_->pump(number, found->second.waiting.size());
        }
    }
}

size_t Subscriptions::resend(
    uint32_t session, const std::string& epoch, uint64_t from, std::optional<uint64_t> to)
{
    const std::vector<ReportLog::Id> ids = hidden_->log.range(epoch, from, to);
    if (ids.empty()) {
        return 0;
    }
    const auto found = hidden_->sessions.find(session);
    if (found != hidden_->sessions.end()
        && found->second.waiting.size() + ids.size() > MostQueued) {
        throw RpcError("resource-denied", "too many reports are being sent again already");
    }
    hidden_->append(session, ids, Step::Kind::Resent);
    hidden_->schedule(session);
    return ids.size();
}

} // namespace agent

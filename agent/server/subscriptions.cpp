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

constexpr size_t Slice = 16; // logged reports that are read in one loop round for one of them
constexpr size_t MostQueued = 200'000; // logged reports that wait to be sent
constexpr size_t MostWaiting = 10'000; // notifications held back meanwhile
constexpr milliseconds LongestWait { 3'600'000 }; // then the clock, which may be set, is read again
constexpr const char* NoMore = "ietf-subscribed-notifications:no-such-subscription";
constexpr const char* Reports = "femto-security"; // the stream of these alone

RpcError mistake(const std::string& tag, const std::string& element, const std::string& message)
{
    RpcError error(tag, message);
    error.type = "protocol";
    error.info.emplace_back("bad-element", element);
    return error;
}

/// Session and number; 0 is the subscription of RFC 5277, and what is sent again.
using Key = std::pair<uint32_t, uint32_t>;
constexpr uint32_t Classic = 0;

/// What is to be sent, in this order.
struct Step {
    enum class Kind { Logged, Resent, ReplayComplete, Live } kind = Kind::Live;
    ReportLog::Id id = 0;
    std::shared_ptr<const Notification> notification;
};

struct Subscription {
    std::optional<StreamRequest> asked; // nothing if something is sent again without a subscription
    std::deque<Step> waiting; // empty when nothing of the log is under way
    loop::Loop::TimerId pump = 0;
    loop::Loop::TimerId stop = 0;
    uint64_t sent = 0;
    uint64_t excluded = 0;
};

} // namespace

struct Subscriptions::Hidden {
    const yang::Context& context;
    loop::Loop& loop;
    const ReportLog& log;
    Outlets outlets;
    std::map<Key, Subscription> all;

    bool deliver(Key key, const Notification& notification, bool asked);
    bool own(Key key, const char* classic, const char* dynamic, const std::string& reason = {});
    bool sendStep(Key key, const Step& step);
    void pump(Key key, size_t most);
    void schedule(Key key);
    void watchStop(Key key);
    void complete(Key key);
    void erase(Key key);
    void append(Key key, const std::vector<ReportLog::Id>& ids, Step::Kind kind);
    void begin(Key key, StreamRequest request);
};

/// Sends what the subscription selects and the user may see; false if the session is ending.
bool Subscriptions::Hidden::deliver(Key key, const Notification& notification, bool asked)
{
    const std::string session = "session " + std::to_string(key.first);
    Subscription& one = all.at(key);
    try { // boundary: one notification for one subscription
        if (asked
            && (!one.asked || (one.asked->stream == Reports && !notification.isReport())
                || (one.asked->stop && wall::parse(notification.time) > one.asked->stop))) {
            return true;
        }
        if ((asked && !one.asked->filter.everything()
                && !one.asked->filter.selects(notification.event->tree()))
            || !outlets.permitted(key.first, notification)) {
            ++one.excluded;
            return true;
        }
        ++one.sent;
        return outlets.send(key.first, notification);
    } catch (const yang::Error& error) {
        logging::warning(
            session + " is not sent " + notification.event->schema()->name + ": " + error.what());
        return true;
    }
}

/// What tells of the subscription itself, by the one RFC or the other: no filter and no access
/// control withholds it (RFC 5277, 2.1.1; RFC 8341, 3.4.6; RFC 8639, 2.7).
bool Subscriptions::Hidden::own(
    Key key, const char* classic, const char* dynamic, const std::string& reason)
{
    yang::Tree tree;
    if (key.second == Classic) {
        tree.at(context, std::string("/nc-notifications:") + classic);
    } else {
        const yang::Node event
            = tree.at(context, std::string("/ietf-subscribed-notifications:") + dynamic);
        event.leaf("id", key.second);
        if (!reason.empty()) {
            event.leaf("reason", reason);
        }
    }
    return outlets.send(key.first, { wall::now(), std::move(tree) });
}

bool Subscriptions::Hidden::sendStep(Key key, const Step& step)
{
    switch (step.kind) {
    case Step::Kind::Live:
        return deliver(key, *step.notification, true);
    case Step::Kind::ReplayComplete:
        return own(key, "replayComplete", "replay-completed");
    case Step::Kind::Logged:
    case Step::Kind::Resent: {
        const auto report = log.read(step.id);
        return !report || deliver(key, *report, step.kind == Step::Kind::Logged);
    }
    }
    return true;
}

void Subscriptions::Hidden::schedule(Key key)
{
    Subscription& one = all.at(key);
    if (one.pump == 0) {
        one.pump = loop.after(milliseconds(0), [this, key] {
            all.at(key).pump = 0;
            pump(key, Slice);
        });
    }
}

/// Sends what waits, at most `most` of the log.
void Subscriptions::Hidden::pump(Key key, size_t most)
{
    while (most > 0) {
        const auto found = all.find(key);
        if (found == all.end()) {
            return;
        }
        if (found->second.waiting.empty()) {
            watchStop(key);
            return;
        }
        const Step step = std::move(found->second.waiting.front());
        found->second.waiting.pop_front();
        if (step.kind != Step::Kind::Live) {
            --most;
        }
        if (!sendStep(key, step)) {
            erase(key);
            return;
        }
    }
    if (all.contains(key)) {
        schedule(key);
    }
}

void Subscriptions::Hidden::watchStop(Key key)
{
    Subscription& one = all.at(key);
    if (!one.asked) {
        erase(key); // it was resent something, and that was all
        return;
    }
    loop.cancel(one.stop);
    one.stop = 0;
    if (!one.asked->stop) {
        return;
    }
    const auto now = system_clock::now();
    if (*one.asked->stop <= now) { // perhaps centuries before
        complete(key);
        return;
    }
    const auto wait = std::min<system_clock::duration>(*one.asked->stop - now, LongestWait);
    one.stop = loop.after(std::chrono::ceil<milliseconds>(wait), [this, key] {
        Subscription& again = all.at(key);
        again.stop = 0;
        if (again.waiting.empty()) { // else pump() comes here when it is through
            watchStop(key);
        }
    });
}

void Subscriptions::Hidden::complete(Key key)
{
    const bool goesOn = own(key, "notificationComplete", "subscription-terminated", NoMore);
    const auto found = all.find(key);
    if (found == all.end()) {
        return;
    }
    if (!goesOn || found->second.waiting.empty()) {
        erase(key);
    } else {
        found->second.asked.reset();
    }
}

void Subscriptions::Hidden::erase(Key key)
{
    if (const auto found = all.find(key); found != all.end()) {
        loop.cancel(found->second.pump);
        loop.cancel(found->second.stop);
        all.erase(found);
    }
}

void Subscriptions::Hidden::append(Key key, const std::vector<ReportLog::Id>& ids, Step::Kind kind)
{
    for (const ReportLog::Id id : ids) {
        all[key].waiting.push_back({ kind, id, {} });
    }
}

void Subscriptions::Hidden::begin(Key key, StreamRequest request)
{
    Subscription& one = all[key];
    one.asked = std::move(request);
    if (one.asked->start) {
        append(key, log.between(*one.asked->start, one.asked->stop), Step::Kind::Logged);
        one.waiting.push_back({ Step::Kind::ReplayComplete, 0, {} });
    }
    schedule(key); // after the reply
}

Subscriptions::Subscriptions(
    const yang::Context& context, loop::Loop& loop, const ReportLog& log, Outlets outlets)
    : hidden_(new Hidden { context, loop, log, std::move(outlets), {} })
{
}

Subscriptions::~Subscriptions()
{
    while (!hidden_->all.empty()) {
        hidden_->erase(hidden_->all.begin()->first);
    }
}

bool Subscriptions::isStream(const std::string& name)
{
    return name == "NETCONF" || name == Reports;
}

void Subscriptions::create(uint32_t session, StreamRequest request)
{
    if (!isStream(request.stream) && !request.stream.empty()) {
        throw mistake(
            "invalid-value", "stream", "there is no stream " + text::quoted(request.stream));
    }
    if (request.stop && !request.start) {
        throw mistake("missing-element", "startTime", "a stopTime needs a startTime");
    }
    if (request.start && *request.start > system_clock::now()) {
        throw mistake("bad-element", "startTime", "startTime is in the future");
    }
    if (request.stop && *request.stop <= *request.start) {
        throw mistake("bad-element", "stopTime", "stopTime is not later than startTime");
    }
    const Key key { session, Classic };
    if (classic(session)) {
        RpcError error("operation-failed", "this session has a subscription already");
        error.type = "protocol";
        throw error;
    }
    hidden_->begin(key, std::move(request));
}

bool Subscriptions::classic(uint32_t session) const
{
    const auto found = hidden_->all.find({ session, Classic });
    return found != hidden_->all.end() && found->second.asked;
}

void Subscriptions::establish(uint32_t session, uint32_t id, StreamRequest request)
{
    hidden_->begin({ session, id }, std::move(request));
}

bool Subscriptions::modify(uint32_t session, uint32_t id, std::optional<Filter> filter,
    std::optional<wall::Time> stop, const std::string& reference)
{
    const Key key { session, id };
    const auto found = hidden_->all.find(key);
    if (id == Classic || found == hidden_->all.end() || !found->second.asked) {
        return false;
    }
    StreamRequest& asked = *found->second.asked;
    if (filter) {
        asked.filter = std::move(*filter);
        asked.reference = reference;
    }
    asked.stop = stop ? stop : asked.stop;
    hidden_->schedule(key);
    return true;
}

bool Subscriptions::remove(uint32_t session, uint32_t id)
{
    const Key key { session, id };
    const bool there = id != Classic && hidden_->all.contains(key);
    if (there) {
        hidden_->erase(key);
    }
    return there;
}

void Subscriptions::terminate(uint32_t session, uint32_t id, const std::string& reason)
{
    if (remove(session, id)) {
        hidden_->own({ session, id }, "", "subscription-terminated", reason);
    }
}

void Subscriptions::drop(uint32_t session)
{
    for (auto at = hidden_->all.lower_bound({ session, 0 });
         at != hidden_->all.end() && at->first.first == session;
         at = hidden_->all.lower_bound({ session, 0 })) {
        hidden_->erase(at->first);
    }
}

std::vector<Subscriptions::Row> Subscriptions::rows() const
{
    std::vector<Row> out;
    for (const auto& [key, one] : hidden_->all) {
        if (key.second != Classic && one.asked) {
            out.push_back({ key.first, key.second, one.asked->stream, one.asked->stop,
                one.asked->reference, one.sent, one.excluded });
        }
    }
    return out;
}

void Subscriptions::publish(const Notification& notification)
{
    std::vector<Key> keys;
    for (const auto& [key, one] : hidden_->all) {
        if (one.asked && (notification.isReport() || one.asked->stream != Reports)) {
            keys.push_back(key);
        }
    }
    std::shared_ptr<const Notification> shared;
    for (const Key& key : keys) {
        const auto found = hidden_->all.find(key);
        if (found == hidden_->all.end()) {
            continue; // sending to another one has ended it
        }
        if (found->second.waiting.empty()) {
            if (!hidden_->deliver(key, notification, true)) {
                hidden_->erase(key);
            }
            continue;
        }
        if (!shared) {
            shared = std::make_shared<const Notification>(notification);
        }
        found->second.waiting.push_back({ Step::Kind::Live, 0, shared });
        if (found->second.waiting.size() > MostWaiting + MostQueued) {
            hidden_->pump(key, found->second.waiting.size());
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
    const Key key { session, Classic };
    const auto found = hidden_->all.find(key);
    if (found != hidden_->all.end() && found->second.waiting.size() + ids.size() > MostQueued) {
        throw RpcError("resource-denied", "too many reports are being sent again already");
    }
    hidden_->append(key, ids, Step::Kind::Resent);
    hidden_->schedule(key);
    return ids.size();
}

} // namespace agent

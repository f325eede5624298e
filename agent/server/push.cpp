#include "agent/server/push.h"
#include "agent/server/push_patch.h"
#include "agent/server/rpc_error.h"
#include "common/log.h"

#include <algorithm>
#include <stdexcept>

namespace agent {

namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr milliseconds LongestWait { 3'600'000 }; // then the clock, which may be set, is read again
constexpr const char* Space = "urn:ietf:params:xml:ns:yang:ietf-yang-push";

constexpr const char* NoMore = "ietf-subscribed-notifications:no-such-subscription";
constexpr const char* Unusable = "ietf-subscribed-notifications:filter-unavailable";

/// From an anchor, which may be centuries away, to now: less than a period, and not negative.
milliseconds intoPeriod(wall::Time anchor, milliseconds period)
{
    const auto since = std::chrono::floor<milliseconds>(system_clock::now())
        - std::chrono::floor<milliseconds>(anchor);
    return (since % period + period) % period;
}

} // namespace

Push::Push(const yang::Context& context, loop::Loop& loop, Outlets outlets, size_t mostTold)
    : context_(context)
    , loop_(loop)
    , outlets_(std::move(outlets))
    , mostTold_(mostTold)
{
}

Push::~Push()
{
    while (!all_.empty()) {
        erase(all_.begin()->first);
    }
}

void Push::erase(Key key)
{
    if (const auto found = all_.find(key); found != all_.end()) {
        loop_.cancel(found->second.timer);
        loop_.cancel(found->second.stop);
        all_.erase(found);
    }
}

void Push::establish(uint32_t session, uint32_t id, PushRequest request)
{
    One one;
    take(session, one, std::move(request));
    const Key key { session, id };
    all_.emplace(key, std::move(one));
    begin(key);
}

/// Whatever may go wrong does so before anything has changed.
void Push::take(uint32_t session, One& one, PushRequest request) const
{
    std::string content = outlets_.content(session, request);
    if (request.period) {
        content.clear();
    }
    if (told() - one.told.size() + content.size() > mostTold_) {
        throw TooMuch("subscriptions on change are told of more than " + std::to_string(mostTold_)
            + " bytes already");
    }
    one.request = std::move(request);
    one.told = std::move(content);
    one.whole = one.request.syncOnStart;
}

size_t Push::told() const
{
    size_t sum = 0;
    for (const auto& [key, one] : all_) {
        sum += one.told.size();
    }
    return sum;
}

void Push::modify(uint32_t session, uint32_t id, PushRequest request)
{
    const Key key { session, id };
    take(session, all_.at(key), std::move(request));
    begin(key);
}

const PushRequest* Push::find(uint32_t session, uint32_t id) const
{
    const auto found = all_.find({ session, id });
    return found == all_.end() ? nullptr : &found->second.request;
}

/// The first update, after the reply.
void Push::begin(Key key)
{
    One& one = all_.at(key);
    loop_.cancel(one.timer);
    if (one.request.period && one.request.anchor) {
        waitForPeriod(key);
    } else {
        one.timer = loop_.after(milliseconds(0), [this, key] { due(key); });
    }
    watchStop(key);
}

void Push::watchStop(Key key)
{
    One& one = all_.at(key);
    loop_.cancel(one.stop);
    one.stop = 0;
    if (!one.request.stop) {
        return;
    }
    const auto left = *one.request.stop - system_clock::now();
    const auto wait = std::clamp<system_clock::duration>(left, milliseconds(0), LongestWait);
    one.stop = loop_.after(std::chrono::ceil<milliseconds>(wait), [this, key] {
        One& again = all_.at(key);
        again.stop = 0;
        if (*again.request.stop <= system_clock::now()) {
            terminate(key.first, key.second, NoMore);
        } else {
            watchStop(key);
        }
    });
}

/// Until the next moment that lies whole periods from the anchor, or from now.
void Push::waitForPeriod(Key key)
{
    One& one = all_.at(key);
    const milliseconds period(*one.request.period);
    const auto& anchor = one.request.anchor;
    const milliseconds wait = anchor ? period - intoPeriod(*anchor, period) : period;
    // A long wait in parts, at an anchor, for the clock may be set.
    const bool whole = !anchor || wait <= LongestWait;
    one.timer = loop_.after(whole ? wait : LongestWait, [this, key, whole] {
        if (whole) {
            due(key);
        } else {
            waitForPeriod(key);
        }
    });
}

void Push::due(Key key)
{
    One& one = all_.at(key);
    one.timer = 0;
    one.doubted = false;
    bool goesOn = true;
    try { // boundary: one update of one subscription
        std::string content = outlets_.content(key.first, one.request);
        if (one.request.period) {
            goesOn = sendAll(key, content);
        } else if (one.whole) {
            one.whole = false;
            one.told = std::move(content);
            one.patch = 0;
            goesOn = sendAll(key, one.told);
        } else if (content != one.told) {
            goesOn = sendChanges(key, content);
        }
    } catch (const std::exception& error) {
        logging::warning("session " + std::to_string(key.first) + ": no update of subscription "
            + std::to_string(key.second) + ", which ends: " + error.what());
        const bool room = dynamic_cast<const TooMuch*>(&error) == nullptr;
        terminate(key.first, key.second, room ? Unusable : NoMore);
        return;
    }
    const auto found = all_.find(key);
    if (found == all_.end()) {
        return;
    }
    if (!goesOn) {
        erase(key);
    } else if (found->second.request.period) {
        waitForPeriod(key);
    }
}

bool Push::sendAll(Key key, const std::string& content)
{
    return send(key,
        element("push-update", Space,
            "<id>" + std::to_string(key.second) + "</id>"
                + element("datastore-contents", "", content)));
}

bool Push::sendChanges(Key key, const std::string& content)
{
    One& one = all_.at(key);
    if (told() - one.told.size() + content.size() > mostTold_) {
        throw TooMuch("there is more to tell than can be kept");
    }
    const Patch patch = patchBetween(context_, one.told, content, one.request.excluded);
    one.told = content;
    if (patch.edits == 0) {
        return true;
    }
    if (one.request.dampening > one.request.dampening.zero()) {
        one.timer
            = loop_.after(std::chrono::ceil<milliseconds>(one.request.dampening), [this, key] {
                  One& again = all_.at(key);
                  again.timer = 0;
                  if (again.doubted) {
                      due(key);
                  }
              });
    }
    return send(key,
        element("push-change-update", Space,
            "<id>" + std::to_string(key.second) + "</id><datastore-changes><yang-patch><patch-id>"
                + std::to_string(one.patch++) + "</patch-id>" + patch.xml
                + "</yang-patch></datastore-changes>"));
}

bool Push::send(Key key, const std::string& what)
{
    ++all_.at(key).sent;
    const std::string time = wall::now();
    const std::string message = element("notification",
        "urn:ietf:params:xml:ns:netconf:notification:1.0", element("eventTime", "", time) + what);
    return outlets_.send(
        key.first, { time, std::make_shared<const Event>(context_, message), std::string(), 0 });
}

void Push::changed()
{
    for (auto& [key, one] : all_) {
        if (one.request.period) {
            continue;
        }
        one.doubted = true;
        if (one.timer == 0) { // else there is an update to come, or there may be one then
            one.timer = loop_.after(milliseconds(0), [this, key = key] { due(key); });
        }
    }
}

bool Push::resync(uint32_t session, uint32_t id)
{
    const Key key { session, id };
    const auto found = all_.find(key);
    if (found == all_.end() || found->second.request.period) {
        return false;
    }
    found->second.whole = true;
    loop_.cancel(found->second.timer);
    found->second.timer = loop_.after(milliseconds(0), [this, key] { due(key); });
    return true;
}

bool Push::remove(uint32_t session, uint32_t id)
{
    const Key key { session, id };
    const bool there = all_.contains(key);
    erase(key);
    return there;
}

void Push::terminate(uint32_t session, uint32_t id, const std::string& reason)
{
    if (remove(session, id)) {
        yang::Tree tree;
        const yang::Node event
            = tree.at(context_, "/ietf-subscribed-notifications:subscription-terminated");
        event.leaf("id", id);
        event.leaf("reason", reason);
        outlets_.send(session, { wall::now(), std::move(tree) });
    }
}

void Push::drop(uint32_t session)
{
    for (auto at = all_.lower_bound({ session, 0 }); at != all_.end() && at->first.first == session;
         at = all_.lower_bound({ session, 0 })) {
        erase(at->first);
    }
}

std::vector<Push::Row> Push::rows() const
{
    std::vector<Row> out;
    for (const auto& [key, one] : all_) {
        out.push_back({ key.first, key.second, &one.request, one.sent });
    }
    return out;
}

} // namespace agent

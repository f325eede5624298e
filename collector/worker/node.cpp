#include "collector/worker/node.h"
#include "collector/worker/tcp.h"
#include "common/digest.h"
#include "common/log.h"
#include "common/text.h"

#include <algorithm>
#include <array>

namespace collector {

using nlohmann::json;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds Settled { 60'000 }; // a session that lived this long was a good one

std::optional<Place> lastOf(const Assignment& assignment)
{
    return assignment.epoch.empty()
        ? std::nullopt
        : std::optional(Place { assignment.epoch, assignment.sequence });
}

/// When something was heard, in the time that clock steps do not change.
loop::Moment momentOf(const std::string& heard)
{
    const auto now = std::chrono::steady_clock::now();
    const auto at = wall::parse(heard);
    const auto ago = at ? std::chrono::system_clock::now() - *at : wall::Time::duration(0);
    return ago.count() > 0 ? now - std::chrono::duration_cast<loop::Moment::duration>(ago) : now;
}

/// As libssh names the types of keys.
constexpr std::array<std::string_view, 5> HostKeyTypes = { "ssh-ed25519", "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa" };

/// Between 3/4 and 5/4 of a wait, so that nodes that were lost together do not come back together.
milliseconds jittered(milliseconds wait)
{
    const std::string random = digest::random(2);
    const auto part = static_cast<uint8_t>(random[0]) | static_cast<uint8_t>(random[1]) << 8;
    return wait * 3 / 4 + wait * part / (2 * 65536);
}

} // namespace

Node::Node(Shared& shared, Assignment assignment)
    : shared_(shared)
    , assignment_(std::move(assignment))
    , chain_(lastOf(assignment_))
    , belief_(shared.context)
    , logTime_(assignment_.logTime)
    , heard_(momentOf(assignment_.heard))
{
    try { // boundary: the state of one node
        for (const std::string& one : assignment_.state) {
            belief_.load(one, assignment_.epoch);
        }
    } catch (const yang::Error& error) {
        // Made by an older release, maybe: all is collected anew.
        logging::warning(text::quoted(assignment_.node)
            + ": its stored state is not valid: " + text::quoted(error.what(), 300));
    }
    assignment_.state.clear();
    collectionChanged();
    judgeAll();
    watchSilence();
    if (!assignment_.callHome) {
        enter();
    }
}

Node::~Node()
{
    for (const auto timer :
        { retryTimer_, resendTimer_, collectTimer_, restoreTimer_, silenceTimer_ }) {
        shared_.loop.cancel(timer);
    }
    shared_.admission.leave(ticket_);
    talk_.reset();
}

void Node::event(const char* what, json members)
{
    members["event"] = what;
    members["node"] = assignment_.node;
    shared_.outbox.add(members.dump());
}

void Node::reassign(Assignment assignment)
{
    const bool same = assignment_.sameAccess(assignment);
    // What is believed here is newer than what is in the store.
    assignment.state.clear();
    assignment_ = std::move(assignment);
    emitted_.clear();
    judgeAll();
    if (same) {
        return;
    }
    rightType_.clear();
    retry_ = milliseconds(0);
    if (client_) {
        client_->close("it was enrolled anew");
    } else {
        retryLater();
    }
}

/// Those not found to be of other keys, and that of the key that is pinned first: a node may have
/// several keys, of which one is pinned, and shows that of the type that we like best.
std::string Node::hostKeyTypes() const
{
    std::string out;
    const auto add
        = [&](std::string_view types) { out += (out.empty() ? "" : ",") + std::string(types); };
    const auto algorithms = [](std::string_view type) {
        return type == "ssh-rsa" ? std::string_view("rsa-sha2-512,rsa-sha2-256") : type;
    };
    if (!rightType_.empty()) {
        add(algorithms(rightType_));
    }
    for (const std::string_view type : HostKeyTypes) {
        if (type != rightType_ && !wrongKeys_.contains(std::string(type))) {
            add(algorithms(type));
        }
    }
    return out;
}

void Node::enter()
{
    retryTimer_ = 0;
    shared_.admission.leave(ticket_);
    ticket_ = shared_.admission.enter([this] { connect(); });
}

void Node::connect()
{
    if (assignment_.callHome || client_) {
        return;
    }
    try { // boundary: a session
        client_ = std::make_unique<SshClient>(shared_.loop, shared_.key,
            beginConnect(assignment_.address, assignment_.port), events(), shared_.limits,
            hostKeyTypes());
    } catch (const std::exception& e) {
        ended({ e.what(), false });
    }
}

void Node::takeCall(std::unique_ptr<SshClient> client, const std::string& fingerprint)
{
    if (client_) { // the node would not call if it had that one
        talk_.reset();
        client_.reset();
        ended({ "the node called home again", false });
    }
    client_ = std::move(client);
    client_->use(events());
    hostKey(fingerprint, "");
}

SshClient::Events Node::events()
{
    SshClient::Events out;
    out.hostKey = [this](const std::string& fingerprint, const std::string& type) {
        hostKey(fingerprint, type);
    };
    out.opened = [this] { opened(); };
    out.received = [this](std::string_view bytes) { received(bytes); };
    out.ended = [this](const SshClient::End& end) {
        talk_.reset();
        const auto gone = std::move(client_);
        ended(end);
    };
    return out;
}

void Node::hostKey(const std::string& fingerprint, const std::string& type)
{
    if (assignment_.pinned(fingerprint)) {
        fingerprint_ = fingerprint;
        rightType_ = type;
        wrongKeys_.clear();
        client_->authenticate(assignment_.user);
        return;
    }
    wrongKeys_[type] = fingerprint;
    tryOther_ = !type.empty() && wrongKeys_.size() < HostKeyTypes.size();
    client_->close(mismatch(), true);
}

std::string Node::mismatch() const
{
    std::string out;
    for (const auto& [type, fingerprint] : wrongKeys_) {
        out += (out.empty() ? "" : ", ") + fingerprint + (type.empty() ? "" : " (" + type + ")");
    }
    return wrongKeys_.size() == 1 ? "its host key " + out + " is not the one that is pinned"
                                  : "none of its host keys is the one that is pinned: " + out;
}

void Node::opened()
{
    shared_.admission.leave(ticket_);
    Conversation::Outlets out;
    out.send = [this](std::string_view bytes) { client_->send(bytes); };
    out.report = [this](Report report) { arrived(std::move(report)); };
    out.live = [this](yang::Node status) { live(status); };
    out.resent = [this](bool coming) {
        if (!coming && resending_) {
            chain_.giveUp();
            process();
        }
    };
    out.collected = [this](const std::string& error) { collected(error); };
    out.failed = [this](const std::string& why) { client_->close(why); };
    out.note = [this](const std::string& why) {
        logging::warning(text::quoted(assignment_.node) + ": " + why);
    };
    event("connected", { { "fingerprint", fingerprint_ }, { "peer", client_->peer() } });
    logging::info(text::quoted(assignment_.node) + ": connected, " + client_->peer());
    talk_ = std::make_unique<Conversation>(
        shared_.context, shared_.loop, std::move(out), wanted_, logTime_);
    if (shared_.outbox.pressed()) {
        client_->pause(true);
    }
}

void Node::received(std::string_view bytes)
{
    try { // boundary: bytes of a node
        talk_->received(bytes);
    } catch (const std::exception& e) {
        client_->close(e.what());
    }
}

void Node::ended(SshClient::End end)
{
    shared_.admission.leave(ticket_);
    if (std::exchange(tryOther_, false)) { // it may have a key of another type, that is pinned
        enter();
        return;
    }
    if (!wrongKeys_.empty()) { // no other type of key, whatever the library calls that
        end = { mismatch(), true };
        wrongKeys_.clear();
    }
    const bool good = live_ && std::chrono::steady_clock::now() - began_ > Settled;
    live_ = false;
    strangers_.clear();
    resending_.reset();
    collecting_ = false;
    for (auto* timer : { &resendTimer_, &collectTimer_, &restoreTimer_ }) {
        shared_.loop.cancel(*timer);
        *timer = 0;
    }
    if (good) {
        retry_ = milliseconds(0);
    }
    json members { { "reason", text::legible(end.reason) } };
    if (!assignment_.callHome) {
        retryLater();
        members["retry-in"] = std::chrono::ceil<std::chrono::seconds>(retry_).count();
    }
    event(end.refused ? "refused" : "disconnected", std::move(members));
    logging::notice(text::quoted(assignment_.node) + ": no session: " + text::legible(end.reason));
}

void Node::retryLater()
{
    shared_.loop.cancel(retryTimer_);
    retryTimer_ = 0;
    if (assignment_.callHome) {
        return;
    }
    retry_ = std::clamp(retry_ * 2, shared_.firstRetry, shared_.longestRetry);
    retryTimer_ = shared_.loop.after(jittered(retry_), [this] { enter(); });
}

void Node::pause(bool pausing)
{
    if (client_) {
        client_->pause(pausing);
    }
}

void Node::collectionChanged()
{
    if (shared_.collection.empty()) {
        return;
    }
    try { // boundary: the operator's configuration
        wanted_ = wantedOf(shared_.context, shared_.collection, assignment_.node);
    } catch (const yang::Error& error) {
        logging::error("collection of " + text::quoted(assignment_.node) + ": " + error.what());
        return;
    }
    if (talk_ && live_) {
        talk_->push(wanted_);
    } else if (talk_) {
        client_->close("the collection configuration is another now");
    }
    watchSilence();
}

} // namespace collector

#include "collector/worker/conversation.h"
#include "collector/worker/unknown_identities.h"
#include "common/clock.h"
#include "common/patch.h"
#include "common/text.h"

namespace collector {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds Quick { 30'000 };
constexpr milliseconds Slow { 90'000 }; // an agent may take 60 s to collect
constexpr milliseconds MostReplay { 60'000 };
constexpr size_t MostLeftOut = 64;
constexpr const char* Top = "/femto-security:femto-security";
constexpr const char* OwnSpace = "urn:femtowatch:yang:femto-security";
constexpr const char* TypesSpace = "urn:femtowatch:yang:femto-security-types";
constexpr const char* BaseSpace = "urn:ietf:params:xml:ns:netconf:base:1.0";

std::string own(const std::string& element, const std::string& content)
{
    return "<" + element + " xmlns=\"" + OwnSpace + "\">" + content + "</" + element + ">";
}

std::string getStatus()
{
    return "<get><filter type=\"subtree\">" + own("femto-security", "<status/>")
        + "</filter></get>";
}

std::string editConfig(const Wanted& wanted)
{
    return "<edit-config><target><running/></target><default-operation>merge</default-operation>"
           "<error-option>rollback-on-error</error-option><config>"
        + own("femto-security",
            std::string("<collection xmlns:nc=\"") + BaseSpace + "\" nc:operation=\"replace\">"
                + wanted.xml + "</collection>")
        + "</config></edit-config>";
}

std::string createSubscription(const std::string& since)
{
    return "<create-subscription xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
           "<stream>femto-security</stream>"
        + (since.empty() ? "" : "<startTime>" + yang::escaped(since) + "</startTime>")
        + "</create-subscription>";
}

} // namespace

Wanted wantedOf(
    const yang::Context& context, const std::string& collection, const std::string& node)
{
    yang::Tree tree = yang::Tree::parseConfig(context, collection);
    if (const auto former = tree.find(std::string(Top) + "/collection/node-id")) {
        former->remove();
    }
    tree.at(context, std::string(Top) + "/collection/node-id", node.c_str());
    const yang::Node found = *tree.find(std::string(Top) + "/collection");
    Wanted out;
    out.digest = patch::collectionDigest(found);
    for (const yang::Node& child : found.children()) {
        out.xml += child.print(yang::Format::Xml);
    }
    out.heartbeat = text::number<unsigned>(found.valueOr("heartbeat-interval", "60")).value_or(60);
    return out;
}

Conversation::Conversation(const yang::Context& context, loop::Loop& loop, Outlets outlets,
    Wanted wanted, std::string since)
    : context_(context)
    , loop_(loop)
    , outlets_(std::move(outlets))
    , wanted_(std::move(wanted))
    , since_(std::move(since))
{
    NetconfSession::Outlets from;
    from.send = outlets_.send;
    from.greeted = [this] { greeted(); };
    from.notified
        = [this](yang::Tree tree, const std::string& time) { notified(std::move(tree), time); };
    from.unknown = [this](const std::set<std::string>& identities) { leftOut(identities); };
    from.invalid = [this](const std::string& why) { outlets_.note("left out: " + why); };
    from.late = outlets_.failed;
    session_ = std::make_unique<NetconfSession>(context_, loop_, std::move(from));
}

Conversation::~Conversation()
{
    loop_.cancel(replaying_);
}

void Conversation::received(std::string_view bytes)
{
    session_->received(bytes);
}

void Conversation::greeted()
{
    askStatus([this](yang::Node status) { compareConfig(status); });
}

void Conversation::askStatus(std::function<void(yang::Node)> then)
{
    session_->request(getStatus(), Quick, [this, then = std::move(then)](const Answer& answer) {
        const yang::Element* const data = answer.reply.child("data");
        if (!answer.ok || !data) {
            outlets_.failed("the node does not tell its status: " + answer.error);
            return;
        }
        try { // boundary: one message of a node
            status_ = parseStatus(data->inner);
        } catch (const yang::Error& error) {
            outlets_.failed("its status is not valid: " + text::quoted(error.what(), 300));
            return;
        }
        const auto status = status_.find(std::string(Top) + "/status");
        if (!status) {
            outlets_.failed("the node does not let us see its status");
            return;
        }
        then(*status);
    });
}

yang::Tree Conversation::parseStatus(const std::string& xml)
{
    try {
        return yang::Tree::parse(context_, xml, yang::Format::Xml, false);
    } catch (const yang::Error&) {
        std::set<std::string> unknown;
        const std::string known = withoutUnknownIdentities(context_, xml, unknown);
        if (unknown.empty()) {
            throw;
        }
        yang::Tree tree = yang::Tree::parse(context_, known, yang::Format::Xml, false);
        leftOut(unknown);
        return tree;
    }
}

/// Said once for each.
void Conversation::leftOut(const std::set<std::string>& identities)
{
    for (const std::string& identity : identities) {
        if (leftOut_.size() < MostLeftOut && leftOut_.insert(identity).second) {
            outlets_.note("what it says of " + identity
                + " is left out: no module with that namespace is in the collector's folder of "
                  "modules");
        }
    }
}

bool Conversation::asWanted(const std::string& configDigest) const
{
    return configDigest == wanted_.digest || (!agreed_.empty() && configDigest == agreed_);
}

void Conversation::compareConfig(yang::Node status)
{
    if (wanted_.digest.empty() || asWanted(status.valueOr("collection-config-digest", ""))) {
        subscribe(!since_.empty());
    } else {
        push(wanted_);
    }
}

void Conversation::push(Wanted wanted)
{
    wanted_ = std::move(wanted);
    agreed_.clear();
    session_->request(editConfig(wanted_), Quick, [this](const Answer& answer) { pushed(answer); });
}

void Conversation::pushed(const Answer& answer)
{
    if (!answer.ok) {
        outlets_.note("the node does not take the collection configuration: " + answer.error);
        if (!live_) {
            subscribe(!since_.empty());
        }
        return;
    }
    askStatus([this](yang::Node status) {
        // Another release of the agent may make its digest in another way.
        const std::string digest = status.valueOr("collection-config-digest", "");
        agreed_ = digest == wanted_.digest ? "" : digest;
        if (!live_) {
            subscribe(!since_.empty());
        }
    });
}

void Conversation::subscribe(bool replay)
{
    session_->request(createSubscription(replay ? since_ : ""), Quick,
        [this, replay](const Answer& answer) { subscribed(answer, replay); });
}

void Conversation::subscribed(const Answer& answer, bool replay)
{
    if (!answer.ok && replay) {
        // The node's clock may have gone back: it refuses a start in its future. What is missing
        // then shows in the numbers of the reports.
        outlets_.note("no replay: " + answer.error);
        subscribe(false);
        return;
    }
    if (!answer.ok) {
        outlets_.failed("the node lets us not subscribe: " + answer.error);
        return;
    }
    if (replay) {
        replaying_ = loop_.after(MostReplay, [this] {
            replaying_ = 0;
            goLive();
        });
    } else {
        goLive();
    }
}

void Conversation::goLive()
{
    loop_.cancel(replaying_);
    replaying_ = 0;
    if (!std::exchange(live_, true)) {
        askStatus([this](yang::Node status) { outlets_.live(status); });
    }
}

void Conversation::notified(yang::Tree notification, const std::string& time)
{
    const yang::Node root = notification.root();
    if (root.module() == "nc-notifications") {
        if (root.name() == "replayComplete") {
            goLive();
        } else {
            outlets_.failed("the node ended the subscription");
        }
        return;
    }
    try { // boundary: one message of a node
        outlets_.report(readReport(std::move(notification), time));
    } catch (const yang::Error& error) {
        outlets_.note("left out: " + text::quoted(error.what(), 300));
    }
}

void Conversation::resend(const Gap& gap)
{
    const std::string body = own("resend-reports",
        "<epoch>" + yang::escaped(gap.epoch) + "</epoch><from-sequence>" + std::to_string(gap.from)
            + "</from-sequence><to-sequence>" + std::to_string(gap.to) + "</to-sequence>");
    session_->request(body, Quick, [this](const Answer& answer) {
        const auto count = text::number<uint64_t>(answer.reply.textOf("resent"));
        outlets_.resent(answer.ok && count.value_or(0) > 0);
    });
}

void Conversation::collect(const std::set<std::string>& categories)
{
    std::string content;
    for (const std::string& category : categories) {
        const size_t colon = category.find(':');
        const std::string module = category.substr(0, colon);
        // Only our own identities can be written here; all enabled ones are collected otherwise.
        if (module != "femto-security-types") {
            content.clear();
            break;
        }
        content += "<category xmlns:t=\"" + std::string(TypesSpace)
            + "\">t:" + yang::escaped(category.substr(colon + 1)) + "</category>";
    }
    session_->request(own("collect-now", content), Slow,
        [this](const Answer& answer) { outlets_.collected(answer.ok ? "" : answer.error); });
}

} // namespace collector

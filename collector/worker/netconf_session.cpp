#include "collector/worker/netconf_session.h"
#include "collector/worker/unknown_identities.h"
#include "common/text.h"

namespace collector {

namespace {

using netconf_frame::Framing;

constexpr std::string_view Base = "urn:ietf:params:xml:ns:netconf:base:1.0";
constexpr const char* Base10 = "urn:ietf:params:netconf:base:1.0";
constexpr const char* Base11 = "urn:ietf:params:netconf:base:1.1";
constexpr unsigned MostInvalid = 1000; // notifications that are not valid, of one session
constexpr size_t MostCapabilities = 10'000;

std::string ourHello()
{
    return "<hello xmlns=\"" + std::string(Base) + "\"><capabilities><capability>" + Base10
        + "</capability><capability>" + Base11 + "</capability></capabilities></hello>";
}

std::string describe(const yang::Element& error)
{
    std::string out = error.textOf("error-tag");
    for (const char* more : { "error-message", "error-path" }) {
        const std::string said = error.textOf(more);
        if (!said.empty()) {
            out += ": " + said;
        }
    }
    return text::quoted(out, 500);
}

} // namespace

NetconfSession::NetconfSession(
    const yang::Context& context, loop::Loop& loop, Outlets outlets, Limits limits)
    : context_(context)
    , loop_(loop)
    , outlets_(std::move(outlets))
    , limits_(limits)
    , decoder_(limits.message)
{
    outlets_.send(netconf_frame::encode(Framing::EndOfMessage, ourHello()));
    unfinished_ = loop_.after(limits_.hello, [this] {
        unfinished_ = 0;
        outlets_.late("no hello within " + std::to_string(limits_.hello.count() / 1000) + " s");
    });
}

NetconfSession::~NetconfSession()
{
    loop_.cancel(unfinished_);
    loop_.cancel(unanswered_);
}

void NetconfSession::received(std::string_view bytes)
{
    try {
        decoder_.add(bytes);
        while (const auto xml = decoder_.next()) {
            message(*xml);
        }
    } catch (const netconf_frame::Broken& broken) {
        throw Broken(broken.what());
    }
    watchMessage();
}

/// A message that has begun must end in time, however few bytes come at once.
void NetconfSession::watchMessage()
{
    if (id_ == 0) {
        return; // the deadline of the hello holds
    }
    if (!decoder_.within()) {
        loop_.cancel(unfinished_);
        unfinished_ = 0;
    } else if (unfinished_ == 0) {
        unfinished_ = loop_.after(limits_.wholeMessage, [this] {
            unfinished_ = 0;
            outlets_.late("a message was not whole within "
                + std::to_string(limits_.wholeMessage.count() / 1000) + " s");
        });
    }
}

void NetconfSession::message(const std::string& xml)
{
    if (id_ != 0) { // a message that is whole ends the time of the one before
        loop_.cancel(unfinished_);
        unfinished_ = 0;
    }
    const std::string_view root = yang::rootElement(xml);
    if (id_ == 0) {
        if (root != "hello") {
            throw Broken("no hello but " + text::quoted(xml.substr(0, 100)));
        }
        hello(xml);
    } else if (root == "notification") {
        notification(xml);
    } else if (root == "rpc-reply") {
        reply(xml);
    } else {
        throw Broken("neither a reply nor a notification: " + text::quoted(xml.substr(0, 100)));
    }
}

void NetconfSession::hello(const std::string& xml)
{
    yang::Element hello;
    try {
        hello = yang::parseElement(context_, xml);
    } catch (const yang::Error& error) {
        throw Broken("hello: " + text::quoted(error.what(), 300));
    }
    const yang::Element* const all = hello.child("capabilities");
    if (hello.space != Base || !all || all->children.size() > MostCapabilities) {
        throw Broken("not a hello of NETCONF");
    }
    for (const yang::Element& one : all->children) {
        capabilities_.emplace(text::trim(one.text));
    }
    const auto id = text::number<uint32_t>(hello.textOf("session-id"));
    if (!id || *id == 0) {
        throw Broken("hello: session-id is " + text::quoted(hello.textOf("session-id")));
    }
    if (has(Base11)) {
        framing_ = Framing::Chunked;
        decoder_.use(framing_);
    } else if (!has(Base10)) {
        throw Broken("hello: no version of NETCONF that we know");
    }
    id_ = *id;
    loop_.cancel(unfinished_);
    unfinished_ = 0;
    outlets_.greeted();
}

void NetconfSession::reply(const std::string& xml)
{
    Answer answer;
    try {
        answer.reply = yang::parseElement(context_, xml);
    } catch (const yang::Error& error) {
        throw Broken("reply: " + text::quoted(error.what(), 300));
    }
    const auto id = answer.reply.attributes.find("message-id");
    if (answer.reply.space != Base || id == answer.reply.attributes.end() || requests_.empty()
        || id->second != requests_.front().id) {
        throw Broken("a reply to nothing that was asked: " + text::quoted(xml.substr(0, 200), 200));
    }
    answer.ok = true;
    for (const yang::Element& one : answer.reply.children) {
        if (one.name == "rpc-error" && one.textOf("error-severity") != "warning" && answer.ok) {
            answer.ok = false;
            answer.tag = one.textOf("error-tag");
            answer.error = describe(one);
        }
    }
    const Request request = std::move(requests_.front());
    requests_.pop_front();
    watchReply();
    request.answered(answer);
}

void NetconfSession::watchReply()
{
    loop_.cancel(unanswered_);
    unanswered_ = 0;
    if (requests_.empty()) {
        return;
    }
    const std::chrono::milliseconds most = requests_.front().most;
    unanswered_ = loop_.after(most, [this, most] {
        unanswered_ = 0;
        outlets_.late("no reply to " + requests_.front().name + " within "
            + std::to_string(most.count() / 1000) + " s");
    });
}

void NetconfSession::notification(const std::string& xml)
{
    yang::Tree tree;
    std::string time;
    try {
        try {
            tree = yang::Tree::parseNotification(context_, xml, &time);
        } catch (const yang::Error&) { // its text is exact, if a module is not what it lacks
            std::set<std::string> unknown;
            const std::string known = withoutUnknownIdentities(context_, xml, unknown);
            if (unknown.empty()) {
                throw;
            }
            tree = yang::Tree::parseNotification(context_, known, &time);
            outlets_.unknown(unknown);
        }
    } catch (const yang::Error& error) {
        if (++invalid_ > MostInvalid) {
            throw Broken("more than " + std::to_string(MostInvalid) + " invalid notifications");
        }
        outlets_.invalid(text::quoted(error.what(), 300));
        return;
    }
    outlets_.notified(std::move(tree), time);
}

void NetconfSession::request(const std::string& body, std::chrono::milliseconds most,
    std::function<void(const Answer&)> answered)
{
    if (requests_.size() >= limits_.requests) {
        throw Broken("more than " + std::to_string(limits_.requests) + " requests unanswered");
    }
    const std::string id = std::to_string(++lastRequest_);
    const std::string name(yang::rootElement(body));
    requests_.push_back({ id, name, most, std::move(answered) });
    if (requests_.size() == 1) {
        watchReply();
    }
    outlets_.send(netconf_frame::encode(framing_,
        "<rpc xmlns=\"" + std::string(Base) + "\" message-id=\"" + id + "\">" + body + "</rpc>"));
}

} // namespace collector

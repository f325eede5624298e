#include "tests/server/peer.h"
#include "agent/messages.h"
#include "common/yang_internal.h"

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <unistd.h>

using namespace std::chrono_literals;

namespace {

constexpr auto Deadline = 60s; // a busy machine is no failure

const char* const Users = R"({"ietf-netconf-acm:nacm":{"groups":{"group":[
{"name":"secmf","user-name":["sec"]},{"name":"engineer","user-name":["eng"]},
{"name":"oam","user-name":["oam"]}]}}})";

// So that tests do not depend on what a fresh agent samples how often.
const char* const Collection = R"({"femto-security:femto-security":{"collection":{"category":[
{"type":"femto-security-types:open-ports","sampling-interval":5},
{"type":"femto-security-types:password-configuration","sampling-interval":60},
{"type":"femto-security-types:remote-maintenance","sampling-interval":30}]}},)";

} // namespace

Folder::Folder()
{
    std::string made = std::filesystem::temp_directory_path() / "server-XXXXXX";
    REQUIRE(mkdtemp(made.data()));
    path = made;
}

Folder::~Folder()
{
    std::filesystem::remove_all(path);
}

const yang::Context& serverContext()
{
    static const yang::Context context = schemas::server();
    return context;
}

Node::Node(std::string extra)
    : startup(Collection + (extra.empty() ? std::string(Users) : std::move(extra)).substr(1))
{
    restart();
}

void Node::restart()
{
    core.reset();
    core = std::make_unique<agent::Core>(serverContext(), loop,
        agent::Core::Settings { folder.path, startup, "node-1" },
        agent::Core::Outlets {
            [this](frame::Message message) { toProber.push_back(std::move(message)); },
            [this](std::vector<std::string> all) { facts.push_back(std::move(all)); } });
}

void Node::until(const std::function<bool()>& done)
{
    const auto end = std::chrono::steady_clock::now() + Deadline;
    while (!done()) {
        REQUIRE(std::chrono::steady_clock::now() < end);
        loop.once(10ms);
    }
}

Peer::Peer(Node& node, const std::string& user, bool greet)
    : node_(node)
    , decoder_(64u << 20)
{
    auto [mine, theirs] = fd::socketPair();
    socket_ = std::move(mine);
    node.core->netconf.accept(std::move(theirs), "192.0.2.7");
    const auto size = static_cast<char>(user.size());
    std::string login { static_cast<char>(size + 6), 0, 0, 0,
        static_cast<char>(agent::Message::Login), 0, size, 0, 0, 0 };
    sendRaw(login + user);
    if (!greet) {
        return;
    }
    hello = next();
    decoder_.use(netconf_frame::Framing::Chunked);
    sendRaw(netconf_frame::encode(netconf_frame::Framing::EndOfMessage,
        "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities><capability>"
        "urn:ietf:params:netconf:base:1.1</capability></capabilities></hello>"));
    const size_t before = node.core->netconf.sessions().size();
    node.until([&] { return node.core->netconf.sessions().size() > before; });
}

void Peer::sendRaw(const std::string& bytes)
{
    size_t done = 0;
    node_.until([&] {
        const ssize_t n
            = ::send(socket_.get(), bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
        done += n > 0 ? static_cast<size_t>(n) : 0;
        return done == bytes.size() || (n < 0 && errno == EPIPE);
    });
}

void Peer::send(const std::string& message)
{
    sendRaw(netconf_frame::encode(netconf_frame::Framing::Chunked, message));
}

void Peer::finish()
{
    REQUIRE(::shutdown(socket_.get(), SHUT_WR) == 0);
}

void Peer::fill()
{
    char block[65536];
    const ssize_t n = ::recv(socket_.get(), block, sizeof block, 0);
    ended_ = ended_ || n == 0 || (n < 0 && errno == ECONNRESET);
    if (n > 0) {
        decoder_.add({ block, static_cast<size_t>(n) });
    }
}

std::string Peer::next()
{
    std::optional<std::string> message;
    node_.until([&] {
        fill();
        message = decoder_.next();
        REQUIRE((message || !ended_));
        return message.has_value();
    });
    return *message;
}

bool Peer::closed()
{
    node_.until([&] {
        fill();
        return ended_;
    });
    return ended_;
}

std::string Peer::call(const std::string& operation)
{
    const std::string base = "urn:ietf:params:xml:ns:netconf:base:1.0";
    send("<rpc xmlns=\"" + base + "\" message-id=\"1\">" + operation + "</rpc>");
    const std::string begin = "<rpc-reply xmlns=\"" + base + "\" message-id=\"1\">";
    for (;;) {
        const std::string message = next();
        if (message.compare(0, 13, "<notification") == 0) {
            notifications.push_back(message);
            continue;
        }
        REQUIRE(message.compare(0, begin.size(), begin) == 0);
        const std::string end = "</rpc-reply>";
        return message.substr(begin.size(), message.size() - begin.size() - end.size());
    }
}

void collected(Node& node, const std::string& name, const std::string& inventory)
{
    node.core->reporter.received({ static_cast<uint16_t>(agent::Message::Collected),
        { name, "",
            R"({"femto-security:femto-security":{"status":{"category":[{"type":"femto-security-)"
            R"(types:)"
                + name + R"(","status":"femto-security-types:collected"}]},"inventory":{")" + name
                + R"(":{)" + inventory + "}}}}" },
        {} });
}

std::string edit(const std::string& config, const std::string& options)
{
    return "<edit-config><target><running/></target>" + options
        + "<config xmlns:nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\" "
          "xmlns:yang=\"urn:ietf:params:xml:ns:yang:1\">"
        + config + "</config></edit-config>";
}

std::string config(Peer& peer, const std::string& xpath)
{
    const std::string reply = peer.call("<get-config><source><running/></source><filter "
                                        "type=\"xpath\" select=\""
        + xpath
        + "\" xmlns:fs=\"urn:femtowatch:yang:femto-security\" "
          "xmlns:faa=\"urn:femtowatch:yang:femto-agent-access\" "
          "xmlns:nacm=\"urn:ietf:params:xml:ns:yang:ietf-netconf-acm\"/></get-config>");
    return reply == "<data/>" ? "" : reply.substr(6, reply.size() - 13);
}

std::string rpcError(const std::string& type, const std::string& tag, const std::string& message,
    const std::string& info, const std::string& appTag, const std::string& path)
{
    return "<rpc-error><error-type>" + type + "</error-type><error-tag>" + tag
        + "</error-tag><error-severity>error</error-severity>"
        + (appTag.empty() ? "" : "<error-app-tag>" + appTag + "</error-app-tag>")
        + (path.empty() ? "" : "<error-path xmlns:" + path + "</error-path>")
        + "<error-message xml:lang=\"en\">" + message + "</error-message>"
        + (info.empty() ? "" : "<error-info>" + info + "</error-info>") + "</rpc-error>";
}

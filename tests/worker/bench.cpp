#include "bench.h"
#include "common/patch.h"
#include "common/text.h"
#include "yang/schemas.h"

#include <algorithm>
#include <sys/epoll.h>

namespace bench {

using namespace std::chrono_literals;
using collector::Message;

const yang::Context& context()
{
    static const yang::Context all = schemas::management();
    return all;
}

namespace {

constexpr const char* Own = "urn:femtowatch:yang:femto-security";

std::string key(unsigned port)
{
    return "<network-namespace>host</network-namespace><protocol "
           "xmlns:t=\"urn:femtowatch:yang:femto-security-types\">t:tcp</protocol>"
           "<local-address>0.0.0.0</local-address><local-port>"
        + std::to_string(port) + "</local-port>";
}

std::string notification(const std::string& name, const std::string& node, const std::string& epoch,
    const std::string& sequence, const std::string& content)
{
    return "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\"><eventTime>"
           "2026-11-24T10:00:00Z</eventTime><"
        + name + " xmlns=\"" + Own + "\"><node-id>" + node + "</node-id><epoch>" + epoch
        + "</epoch><sequence-number>" + sequence + "</sequence-number>" + content + "</" + name
        + "></notification>";
}

} // namespace

std::string Ports::content() const
{
    std::string out;
    for (const unsigned port : ports) {
        out += "<port>" + key(port) + "</port>";
    }
    return "<open-ports>" + out + "</open-ports>";
}

std::string Ports::digest() const
{
    const yang::Tree tree = yang::Tree::parse(context(),
        std::string("<femto-security xmlns=\"") + Own + "\"><inventory>" + content()
            + "</inventory></femto-security>",
        yang::Format::Xml, false);
    return patch::contentDigest(*tree.root().child("inventory"), "femto-security-types:open-ports");
}

std::string Ports::row() const
{
    return "<category><type xmlns:t=\"urn:femtowatch:yang:femto-security-types\">t:open-ports"
           "</type><status xmlns:t=\"urn:femtowatch:yang:femto-security-types\">t:collected"
           "</status><generation>"
        + std::to_string(generation) + "</generation><digest>" + digest() + "</digest></category>";
}

std::string full(const std::string& node, const std::string& epoch, const std::string& sequence,
    const Ports& now)
{
    return notification("security-report", node, epoch, sequence,
        "<trigger>requested</trigger>" + now.row() + "<inventory>" + now.content()
            + "</inventory>");
}

std::string change(const std::string& node, const std::string& epoch, const std::string& sequence,
    const Ports& from, const Ports& to)
{
    const bool more = to.ports.size() > from.ports.size();
    const unsigned port = more ? to.ports.back() : from.ports.back();
    std::string edit = "<edit><edit-id>1</edit-id><operation>";
    edit += more ? "create" : "delete";
    edit += "</operation><target>/femto-security:femto-security/inventory/open-ports/"
            "port[network-namespace='host'][protocol='femto-security-types:tcp']"
            "[local-address='0.0.0.0'][local-port='"
        + std::to_string(port)
        + "']</target><category xmlns:t=\"urn:femtowatch:yang:femto-security-types\">t:open-ports"
          "</category><previous-generation>"
        + std::to_string(from.generation) + "</previous-generation>";
    if (more) {
        edit += "<value><femto-security><inventory><open-ports><port>" + key(port)
            + "</port></open-ports></inventory></femto-security></value>";
    }
    return notification("security-change", node, epoch, sequence, to.row() + edit + "</edit>");
}

std::string heartbeat(const std::string& node, const std::string& epoch,
    const std::string& sequence, const Ports& now)
{
    return notification(
        "collection-heartbeat", node, epoch, sequence, "<interval>60</interval>" + now.row());
}

std::string status(const std::string& epoch, const std::string& last, const Ports& now)
{
    return std::string("<femto-security xmlns=\"") + Own + "\"><status><epoch>" + epoch
        + "</epoch><last-sequence-number>" + last
        + "</last-sequence-number><collection-config-digest>" + std::string(64, 'a')
        + "</collection-config-digest>" + now.row() + "</status></femto-security>";
}

Coordinator::Coordinator(size_t pending)
    : key(fake::newClientKey(), "client key")
{
    auto [ours, theirs] = fd::socketPair();
    channel_ = std::make_unique<frame::Channel>(std::move(ours));
    collector::Worker::Pace pace;
    pace.firstRetry = 50ms;
    pace.resend = 300ms;
    pace.pending = pending;
    pace.limits.connect = pace.limits.keyExchange = pace.limits.authentication = 5s;
    pace.limits.channel = 3s;
    worker_ = std::make_unique<collector::Worker>(
        context(), loop, key, std::move(theirs), [this] { gone = true; }, pace);
    loop.watch(channel_->fd(), EPOLLIN, [this](uint32_t) { receive(); });
    send(Message::Policy, { std::string(schemas::file("femto-baseline.json")) });
    send(Message::Collection, { R"({"femto-security:femto-security":{"collection":{"category":[
            {"type":"femto-security-types:open-ports"}]}}})" });
}

Coordinator::~Coordinator()
{
    loop.forget(channel_->fd());
}

void Coordinator::send(Message type, std::vector<std::string> fields, fd::Fd attached)
{
    channel_->send({ static_cast<uint16_t>(type), std::move(fields), std::move(attached) });
}

void Coordinator::assign(const std::string& name, const fake::Node& node, const json& more)
{
    json facts = { { "node", name }, { "address", "127.0.0.1" }, { "port", node.port() },
        { "user", "collector" }, { "fingerprint", node.fingerprint() },
        { "profile", "femto-baseline" } };
    facts.update(more);
    send(Message::Assign, { facts.dump() });
}

void Coordinator::receive()
{
    while (const auto message = channel_->receive()) {
        if (message->type == static_cast<uint16_t>(Message::CalledHome)) {
            calledHome.push_back(message->at(0));
            continue;
        }
        for (json& one : json::parse(message->at(1)).get<std::vector<json>>()) {
            events.push_back(std::move(one));
        }
        if (durable) {
            send(Message::Durable, { message->at(0) });
        } else {
            unconfirmed_.push_back(message->at(0));
        }
    }
}

void Coordinator::confirm()
{
    durable = true;
    for (const std::string& batch : std::exchange(unconfirmed_, {})) {
        send(Message::Durable, { batch });
    }
}

bool Coordinator::until(const std::function<bool()>& met, int seconds)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (!met()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        loop.once(20ms);
    }
    return true;
}

std::vector<json> Coordinator::of(const std::string& node, const std::string& event) const
{
    std::vector<json> out;
    for (const json& one : events) {
        if (one.at("node") == node && one.at("event") == event) {
            out.push_back(one);
        }
    }
    return out;
}

size_t Coordinator::count(const std::string& node, const std::string& event) const
{
    return static_cast<size_t>(std::ranges::count_if(events,
        [&](const json& one) { return one.at("node") == node && one.at("event") == event; }));
}

std::vector<unsigned> Coordinator::ports(const std::string& node) const
{
    std::vector<unsigned> out;
    const auto states = of(node, "state");
    if (states.empty()) {
        return out;
    }
    const json state = json::parse(states.back().at("text").get<std::string>());
    const json& inventory = state.at("femto-security:femto-security").at("inventory");
    for (const json& port : inventory.at("open-ports").value("port", json::array())) {
        out.push_back(port.at("local-port").get<unsigned>());
    }
    return out;
}

} // namespace bench

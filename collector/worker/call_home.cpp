#include "collector/worker/call_home.h"
#include "collector/worker/tcp.h"
#include "common/log.h"
#include "common/text.h"

#include <sys/epoll.h>

namespace collector {

using nlohmann::json;

namespace {

constexpr int MostAtOnce = 32; // accepted in one round

} // namespace

CallHome::CallHome(Shared& shared, std::function<void(const std::string&)> called)
    : shared_(shared)
    , called_(std::move(called))
{
}

CallHome::~CallHome()
{
    listen({});
}

void CallHome::listen(fd::Fd socket)
{
    if (listening_) {
        shared_.loop.forget(listening_.get());
        listening_.close();
    }
    listening_ = std::move(socket);
    if (listening_) {
        fd::setNonBlocking(listening_.get());
        shared_.loop.watch(listening_.get(), EPOLLIN, [this](uint32_t) { accept(); });
    }
}

void CallHome::pins(const std::string& text)
try {
    std::map<std::string, std::string> nodes;
    for (const json& one : json::parse(text)) {
        const json& pins = one.at("fingerprint");
        for (const json& pin : pins.is_array() ? pins : json::array({ pins })) {
            nodes[pin.get<std::string>()] = one.at("node").get<std::string>();
        }
    }
    nodes_ = std::move(nodes);
} catch (const json::exception& e) {
    throw frame::Broken(std::string("pins: ") + e.what());
}

void CallHome::accept()
{
    for (int i = 0; i < MostAtOnce; ++i) {
        fd::Fd socket = acceptNext(listening_.get());
        if (!socket) {
            return;
        }
        begin(std::move(socket));
    }
}

void CallHome::begin(fd::Fd socket)
{
    if (waiting_.size() >= MostWaiting) { // the oldest has had the most time
        waiting_.erase(waiting_.begin());
    }
    const uint64_t id = ++last_;
    SshClient::Events events;
    events.hostKey = [this, id](const std::string& fingerprint, const std::string&) {
        identified(id, fingerprint);
    };
    events.opened = [] {};
    events.received = [](std::string_view) {};
    events.ended = [this, id](const SshClient::End& end) {
        const auto found = waiting_.find(id);
        const std::string who = found->second.node.empty() ? "somebody" : found->second.node;
        logging::notice(text::quoted(who) + " at " + found->second.call.client->peer()
            + " called home: " + text::legible(end.reason));
        waiting_.erase(found);
    };
    try { // boundary: a session
        waiting_[id].call.client = std::make_unique<SshClient>(
            shared_.loop, shared_.key, std::move(socket), std::move(events), shared_.limits);
    } catch (const std::exception& e) {
        waiting_.erase(id);
        logging::warning(std::string("a call home: ") + e.what());
    }
}

void CallHome::identified(uint64_t id, const std::string& fingerprint)
{
    Waiting& waiting = waiting_.at(id);
    const auto node = nodes_.find(fingerprint);
    if (node == nodes_.end()) {
        waiting.call.client->close("no node is pinned to host key " + fingerprint, true);
        return;
    }
    waiting.node = node->second;
    waiting.call.fingerprint = fingerprint;
    called_(node->second);
}

std::optional<CallHome::Call> CallHome::claim(const std::string& node)
{
    std::optional<Call> out;
    for (auto at = waiting_.end(); at != waiting_.begin();) {
        --at;
        if (at->second.node != node) {
            continue;
        }
        if (!out) {
            out = std::move(at->second.call);
            at = waiting_.erase(at);
        } else {
            at->second.call.client->close("the node called home again");
        }
    }
    return out;
}

void CallHome::refuse(const std::string& node)
{
    for (auto& [id, waiting] : waiting_) {
        if (waiting.node == node) {
            waiting.call.client->close("it is not a node of ours", true);
        }
    }
}

} // namespace collector

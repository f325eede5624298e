#include "collector/coordinator/fleet.h"
#include "collector/messages.h"

#include <algorithm>
#include <fcntl.h>

namespace collector {

using nlohmann::json;

namespace {

frame::Message of(Message type, std::vector<std::string> fields)
{
    return { static_cast<uint16_t>(type), std::move(fields), {} };
}

/// Two RFC 7951 documents of one node as one: objects are joined, lists are put one behind the
/// other.
void join(json& into, const json& from)
{
    if (into.is_object() && from.is_object()) {
        for (const auto& [name, value] : from.items()) {
            if (into.contains(name)) {
                join(into[name], value);
            } else {
                into[name] = value;
            }
        }
    } else if (into.is_array() && from.is_array()) {
        into.insert(into.end(), from.begin(), from.end());
    } else {
        into = from;
    }
}

/// The content of all categories as one document; empty if there is none.
std::string joined(const std::vector<std::string>& texts)
{
    json all = json::object();
    for (const std::string& text : texts) {
        join(all, json::parse(text));
    }
    return all.empty() ? "" : all.dump();
}

} // namespace

Fleet::Fleet(Store& store, Send send)
    : store_(store)
    , send_(std::move(send))
{
    for (Enrolment& node : store_.enrolments()) {
        std::string name = node.node;
        nodes_.emplace(std::move(name), std::move(node));
    }
}

void Fleet::setPolicy(const std::string& text)
{
    policy_ = text;
    for (const auto& [worker, running] : workers_) {
        if (running) {
            send_(worker, of(Message::Policy, { policy_ }));
        }
    }
}

void Fleet::setCollection(const std::string& text)
{
    collection_ = text;
    for (const auto& [worker, running] : workers_) {
        if (running) {
            send_(worker, of(Message::Collection, { collection_ }));
        }
    }
}

std::string Fleet::pins() const
{
    json all = json::array();
    for (const auto& [name, node] : nodes_) {
        if (node.callHome) {
            all.push_back({ { "node", name }, { "fingerprint", node.fingerprint } });
        }
    }
    return all.dump();
}

void Fleet::tell(const std::string& worker)
{
    send_(worker, of(Message::Policy, { policy_ }));
    send_(worker, of(Message::Collection, { collection_ }));
    send_(worker, of(Message::Pins, { pins() }));
    if (listener_ >= 0) {
        frame::Message listen = of(Message::Listen, {});
        listen.attached = fd::Fd(::fcntl(listener_, F_DUPFD_CLOEXEC, 3));
        send_(worker, std::move(listen));
    }
}

void Fleet::workerStarted(const std::string& worker)
{
    workers_[worker] = true;
    tell(worker);
    for (const auto& [name, node] : nodes_) {
        const auto owner = owner_.find(name);
        if (owner == owner_.end() ? leastLoaded() == worker : owner->second == worker) {
            assign(worker, node);
        }
    }
}

void Fleet::workerEnded(const std::string& worker)
{
    // Its nodes stay its own: the parent starts it again at once.
    workers_[worker] = false;
}

std::string Fleet::leastLoaded() const
{
    std::map<std::string, size_t> load;
    for (const auto& [worker, running] : workers_) {
        if (running) {
            load[worker] = 0;
        }
    }
    for (const auto& [node, worker] : owner_) {
        if (const auto found = load.find(worker); found != load.end()) {
            ++found->second;
        }
    }
    const auto least = std::ranges::min_element(
        load, [](const auto& a, const auto& b) { return a.second < b.second; });
    return least == load.end() ? "" : least->first;
}

void Fleet::assign(const std::string& worker, const Enrolment& node)
{
    owner_[node.node] = worker;
    const Progress progress = store_.progress(node.node);
    const json facts = { { "node", node.node }, { "address", node.address }, { "port", node.port },
        { "user", node.user }, { "fingerprint", node.fingerprint }, { "call-home", node.callHome },
        { "profile", node.profile }, { "epoch", progress.epoch }, { "sequence", progress.sequence },
        { "log-time", progress.logTime }, { "heard", progress.heard },
        { "state", joined(store_.latest(node.node)) } };
    send_(worker, of(Message::Assign, { facts.dump() }));
}

void Fleet::changed()
{
    std::map<std::string, Enrolment> now;
    for (Enrolment& node : store_.enrolments()) {
        std::string name = node.node;
        now.emplace(std::move(name), std::move(node));
    }
    for (const auto& [name, node] : nodes_) {
        if (!now.contains(name)) {
            if (const auto owner = owner_.find(name); owner != owner_.end()) {
                send_(owner->second, of(Message::Release, { name }));
                owner_.erase(owner);
            }
        }
    }
    nodes_ = std::move(now);
    for (const auto& [worker, running] : workers_) {
        if (running) {
            send_(worker, of(Message::Pins, { pins() }));
        }
    }
    for (const auto& [name, node] : nodes_) {
        const std::string worker = owner_.contains(name) ? "" : leastLoaded();
        if (!worker.empty()) {
            assign(worker, node);
        }
    }
}

void Fleet::calledHome(const std::string& worker, const std::string& node)
{
    const auto found = nodes_.find(node);
    if (found == nodes_.end() || !found->second.callHome) {
        send_(worker, of(Message::Release, { node }));
        return;
    }
    const auto owner = owner_.find(node);
    if (owner != owner_.end() && owner->second != worker) {
        send_(owner->second, of(Message::Release, { node }));
        owner_.erase(owner);
    }
    assign(worker, found->second);
}

} // namespace collector

// A worker with the test in the coordinator's place.
#pragma once

#include "collector/messages.h"
#include "collector/worker/worker.h"
#include "fake_node.h"

#include <functional>
#include <nlohmann/json.hpp>

namespace bench {

using nlohmann::json;

constexpr const char* Epoch = "11111111-1111-4111-8111-111111111111";
constexpr const char* NextEpoch = "22222222-2222-4222-8222-222222222222";

const yang::Context& context();

/// Contents of category open-ports: a TCP port each, and what a node says of it.
struct Ports {
    std::vector<unsigned> ports;
    unsigned generation = 1;

    std::string content() const; // XML of container open-ports
    std::string row() const; // list category of a report
    std::string digest() const;
};

std::string full(const std::string& node, const std::string& epoch, const std::string& sequence,
    const Ports& now);
/// From one content to another that differs by one port.
std::string change(const std::string& node, const std::string& epoch, const std::string& sequence,
    const Ports& from, const Ports& to);
std::string heartbeat(const std::string& node, const std::string& epoch,
    const std::string& sequence, const Ports& now);
std::string status(const std::string& epoch, const std::string& last, const Ports& now);

class Coordinator {
public:
    /// `pending`: bytes that may wait to be durable.
    explicit Coordinator(size_t pending = collector::Outbox::MostPending);
    ~Coordinator();

    void send(collector::Message type, std::vector<std::string> fields, fd::Fd attached = {});
    void assign(const std::string& name, const fake::Node& node, const json& more = json::object());
    /// Runs the loop until `met`, at most 20 s. Whether it was met.
    bool until(const std::function<bool()>& met, int seconds = 20);
    /// Events of this kind of a node so far.
    std::vector<json> of(const std::string& node, const std::string& event) const;
    size_t count(const std::string& node, const std::string& event) const;
    /// The latest state of open-ports: its ports.
    std::vector<unsigned> ports(const std::string& node) const;

    loop::Loop loop;
    collector::ClientKey key;
    std::vector<json> events;
    std::vector<std::string> calledHome;
    bool durable = true; // batches are confirmed
    /// Confirms those that were not, and those to come.
    void confirm();
    bool gone = false;

private:
    void receive();
    std::vector<std::string> unconfirmed_;
    std::unique_ptr<collector::Worker> worker_;
    std::unique_ptr<frame::Channel> channel_;
};

} // namespace bench

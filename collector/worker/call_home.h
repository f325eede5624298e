// Nodes that call home (RFC 8071): their connections are accepted, and told apart by the host key
// that they prove to hold; the node stays the SSH server.
#pragma once

#include "collector/worker/assignment.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace collector {

class CallHome {
public:
    static constexpr size_t MostWaiting = 256; // connections not yet handed to a node

    /// `called` is told of a connection that waits for claim(). It may claim it at once.
    CallHome(Shared& shared, std::function<void(const std::string& node)> called);
    ~CallHome();

    void listen(fd::Fd socket);
    /// Which node has which host key. JSON of a Pins message; throws frame::Broken.
    void pins(const std::string& json);

    struct Call {
        std::unique_ptr<SshClient> client;
        std::string fingerprint;
    };
    /// The newest connection of a node.
    std::optional<Call> claim(const std::string& node);
    /// Those of a node that is not ours.
    void refuse(const std::string& node);

private:
    struct Waiting {
        Call call;
        std::string node; // empty until the host key is known
    };
    void accept();
    void begin(fd::Fd socket);
    void identified(uint64_t id, const std::string& fingerprint);

    Shared& shared_;
    std::function<void(const std::string&)> called_;
    fd::Fd listening_;
    std::map<std::string, std::string> nodes_; // by fingerprint
    std::map<uint64_t, Waiting> waiting_; // oldest first
    uint64_t last_ = 0;
};

} // namespace collector

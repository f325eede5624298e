// A worker: looks after the nodes that the coordinator assigns to it. It holds no file and no
// right; what it learns it sends, and what is not yet durable it keeps.
#pragma once

#include "collector/worker/assignment.h"
#include "collector/worker/call_home.h"
#include "collector/worker/node.h"
#include "common/frame.h"

#include <map>
#include <memory>
#include <string>

namespace collector {

class Worker {
public:
    struct Pace { // of what waits; tests are in more of a hurry
        SshLimits limits {};
        std::chrono::milliseconds firstRetry { 1'000 };
        std::chrono::milliseconds restore { 60'000 };
        std::chrono::milliseconds resend { 5'000 };
        size_t pending = Outbox::MostPending;
    };

    /// `gone` is called when the coordinator is: this object is then to be destroyed.
    Worker(const yang::Context& context, loop::Loop& loop, const ClientKey& key, fd::Fd coordinator,
        std::function<void()> gone);
    Worker(const yang::Context& context, loop::Loop& loop, const ClientKey& key, fd::Fd coordinator,
        std::function<void()> gone, Pace pace);
    ~Worker();

private:
    void fromCoordinator();
    void take(frame::Message& message);
    void send(frame::Message message);
    void update();
    void broken(const std::string& why);
    void setPolicy(const std::string& text);
    void assign(const std::string& json);
    void calledHome(const std::string& node);
    void watchPolicy();

    frame::Channel channel_;
    std::function<void()> gone_;
    bool broken_ = false;
    loop::Loop& loop_;
    Outbox outbox_;
    Admission admission_;
    Shared shared_;
    CallHome callHome_;
    std::map<std::string, std::unique_ptr<Node>> nodes_;
    loop::Loop::TimerId policyTimer_ = 0;
    loop::Loop::TimerId goneTimer_ = 0;
};

} // namespace collector

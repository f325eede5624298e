// Requests that may take long, served by a copy of this process (fork(2)) while it serves others.
// The copy has a bound in processor time, for libyang cannot be interrupted.
#pragma once

#include "agent/server/rpc_error.h"
#include "common/loop.h"
#include "common/process.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace agent {

class Aside {
public:
    static constexpr size_t Most = 2; // at once
    static constexpr unsigned Seconds = 5; // of processor time
    static constexpr std::chrono::seconds Patience { 30 };

    explicit Aside(loop::Loop& loop);
    ~Aside();
    Aside(const Aside&) = delete;
    Aside& operator=(const Aside&) = delete;

    using Work = std::function<std::string()>;
    using Done = std::function<void(const std::string& text, const std::optional<RpcError>& error)>;
    /// What `work` gives or throws comes to `done` later. Throws RpcError resource-denied if there
    /// are too many. A session has one at a time.
    void run(uint32_t session, const Work& work, Done done);
    /// The session has ended: nobody waits.
    void drop(uint32_t session);

private:
    struct One {
        std::unique_ptr<process::Process> process;
        Done done;
        loop::Loop::TimerId timer = 0;
    };
    void received(uint32_t session);
    void died(uint32_t session);
    void finish(uint32_t session, const std::string& text, const std::optional<RpcError>& error);

    loop::Loop& loop_;
    std::map<uint32_t, One> all_;
};

} // namespace agent

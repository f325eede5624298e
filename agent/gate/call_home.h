// Call home (RFC 8071): connects to each management system, as its plan says, and hands the
// connection to a gate. The agent stays the SSH or TLS server.
#pragma once

#include "agent/gate/access.h"
#include "agent/gate/gates.h"
#include "common/loop.h"

#include <functional>
#include <map>
#include <memory>
#include <random>

namespace agent::gate {

class CallHome {
public:
    /// `changed` is called when the facts are others.
    CallHome(loop::Loop& loop, std::function<void(fd::Fd, Origin)> connected,
        std::function<void()> changed);
    ~CallHome();

    /// Calls these and no others. A target that is the same keeps its connection.
    void use(const std::vector<Target>& targets);
    /// Of each, for Message::AccessState.
    std::vector<std::string> facts() const;

private:
    struct Call;
    void await(const std::shared_ptr<Call>& call);
    void resolve(const std::shared_ptr<Call>& call);
    void connect(const std::shared_ptr<Call>& call, const std::string& address);
    void finishConnect(const std::shared_ptr<Call>& call);
    void failed(const std::shared_ptr<Call>& call, const std::string& why);
    void ended(const std::shared_ptr<Call>& call, bool wasSession);
    void become(Call& call, const char* state);
    void stop(Call& call);

    loop::Loop& loop_;
    std::function<void(fd::Fd, Origin)> connected_;
    std::function<void()> changed_;
    std::map<Target, std::shared_ptr<Call>> calls_;
    std::minstd_rand random_ { std::random_device {}() };
};

} // namespace agent::gate

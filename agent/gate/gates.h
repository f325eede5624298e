// The gate processes: one per connection, forked from here, and one spare that a connection finds
// ready. Counts them, and decides who is admitted, evicted and ended.
#pragma once

#include "agent/gate/identities.h"
#include "agent/gate/statistics.h"
#include "common/loop.h"
#include "common/process.h"

#include <functional>
#include <list>
#include <memory>
#include <string>

namespace agent::gate {

/// Where a connection came from, as the listener saw it.
struct Origin {
    std::string address;
    uint16_t port = 0;
    Transport transport = Transport::Ssh;
    bool calledHome = false;
    std::chrono::seconds idleTimeout { 0 }; // 0 for none
    std::function<void()> inSession {}; // both told once, if set
    std::function<void(bool wasSession)> ended {};
};

class Gates {
public:
    /// `opened` hands NETCONF of an admitted session to the server, and says whether it could.
    /// `changed` is called when the facts are others.
    Gates(loop::Loop& loop, std::function<bool(const Origin&, fd::Fd)> opened,
        std::function<void()> changed);

    /// From now on these hold; sessions whose user, key or certificate is gone end. No connection
    /// is served without an identity of its transport.
    void use(Access access, Identities identities);
    void serve(fd::Fd connection, Origin origin);
    /// Of what peers did, for Message::AccessState.
    std::vector<std::string> facts() const;
    /// Ends every one and waits for it.
    void endAll();

private:
    struct Gate {
        enum class State { Spare, Unauthenticated, Session } state = State::Spare;
        std::unique_ptr<process::Process> process;
        Origin origin;
        Login login;
        bool reachedLimit = false; // which ends it
    };
    using Position = std::list<Gate>::iterator;

    enum class Ahead { No, Yes }; // of a connection, with time to warm up
    Position fork(Ahead ahead);
    void forkSpare();
    Position take();
    void makeRoom(const std::string& source);
    size_t count(Gate::State state) const;
    void received(Position gate);
    void open(Position gate, Login login);
    void refuse(Position gate, const std::string& reason);
    void reached(const std::string& limit);
    void collected(Position gate);
    void remove(Position gate);

    loop::Loop& loop_;
    std::function<bool(const Origin&, fd::Fd)> opened_;
    std::function<void()> changed_;
    Statistics statistics_;
    Access access_;
    Identities identities_;
    std::list<Gate> gates_; // spare first, then the oldest connection first
    loop::Loop::TimerId respawn_ = 0;
};

} // namespace agent::gate

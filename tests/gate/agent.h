// The gate as it runs, in a child process; the test is its supervisor and its server.
#pragma once

#include "agent/config.h"
#include "agent/messages.h"
#include "common/frame.h"
#include "common/netconf_frame.h"
#include "tests/slurp.h"

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace gate_test {

using std::chrono::milliseconds;
constexpr milliseconds Deadline { 10000 };

/// Whether it is so before the deadline.
bool becomes(const std::function<bool()>& what);
/// Waits until the descriptor has these events of poll(2). False after the deadline.
bool ready(int fd, short events, milliseconds most = Deadline);

/// The server's side of one session: NETCONF in chunks behind login and hello.
struct ServerSession {
    fd::Fd socket;
    std::string address;
    std::string port;
    std::string kind;
    std::string transport;
    std::string user;
    netconf_frame::Decoder decoder { 64u << 20 };

    void write(std::string_view bytes); // all of them, however long it takes
    void greet(); // hello of the server, and from then on chunks
    /// The next message. Throws if there is none before the deadline, or the end.
    std::string receive();
    void send(const std::string& message);
    /// Whether the other side ends before the deadline; what comes before is thrown away.
    bool ends(milliseconds most = Deadline);
};

struct Agent {
    TemporaryFolder folder;
    uint16_t port;
    agent::Config config;
    std::vector<std::string> facts;

    /// `facts` besides endpoint and host keys. `before` runs first in the gate's process.
    explicit Agent(
        std::vector<std::string> facts, const std::function<void()>& before = [] {});
    ~Agent();

    void tell();
    void connectServer(); // a new server process, in effect
    ServerSession session();
    bool noSession(milliseconds most);
    /// Whether the state is so, or has this fact, before the deadline.
    bool becomes(const std::function<bool()>& so);
    bool becomes(const std::string& fact);
    std::vector<std::string> state; // of the latest Message::AccessState
    /// The control socket is closed; exit status of the gate, -1 if it did not end in time.
    int end();
    pid_t pid() const { return pid_; }

private:
    void listen(milliseconds most);

    pid_t pid_ = -1;
    std::unique_ptr<frame::Channel> control_;
    std::unique_ptr<frame::Channel> server_;
    std::deque<frame::Message> sessions_; // that were not asked for yet
};

uint16_t freePort();

/// A TCP connection to the port of loopback.
fd::Fd connectTo(uint16_t port, const char* from = "127.0.0.1");
/// The other side closes before the deadline.
bool closes(const fd::Fd& socket, milliseconds most = Deadline);

} // namespace gate_test

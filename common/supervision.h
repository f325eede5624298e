// The parent of a daemon's processes: execs this program anew in each role, joins roles by sockets,
// and starts a process that died again with back-off. It reads nothing but control frames.
#pragma once

#include "common/frame.h"
#include "common/loop.h"

#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace supervision {

/// Type of the message by which a process is given a socket to another one: field 0 is the role of
/// that other one. It replaces an earlier socket to the same role.
constexpr uint16_t Peer = 1;

/// Exit status of a process that cannot begin with what the operator gave it: to start it again
/// would not help (EX_CONFIG of sysexits.h).
constexpr int CannotBegin = 78;

/// Why a process ends with CannotBegin.
struct NotBegun : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What `make` makes. Throws NotBegun for what it throws.
template <typename Make> auto begin(Make make)
{
    try {
        return make();
    } catch (const std::exception& e) {
        throw NotBegun(e.what());
    }
}

struct Plan {
    std::string program; // argv[0] of the processes
    std::string configFile; // handed on: PROGRAM child ROLE --config FILE --control FD
    std::vector<std::string> roles; // in the order in which they are started
    std::vector<std::pair<std::string, std::string>>
        joins; // pairs of roles that talk to each other
    /// A message of a process other than the kernel's end of file. May throw frame::Broken.
    std::function<void(const std::string& role, frame::Message message)> received;
    /// A process was started (again): it can be sent what it must know.
    std::function<void(const std::string& role)> started;
};

class Supervision {
public:
    explicit Supervision(Plan plan);
    ~Supervision();

    /// Until SIGTERM or SIGINT: then closes the control sockets, waits for the processes to end and
    /// kills those that do not. The same if one cannot begin when it is started first. The exit
    /// status of the program.
    int run();
    /// What run() does on SIGTERM.
    void shutDown();
    /// Its loop, for what else the parent has to watch.
    loop::Loop& loop() { return loop_; }
    /// Nothing happens if the process does not run at the moment.
    void send(const std::string& role, frame::Message message);

private:
    struct Child;
    Child& of(std::string_view role);
    void start(Child& child);
    void join(const std::string& one, const std::string& other);
    void receive(Child& child);
    void ended(Child& child);
    void endIfAlone();

    Plan plan_;
    loop::Loop loop_;
    std::deque<Child> children_;
    bool ending_ = false;
    int status_ = 0;
};

} // namespace supervision

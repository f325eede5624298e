// The server process: sockets to supervisor, prober and gate, and the core between them.
#include "agent/config.h"
#include "agent/messages.h"
#include "agent/server/core.h"
#include "common/fd.h"
#include "common/lockdown.h"
#include "common/log.h"
#include "common/supervision.h"
#include "common/text.h"
#include "yang/extensions.h"

#include <fcntl.h>
#include <memory>
#include <seccomp.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace agent {

namespace {

constexpr size_t MostStartup = 16u << 20; // bytes of the operator's startup file
constexpr uint64_t MostMemory = 1u << 30;
constexpr uint64_t MostDescriptors = 4096; // max-sessions of agent-access is at most 1000

/// A socket to another process of the agent, in the loop.
class Link {
public:
    Link(loop::Loop& loop, fd::Fd socket, std::function<void(frame::Message)> received,
        std::function<void()> ended)
        : loop_(loop)
        , channel_(std::move(socket))
        , received_(std::move(received))
        , ended_(std::move(ended))
    {
        loop_.watch(channel_.fd(), EPOLLIN, [this](uint32_t events) { ready(events); });
    }
    ~Link() { loop_.forget(channel_.fd()); }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    void send(frame::Message message)
    {
        try { // boundary: the other process may be gone; ready() sees that
            channel_.send(std::move(message));
            watch();
        } catch (const std::exception& e) {
            logging::warning(e.what());
        }
    }

private:
    void watch()
    {
        loop_.change(
            channel_.fd(), EPOLLIN | (channel_.pending() ? static_cast<uint32_t>(EPOLLOUT) : 0u));
    }

    void ready(uint32_t events)
    {
        try { // boundary: what another process sends
            if (events & EPOLLOUT) {
                channel_.flush();
                watch();
            }
            while (auto message = channel_.receive()) {
                received_(std::move(*message));
            }
            if (!channel_.ended()) {
                return;
            }
        } catch (const std::exception& e) {
            logging::error(e.what());
        }
        loop_.forget(channel_.fd());
        loop_.after(std::chrono::milliseconds(0), ended_); // may destroy this
    }

    loop::Loop& loop_;
    frame::Channel channel_;
    std::function<void(frame::Message)> received_;
    std::function<void()> ended_;
};

uint16_t type(Message message)
{
    return static_cast<uint16_t>(message);
}

class Server {
public:
    Server(
        const yang::Context& context, loop::Loop& loop, int control, const Core::Settings& settings)
        : loop_(loop)
        , control_(
              loop, fd::Fd(control), [this](frame::Message message) { fromParent(message); },
              [&loop] { loop.stop(); })
        , core_(context, loop, settings,
              { [this](frame::Message message) {
                   if (prober_) {
                       prober_->send(std::move(message));
                   }
               },
                  [this](std::vector<std::string> facts) {
                      control_.send({ type(Message::Access), std::move(facts), {} });
                  } })
    {
    }

private:
    void fromParent(frame::Message& message)
    {
        if (message.type != type(Message::Peer) || !message.attached) {
            throw frame::Broken("message " + std::to_string(message.type) + " of the supervisor");
        }
        const std::string& role = message.at(0);
        if (role == "prober") {
            prober_ = std::make_unique<Link>(
                loop_, std::move(message.attached),
                [this](const frame::Message& one) { fromProber(one); },
                [this, mine = ++proberNumber_] {
                    if (mine == proberNumber_) {
                        prober_.reset();
                        core_.reporter.proberEnded();
                    }
                });
            core_.reporter.proberStarted();
        } else if (role == "gate") {
            gate_ = std::make_unique<Link>(
                loop_, std::move(message.attached), [this](frame::Message one) { fromGate(one); },
                [this, mine = ++gateNumber_] {
                    if (mine == gateNumber_) {
                        gate_.reset();
                        core_.accessState.use(core_.context, {});
                    }
                });
        } else {
            throw frame::Broken("peer " + text::quoted(role));
        }
    }

    void fromProber(const frame::Message& message)
    {
        core_.spareMemory.giveBackSoon();
        try { // boundary: one result
            core_.reporter.received(message);
        } catch (const yang::Error& e) {
            logging::error(std::string("a result of the prober is not used: ") + e.what());
        }
    }

    void fromGate(frame::Message& message)
    {
        if (message.type == type(Message::AccessState)) {
            return learn(message.fields);
        }
        if (message.type != type(Message::Session) || !message.attached) {
            throw frame::Broken("message " + std::to_string(message.type) + " of the gate");
        }
        const std::string& transport = message.at(3);
        if (transport != "ssh" && transport != "tls") {
            throw frame::Broken("transport " + text::quoted(transport));
        }
        core_.netconf.accept(std::move(message.attached), message.at(0),
            transport == "tls" ? "netconf-tls" : "netconf-ssh");
    }

    void learn(const std::vector<std::string>& state)
    try { // boundary: nobody loses his session because of statistics
        core_.accessState.use(core_.context, state);
    } catch (const frame::Broken& e) {
        logging::error(e.what());
    }

    loop::Loop& loop_;
    Link control_;
    std::unique_ptr<Link> prober_;
    std::unique_ptr<Link> gate_;
    uint64_t proberNumber_
        = 0; // so that the end of an earlier one is not taken for the end of this
    uint64_t gateNumber_ = 0;
    Core core_;
};

std::string hostName()
{
    char name[256] = {};
    if (::gethostname(name, sizeof name - 1) != 0 || !*name) {
        return "femto";
    }
    return text::carried(name);
}

void lockDown(const Config& config)
{
    lockdown::Privileges privileges;
    privileges.uid = config.uid;
    privileges.gid = config.gid;
    privileges.changeIdentity = config.mayDrop;
    privileges.rootFolder = config.mayDrop ? config.stateDirectory : "";
    privileges.memory = MostMemory;
    privileges.descriptors = MostDescriptors;
    privileges.mayFork = true; // agent/server/aside.h
    // Files of the state folder, and what a copy does at its begin. No socket, no exec.
    privileges.systemCalls = { SCMP_SYS(openat), SCMP_SYS(rename), SCMP_SYS(renameat),
        SCMP_SYS(renameat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(link), SCMP_SYS(linkat),
        SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(ftruncate), SCMP_SYS(getdents64),
        SCMP_SYS(statx), SCMP_SYS(adjtimex), SCMP_SYS(clock_adjtime), SCMP_SYS(prctl),
        SCMP_SYS(close_range), SCMP_SYS(setrlimit), SCMP_SYS(setpriority) };
    lockdown::apply(privileges);
}

} // namespace

int runServer(const Config& config)
{
    Core::Settings settings;
    settings.nodeId = config.nodeId.empty() ? hostName() : config.nodeId;
    if (!config.startup.empty()) {
        settings.startup
            = supervision::begin([&] { return fd::readFile(config.startup, MostStartup); });
    }
    // Before the root folder is given up; what the texts say is looked at afterwards.
    schemas::Extensions extensions = supervision::begin([&] {
        const fd::Fd top(::open(config.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        return schemas::Extensions::ofVendor(top.get(), config.vendor.modules);
    });
    lockDown(config);
    settings.folder = config.mayDrop ? "/" : config.stateDirectory;

    const yang::Context context = extensions.in(schemas::server);
    extensions.report();
    settings.extensions = &extensions;
    loop::Loop loop;
    std::unique_ptr<Server> server;
    try {
        server = std::make_unique<Server>(context, loop, config.control, settings);
    } catch (const yang::Error& e) { // of what is stored, a damaged file is put aside
        throw supervision::NotBegun(config.startup + ": " + e.what());
    } catch (const std::exception& e) {
        throw supervision::NotBegun(e.what());
    }
    loop.run();
    return 0;
}

} // namespace agent

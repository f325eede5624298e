// The prober: the one process of the agent that may read the system. It never sees a byte that
// came from the network; it is asked by the table of requests.cpp only.
#include "agent/config.h"
#include "agent/prober/requests.h"
#include "common/lockdown.h"
#include "common/log.h"
#include "common/supervision.h"
#include "yang/extensions.h"

#include <algorithm>
#include <csignal>
#include <linux/capability.h>
#include <memory>
#include <seccomp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace agent {

namespace {

constexpr uint64_t MostMemory = 1ull << 30;
constexpr size_t MostRequest = 1u << 20;
constexpr int Niceness = 10;

void lockDown(const Config& config)
{
    ::setpriority(PRIO_PROCESS, 0, Niceness); // the radio comes first
    lockdown::Privileges keep;
    keep.uid = config.uid;
    keep.gid = config.gid;
    keep.changeIdentity = config.mayDrop;
    // Read every file and folder; see what other users' processes run and hold open; enter a
    // network namespace that is pinned by a mount (setns(2)).
    keep.capabilities = { CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_SYS_ADMIN };
    keep.memory = MostMemory;
    keep.descriptors = 1024;
    keep.systemCalls = { SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(open), SCMP_SYS(getdents64),
        SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx),
        SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(access), SCMP_SYS(faccessat),
        SCMP_SYS(faccessat2), SCMP_SYS(getxattr), SCMP_SYS(lgetxattr), SCMP_SYS(fgetxattr),
        SCMP_SYS(fadvise64), SCMP_SYS(setns), SCMP_SYS(inotify_add_watch),
        SCMP_SYS(inotify_rm_watch), SCMP_SYS(socket), SCMP_SYS(bind), SCMP_SYS(getcwd),
        SCMP_SYS(adjtimex), SCMP_SYS(clock_adjtime) };
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // it may be reading for long, and has nothing to lose
    lockdown::apply(keep);
}

class Prober {
public:
    explicit Prober(const Config& config)
        : root_(config.root)
        , control_(fd::Fd(config.control), MostRequest)
        , events_(loop_)
        , context_(contextOf(config))
        , schedule_(
              loop_, context_, root_, config.vendor,
              [this](frame::Message message) { send(std::move(message)); }, &events_)
    {
        loop_.signals({ SIGTERM, SIGINT }, [this](int) {
            if (schedule_.reading()) {
                ::_exit(0); // there is nothing to lose, and that may take long
            }
            loop_.stop();
        });
        loop_.watch(control_.fd(), EPOLLIN, [this](uint32_t) { fromSupervisor(); });
    }

    void run() { loop_.run(); }

private:
    /// From here on without rights: modules of the vendor are parsed.
    yang::Context contextOf(const Config& config) const
    {
        lockDown(config);
        return schemas::Extensions::ofVendor(root_.top(), config.vendor.modules)
            .in(schemas::prober);
    }

    void fromSupervisor()
    {
        control_.flush();
        while (auto message = control_.receive()) {
            if (message->type == static_cast<uint16_t>(Message::Peer) && message->at(0) == "server"
                && message->attached) {
                connect(std::move(message->attached));
            }
        }
        if (control_.ended()) {
            loop_.stop();
        } else {
            loop_.change(control_.fd(), control_.pending() ? EPOLLIN | EPOLLOUT : EPOLLIN);
        }
    }

    void connect(fd::Fd socket)
    {
        disconnect();
        server_ = std::make_unique<frame::Channel>(std::move(socket));
        loop_.watch(server_->fd(), EPOLLIN, [this](uint32_t) { fromServer(); });
        schedule_.lostAll();
    }

    void disconnect()
    {
        if (server_) {
            loop_.forget(server_->fd());
            server_.reset();
        }
    }

    void fromServer()
    try { // boundary: requests of the server
        server_->flush();
        // A request that comes into a reading waits for its end.
        while (auto message = server_ && !schedule_.reading() ? server_->receive() : std::nullopt) {
            serve(*message);
        }
        if (server_ && server_->ended()) {
            disconnect();
        } else if (server_) {
            loop_.change(server_->fd(), server_->pending() ? EPOLLIN | EPOLLOUT : EPOLLIN);
        }
    } catch (const std::exception& e) {
        logging::error(std::string("the server is cut off: ") + e.what());
        disconnect();
    }

    void serve(const frame::Message& message)
    {
        const auto all = requests();
        const auto row = std::ranges::find(all, static_cast<Message>(message.type), &Request::type);
        if (row == all.end()) {
            throw frame::Broken("request " + std::to_string(message.type) + " is not in the table");
        }
        try { // boundary: one request
            row->serve(schedule_, context_, message);
        } catch (const std::exception& e) {
            logging::warning(std::string(row->name) + " refused: " + e.what());
        }
    }

    void send(frame::Message message)
    {
        const std::string about = message.at(0);
        try { // boundary: the server may just have ended
            frame::Channel* const to = message.type == static_cast<uint16_t>(Message::FactsJudged)
                ? &control_
                : server_.get();
            if (to) {
                to->send(std::move(message));
                loop_.change(to->fd(), to->pending() ? EPOLLIN | EPOLLOUT : EPOLLIN);
            }
        } catch (const std::exception& e) {
            logging::warning("what was to be told of " + about + " is lost: " + e.what());
            schedule_.lost(about);
        }
    }

    Root root_;
    loop::Loop loop_;
    frame::Channel control_;
    std::unique_ptr<frame::Channel> server_;
    Events events_;
    yang::Context context_; // the server says which modules are left out
    Schedule schedule_;
};

} // namespace

int runProber(const Config& config)
{
    auto prober = supervision::begin([&] { return std::make_unique<Prober>(config); });
    prober->run();
    return 0;
}

} // namespace agent

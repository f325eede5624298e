// The coordinator: the only writer of the store. It takes batches of the workers, answers the
// operator's command, and tells the workers which nodes and which policy are theirs.
#include "collector/config.h"
#include "collector/coordinator/control.h"
#include "collector/coordinator/fleet.h"
#include "collector/coordinator/listener.h"
#include "collector/coordinator/operator_files.h"
#include "collector/messages.h"
#include "common/lockdown.h"
#include "common/log.h"
#include "common/supervision.h"
#include "yang/extensions.h"

#include <csignal>
#include <deque>
#include <memory>
#include <seccomp.h>
#include <sys/epoll.h>

namespace collector {

using nlohmann::json;

namespace {

constexpr std::chrono::milliseconds RetryStore { 1000 };
constexpr size_t MostFromWorker = 256u << 20;

void lockDown(const Config& config)
{
    lockdown::Privileges keep;
    keep.uid = config.uid;
    keep.gid = config.gid;
    keep.changeIdentity = config.mayDrop;
    keep.descriptors = 4096;
    // Files of the store and of the operator, the control socket.
    keep.systemCalls = { SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(stat), SCMP_SYS(lstat),
        SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
        SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(ftruncate), SCMP_SYS(fsync),
        SCMP_SYS(fdatasync), SCMP_SYS(fallocate), SCMP_SYS(readlink), SCMP_SYS(getcwd),
        SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(chmod), SCMP_SYS(fchown), SCMP_SYS(socket),
        SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept4), SCMP_SYS(inotify_init1),
        SCMP_SYS(inotify_add_watch), SCMP_SYS(inotify_rm_watch), SCMP_SYS(statfs),
        SCMP_SYS(fstatfs) };
    lockdown::apply(keep);
}

class Coordinator {
public:
    Coordinator(const Config& config, yang::Context context, fd::Fd listener)
        : config_(config)
        , listener_(std::move(listener))
        , store_(config.store(), config.keepReports)
        , control_(loop_, config.controlSocket(),
              [this](const Verb& verb, const json& arguments, const std::string& actor) {
                  return ask(verb, arguments, actor);
              })
        , parent_(fd::Fd(config.control))
        , fleet_(store_,
              [this](const std::string& worker, frame::Message message) {
                  send(worker, std::move(message));
              })
        , files_(loop_, config, std::move(context),
              { [this](const std::string& text) { fleet_.setPolicy(text); },
                  [this](const std::string& text) { fleet_.setCollection(text); } })
    {
        loop_.signals({ SIGTERM, SIGINT }, [this](int) { loop_.stop(); });
        loop_.watch(parent_.fd(), EPOLLIN, [this](uint32_t) { fromParent(); });
        fleet_.setListener(listener_ ? listener_.get() : -1);
        logging::notice("store " + config.store() + " is open, control socket "
            + config.controlSocket() + " listens");
    }

    void run() { loop_.run(); }

private:
    struct Batch {
        std::string worker;
        std::string number;
        json events;
    };

    json ask(const Verb& verb, const json& arguments, const std::string& actor)
    {
        return verb.answer({ store_, arguments, actor, config_.profile, files_.policyState(),
            [this] { fleet_.changed(); } });
    }

    void fromParent()
    {
        while (auto message = parent_.receive()) {
            if (message->type == supervision::Peer && message->attached) {
                connect(message->at(0), std::move(message->attached));
            }
        }
        if (parent_.ended()) {
            loop_.stop();
        }
    }

    void connect(const std::string& worker, fd::Fd socket)
    {
        disconnect(worker);
        const int fd = socket.get();
        workers_[worker] = std::make_unique<frame::Channel>(std::move(socket), MostFromWorker);
        loop_.watch(fd, EPOLLIN, [this, worker](uint32_t) { fromWorker(worker); });
        fleet_.workerStarted(worker);
    }

    void disconnect(const std::string& worker)
    {
        const auto found = workers_.find(worker);
        if (found != workers_.end()) {
            loop_.forget(found->second->fd());
            workers_.erase(found);
            fleet_.workerEnded(worker);
        }
        std::erase_if(waiting_, [&](const Batch& batch) { return batch.worker == worker; });
    }

    void fromWorker(const std::string& worker)
    try { // boundary: frames of a worker
        frame::Channel& channel = *workers_.at(worker);
        channel.flush();
        while (const auto message = channel.receive()) {
            if (message->type == static_cast<uint16_t>(Message::Batch)) {
                waiting_.push_back({ worker, message->at(0), json::parse(message->at(1)) });
            } else if (message->type == static_cast<uint16_t>(Message::CalledHome)) {
                fleet_.calledHome(worker, message->at(0));
            } else {
                throw frame::Broken("message " + std::to_string(message->type));
            }
        }
        const bool ended = channel.ended();
        store();
        if (ended) {
            disconnect(worker);
        } else {
            update(worker);
        }
    } catch (const std::exception& e) {
        logging::error(worker + " is cut off: " + e.what());
        disconnect(worker); // it sees the end, ends itself, and is started again
    }

    /// All batches that wait go into the store, each whole. If the store fails they wait: workers
    /// then stop reading from their nodes, and nothing is lost.
    void store()
    {
        while (!waiting_.empty() && retry_ == 0) {
            std::vector<FindingChange> changes;
            try { // boundary: the store
                changes = store_.apply(waiting_.front().events);
            } catch (const sqlite::Error& e) {
                if (!failing_) {
                    logging::error(
                        std::string("the store takes nothing in, batches wait: ") + e.what());
                }
                failing_ = true;
                retry_ = loop_.after(RetryStore, [this] {
                    retry_ = 0;
                    store();
                });
                return;
            } catch (const std::exception& e) {
                // An event that breaks the contract: it must not stop those behind it for ever.
                const std::string worker = waiting_.front().worker;
                logging::error(worker + " is cut off: a broken event: " + e.what());
                disconnect(worker);
                continue;
            }
            if (failing_) {
                logging::notice("the store takes batches in again");
                failing_ = false;
            }
            const Batch done = std::move(waiting_.front());
            waiting_.pop_front();
            send(done.worker, { static_cast<uint16_t>(Message::Durable), { done.number }, {} });
            control_.tell(changes);
        }
    }

    void send(const std::string& worker, frame::Message message)
    try { // boundary: a worker that is just ending
        const auto found = workers_.find(worker);
        if (found != workers_.end()) {
            found->second->send(std::move(message));
            update(worker);
        }
    } catch (const std::exception& e) {
        logging::warning(worker + ": " + e.what());
    }

    void update(const std::string& worker)
    {
        const frame::Channel& channel = *workers_.at(worker);
        loop_.change(channel.fd(), channel.pending() ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }

    const Config& config_;
    loop::Loop loop_;
    fd::Fd listener_;
    Store store_;
    Control control_;
    frame::Channel parent_;
    std::map<std::string, std::unique_ptr<frame::Channel>> workers_;
    std::deque<Batch> waiting_;
    loop::Loop::TimerId retry_ = 0;
    bool failing_ = false;
    Fleet fleet_;
    OperatorFiles files_;
};

} // namespace

int runCoordinator(const Config& config)
{
    auto coordinator = supervision::begin([&] {
        fd::Fd listener = callHomeListener(config.callHomeAddress, config.callHomePort);
        schemas::Extensions extensions = schemas::Extensions::ofFolder(config.modules);
        lockDown(config);
        return std::make_unique<Coordinator>(
            config, schemas::managementWith(std::move(extensions)), std::move(listener));
    });
    coordinator->run();
    return 0;
}

} // namespace collector

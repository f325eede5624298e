// The process of a worker: what it must read it reads first, then it gives up all rights, then it
// serves the coordinator that its parent joins it to.
#include "collector/config.h"
#include "collector/worker/worker.h"
#include "common/lockdown.h"
#include "common/log.h"
#include "common/supervision.h"
#include "yang/extensions.h"

#include <algorithm>
#include <csignal>
#include <memory>
#include <seccomp.h>
#include <sys/epoll.h>
#include <sys/resource.h>

namespace collector {

namespace {

constexpr size_t MostKey = 64u << 10;
constexpr std::chrono::milliseconds MostAlone { 1'500 };
constexpr rlim_t MostDescriptors = 60'000; // libssh keeps 16 bits of a descriptor

void lockDown(const Config& config)
{
    rlimit descriptors {};
    if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) {
        fd::fail("getrlimit");
    }
    lockdown::Privileges keep;
    keep.uid = config.uid;
    keep.gid = config.gid;
    keep.changeIdentity = config.mayDrop;
    keep.descriptors = std::min(descriptors.rlim_max, MostDescriptors);
    keep.systemCalls
        = { SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(accept4), SCMP_SYS(getpeername) };
    lockdown::apply(keep);
}

class Process {
public:
    Process(const Config& config, const yang::Context& context, const ClientKey& key)
        : context_(context)
        , key_(key)
        , parent_(fd::Fd(config.control))
    {
        loop_.signals({ SIGTERM, SIGINT }, [this](int) { loop_.stop(); });
        loop_.watch(parent_.fd(), EPOLLIN, [this](uint32_t) { fromParent(); });
    }

    void run() { loop_.run(); }

private:
    void fromParent()
    {
        while (auto message = parent_.receive()) {
            if (message->type == supervision::Peer && message->attached) {
                loop_.cancel(alone_);
                alone_ = 0;
                worker_.reset(); // before the new one: they watch the same descriptors
                worker_ = std::make_unique<Worker>(
                    context_, loop_, key_, std::move(message->attached), [this] { leftAlone(); });
            }
        }
        if (parent_.ended()) {
            loop_.stop();
        }
    }

    /// A coordinator that ended is followed by another; one that cut this worker off is not, and
    /// both are joined anew when this process is.
    void leftAlone()
    {
        worker_.reset();
        alone_ = loop_.after(MostAlone, [this] {
            alone_ = 0;
            loop_.stop();
        });
    }

    const yang::Context& context_;
    const ClientKey& key_;
    loop::Loop loop_;
    loop::Loop::TimerId alone_ = 0;
    frame::Channel parent_;
    std::unique_ptr<Worker> worker_;
};

} // namespace

int runWorker(const Config& config)
{
    const schemas::Extensions modules
        = supervision::begin([&] { return schemas::Extensions::ofFolder(config.modules); });
    const ClientKey key = supervision::begin(
        [&] { return ClientKey(fd::readFile(config.clientKey, MostKey), config.clientKey); });
    warmSsh();
    lockDown(config);
    const yang::Context context
        = supervision::begin([&] { return schemas::managementWith(modules); });
    logging::info("the key for nodes is " + key.fingerprint());
    Process(config, context, key).run();
    return 0;
}

} // namespace collector

// The server without its process: what the operations work on, put together.
#pragma once

#include "agent/server/access.h"
#include "agent/server/access_state.h"
#include "agent/server/aside.h"
#include "agent/server/confirmed_commit.h"
#include "agent/server/datastore.h"
#include "agent/server/monitoring.h"
#include "agent/server/netconf_server.h"
#include "agent/server/push.h"
#include "agent/server/report_log.h"
#include "agent/server/reporter.h"
#include "agent/server/subscriptions.h"
#include "common/frame.h"
#include "common/loop.h"
#include "common/spare_memory.h"
#include "yang/extensions.h"

#include <functional>
#include <string>
#include <vector>

namespace agent {

class Core {
public:
    struct Settings {
        std::string folder; // state
        std::string startup; // RFC 7951 text of the operator, may be empty
        std::string nodeId; // if the configuration has none
        const schemas::Extensions* extensions = nullptr; // for the status
    };
    struct Outlets {
        std::function<void(frame::Message)> toProber;
        /// Facts of agent/messages.h, when they are new.
        std::function<void(std::vector<std::string>)> access;
    };

    Core(const yang::Context& context, loop::Loop& loop, const Settings& settings, Outlets outlets);

    /// Takes over a new configuration: valid, stored, in force, and told. Throws RpcError.
    void commit(const Session& by, yang::Tree next, const std::vector<Changed>& changes);
    /// Running becomes what datastore.kept() is.
    void restore();
    /// A number for a subscription, used once.
    uint32_t nextSubscription() { return ++lastSubscription_; }
    /// Throws RpcError if another session has the lock, or waits for a commit to be confirmed.
    void mayChange(const Session& session, Store store) const;
    /// Throws RpcError if the session's user may not do that.
    void permit(const Session& session, Access::Operation operation, const lyd_node* node);

    const yang::Context& context;
    loop::Loop& loop;
    Datastore datastore;
    ConfirmedCommit confirmed;
    Access access;
    ReportLog log;
    Aside aside;
    NetconfServer netconf;
    Subscriptions subscriptions;
    Push push;
    Reporter reporter;
    Monitoring monitoring;
    SubscriptionLimits subscriptionLimits;
    AccessState accessState;
    memory::Spare spareMemory { loop };

private:
    std::optional<std::string> call(const Session& session, const yang::Tree& rpc);
    void started(const Session& session);
    void ended(const Session& session, const Ending& ending);
    std::string content(uint32_t session, const PushRequest& request);
    void applyAccess();
    void inForce(const Session& by, const std::vector<Changed>& changes);
    void tellConfirmed(
        const char* event, const Session* by, std::optional<std::chrono::seconds> timeout);
    void publish(yang::Tree tree);

    Outlets outlets_;
    uint32_t lastSubscription_ = 0;
};

} // namespace agent

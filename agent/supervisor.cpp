#include "agent/supervisor.h"
#include "agent/messages.h"
#include "common/log.h"
#include "common/supervision.h"
#include "common/users.h"

#include <optional>

namespace agent {

int supervise(const Config& config, const std::string& configFile, Host& host)
{
    users::ownFolder(config.stateDirectory, { config.uid, config.gid, config.mayDrop });
    users::ownFolder(config.keyDirectory, {});
    if (!config.mayDrop) {
        logging::warning("not started as root: what only root may read is reported as such, and"
                         " the processes keep this user's rights");
    }
    const auto access = static_cast<uint16_t>(Message::Access);
    std::optional<std::vector<std::string>> facts; // what the gate is to know, from the server
    supervision::Supervision* parent = nullptr;

    supervision::Plan plan;
    plan.program = "femtowatch-agent";
    plan.configFile = configFile;
    plan.roles = { "server", "prober", "gate" };
    plan.joins = { { "server", "prober" }, { "server", "gate" } };
    plan.received = [&](const std::string& role, frame::Message message) {
        if (role == "gate" && message.type == static_cast<uint16_t>(Message::Serving)) {
            host.serving();
            return;
        }
        if (role == "prober" && message.type == static_cast<uint16_t>(Message::FactsJudged)) {
            host.facts(message);
            return;
        }
        if (role != "server" || message.type != access) {
            throw frame::Broken("message " + std::to_string(message.type) + " is not for this");
        }
        facts = std::move(message.fields);
        parent->send("gate", { access, *facts, {} });
    };
    plan.started = [&](const std::string& role) {
        if (role == "gate" && facts) {
            parent->send("gate", { access, *facts, {} });
        }
    };
    supervision::Supervision all(std::move(plan));
    parent = &all;
    host.watch(all.loop(), [&all] { all.shutDown(); });
    return all.run();
}

} // namespace agent

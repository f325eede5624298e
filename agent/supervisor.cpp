#include "agent/supervisor.h"
#include "agent/messages.h"
#include "common/log.h"
#include "common/supervision.h"

#include <filesystem>
#include <optional>
#include <unistd.h>

namespace agent {

namespace {

void makeFolder(const std::string& path, const Config& config, bool forServer)
{
    namespace fs = std::filesystem;
    if (fs::create_directories(path)) {
        fs::permissions(path, fs::perms::owner_all);
    }
    if (forServer && config.mayDrop && ::chown(path.c_str(), config.uid, config.gid) != 0) {
        fd::fail(path);
    }
}

} // namespace

int supervise(const Config& config, const std::string& configFile)
{
    makeFolder(config.stateDirectory, config, true);
    makeFolder(config.keyDirectory, config, false);
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
    all.run();
    return 0;
}

} // namespace agent

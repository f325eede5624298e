#include "collector/config.h"
#include "common/config_file.h"
#include "common/users.h"

namespace collector {

Config loadConfig(const std::string& file)
{
    Config config;
    unsigned port = config.callHomePort;
    config_file::read(file,
        {
            { "state-directory", config_file::path(config.stateDirectory) },
            { "policy", config_file::path(config.policy) },
            { "profile", config_file::text(config.profile) },
            { "collection", config_file::path(config.collection) },
            { "modules", config_file::path(config.modules) },
            { "client-key", config_file::path(config.clientKey) },
            { "call-home-address", config_file::text(config.callHomeAddress) },
            { "call-home-port", config_file::number(port, 0, 65535) },
            { "user", config_file::text(config.user) },
            { "workers", config_file::number(config.workers, 1, 64) },
            { "keep-reports", config_file::number(config.keepReports, 1, 1'000'000) },
            { "log-level",
                [&](std::string_view value) { config.logLevel = logging::level(value); } },
        });
    config.callHomePort = static_cast<uint16_t>(port);
    const users::Identity identity = users::find(config.user);
    config.uid = identity.uid;
    config.gid = identity.gid;
    config.mayDrop = identity.mayDrop;
    return config;
}

} // namespace collector

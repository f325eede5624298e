#include "agent/config.h"
#include "common/config_file.h"
#include "common/users.h"

namespace agent {

Config loadConfig(const std::string& file)
{
    Config config;
    config_file::read(file,
        {
            { "state-directory", config_file::path(config.stateDirectory) },
            { "key-directory", config_file::path(config.keyDirectory) },
            { "startup", config_file::path(config.startup) },
            { "root", config_file::path(config.root) },
            { "user", config_file::text(config.user) },
            { "web-service", config_file::text(config.vendor.webService) },
            { "facts-directory", config_file::path(config.vendor.facts) },
            { "mappings-directory", config_file::path(config.vendor.mappings) },
            { "modules-directory", config_file::path(config.vendor.modules) },
            { "node-id", config_file::text(config.nodeId) },
            { "log-level",
                [&](std::string_view value) { config.logLevel = logging::level(value); } },
        });
    const users::Identity identity = users::find(config.user);
    config.uid = identity.uid;
    config.gid = identity.gid;
    config.mayDrop = identity.mayDrop;
    return config;
}

} // namespace agent

#include "agent/config.h"
#include "common/text.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <pwd.h>
#include <stdexcept>
#include <unistd.h>

namespace agent {

namespace {

void findUser(Config& config)
{
    config.uid = ::geteuid();
    config.gid = ::getegid();
    config.mayDrop = config.uid == 0;
    if (!config.mayDrop) {
        return;
    }
    const passwd* entry = ::getpwnam(config.user.c_str());
    if (!entry) {
        throw std::runtime_error("user: there is no user " + text::quoted(config.user));
    }
    if (entry->pw_uid == 0) {
        throw std::runtime_error("user: " + text::quoted(config.user) + " is root");
    }
    config.uid = entry->pw_uid;
    config.gid = entry->pw_gid;
}

} // namespace

Config loadConfig(const std::string& file)
{
    Config config;
    std::string level = "info";
    CLI::App app("", "femtowatch-agent");
    app.add_option("--state-directory", config.stateDirectory);
    app.add_option("--key-directory", config.keyDirectory);
    app.add_option("--startup", config.startup);
    app.add_option("--root", config.root);
    app.add_option("--user", config.user);
    app.add_option("--web-service", config.webService);
    app.add_option("--node-id", config.nodeId);
    app.add_option("--log-level", level);
    app.allow_config_extras(CLI::config_extras_mode::error);
    if (!std::ifstream(file)) {
        throw std::runtime_error(file + ": cannot be read");
    }
    try {
        app.set_config("--config", file, "", true);
        app.parse(std::vector<std::string> {});
        config.logLevel = logging::level(level);
    } catch (const CLI::ParseError& e) {
        throw std::runtime_error(file + ": " + e.what());
    } catch (const std::invalid_argument& e) {
        throw std::runtime_error(file + ": " + e.what());
    }
    for (const std::string* path :
        { &config.stateDirectory, &config.keyDirectory, &config.startup, &config.root }) {
        if (!path->empty() && path->front() != '/') {
            throw std::runtime_error(file + ": " + text::quoted(*path) + " is no absolute path");
        }
    }
    findUser(config);
    return config;
}

} // namespace agent

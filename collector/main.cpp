// femtowatch-collector: the command line, and the parent of coordinator and workers.
#include "collector/config.h"
#include "common/supervision.h"
#include "common/users.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

namespace {

using collector::Config;

int supervise(const Config& config, const std::string& configFile)
{
    users::ownFolder(config.stateDirectory, { config.uid, config.gid, config.mayDrop });
    supervision::Plan plan;
    plan.program = "femtowatch-collector";
    plan.configFile = configFile;
    plan.roles = { "coordinator" };
    for (unsigned i = 0; i < config.workers; ++i) {
        plan.roles.push_back("worker-" + std::to_string(i));
        plan.joins.emplace_back("coordinator", plan.roles.back());
    }
    return supervision::Supervision(std::move(plan)).run();
}

int child(const std::string& role, const Config& config)
{
    logging::open("femtowatch-" + role, config.logLevel);
    return role == "coordinator" ? collector::runCoordinator(config) : collector::runWorker(config);
}

int dispatch(int argc, char** argv)
{
    CLI::App app("Collects and judges the security configuration of femto nodes (3GPP TR 33.746,"
                 " Solution #1)",
        "femtowatch-collector");
    app.set_version_flag("--version", FEMTOWATCH_VERSION);
    app.require_subcommand(1);
    std::string configFile;
    CLI::App* const run = app.add_subcommand("run", "Collect and judge, until SIGTERM");
    run->add_option("--config", configFile, "Configuration file, lines of name = value")
        ->required();

    std::string role;
    int control = -1;
    CLI::App* const process = app.add_subcommand("child")->group(""); // started by `run`
    process->add_option("role", role)->required();
    process->add_option("--config", configFile)->required();
    process->add_option("--control", control)->required();

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    }
    configFile = std::filesystem::absolute(configFile);
    Config config = collector::loadConfig(configFile);
    if (*process) {
        config.control = control;
        return child(role, config);
    }
    logging::open("femtowatch-collector", config.logLevel);
    return supervise(config, configFile);
}

/// One write: other processes say something at the same time.
void say(const std::exception& e)
{
    std::cerr << "femtowatch-collector: " + std::string(e.what()) + "\n";
}

} // namespace

int main(int argc, char** argv)
try { // boundary: the program
    return dispatch(argc, argv);
} catch (const supervision::NotBegun& e) {
    say(e);
    return supervision::CannotBegin;
} catch (const std::exception& e) {
    say(e);
    return 2;
}

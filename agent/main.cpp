// femtowatch-agent: the command line.
#include "agent/config.h"
#include "agent/host.h"
#include "agent/snapshot.h"
#include "agent/supervisor.h"
#include "common/supervision.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

namespace {

int child(const std::string& role, const agent::Config& config)
{
    logging::open("femtowatch-" + role, config.logLevel);
    if (role == "prober") {
        return agent::runProber(config);
    }
    return role == "server" ? agent::runServer(config) : agent::runGate(config);
}

/// `run`, and the host is told how it ends.
int serve(const std::string& configFile, int status)
{
    agent::Host host(status);
    host.version();
    int code = 2;
    try {
        const agent::Config config = agent::loadConfig(configFile);
        logging::open("femtowatch-agent", config.logLevel);
        code = agent::supervise(config, configFile, host);
    } catch (const std::exception& e) {
        host.exit(code, e.what());
        throw;
    }
    host.exit(code, "");
    return code;
}

int dispatch(int argc, char** argv)
{
    CLI::App app(
        "Security configuration of a femto node over NETCONF (3GPP TR 33.746, Solution #1)",
        "femtowatch-agent");
    app.set_version_flag("--version", FEMTOWATCH_VERSION);
    app.require_subcommand(1);

    std::string configFile;
    CLI::App* const run = app.add_subcommand("run", "Serve NETCONF and report, until SIGTERM");
    run->add_option("--config", configFile, "Configuration file, lines of name = value")
        ->required();
    int status = -1;
    run->add_option("--status", status, "Socket of the program that embeds the agent")->group("");

    agent::SnapshotOptions what;
    CLI::App* const snapshot
        = app.add_subcommand("snapshot", "Print status and inventory once, and exit");
    snapshot->add_option("--root", what.root, "Folder to read as the file system of a node");
    snapshot->add_option("--category", what.categories, "Category to read; all by default");
    snapshot->add_option("--format", what.format, "json (RFC 7951) or xml")
        ->check(CLI::IsMember({ "json", "xml" }));
    snapshot->add_option("--web-service", what.vendor.webService, "PAM service of the Web login");
    snapshot->add_option("--facts-directory", what.vendor.facts, "Folder of the vendor's facts");
    snapshot->add_option(
        "--mappings-directory", what.vendor.mappings, "Folder that tells how settings are read");
    snapshot->add_option(
        "--modules-directory", what.vendor.modules, "Folder of the vendor's YANG modules");

    std::string role;
    int control = -1;
    CLI::App* const process = app.add_subcommand("child")->group(""); // started by `run`
    process->add_option("role", role)
        ->required()
        ->check(CLI::IsMember({ "prober", "server", "gate" }));
    process->add_option("--config", configFile)->required();
    process->add_option("--control", control)->required();

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    }
    if (*snapshot) {
        return agent::snapshot(what);
    }
    configFile = std::filesystem::absolute(configFile);
    if (*process) {
        agent::Config config = agent::loadConfig(configFile);
        config.control = control;
        return child(role, config);
    }
    return serve(configFile, status);
}

/// One write: other processes say something at the same time.
void say(const std::exception& e)
{
    std::cerr << "femtowatch-agent: " + std::string(e.what()) + "\n";
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

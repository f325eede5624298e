// femtowatch: the operator's command.
#include "collector/cli/command.h"
#include "collector/cli/terminal.h"
#include "common/text.h"
#include "common/yang.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace {

constexpr cli::Declare Commands[] = {
    cli::declareCheck,
    cli::declareBaseline,
    cli::declarePolicy,
    cli::declareFleet,
};

int run(int argc, char** argv)
{
    CLI::App app("Judges the security configuration of femto nodes and asks the collector"
                 " (3GPP TR 33.746, Solution #1).\n"
                 "Exit codes: 0 all is well, 1 a violation, 3 no violation but something"
                 " undecided, 2 an error.",
        "femtowatch");
    app.set_version_flag("--version", FEMTOWATCH_VERSION);
    app.require_subcommand(1);
    cli::Action chosen;
    for (const cli::Declare declare : Commands) {
        declare(app, chosen);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        if (e.get_exit_code() == 0) {
            return app.exit(e); // --help, --version
        }
        const bool command = argc > 1 && argv[1][0] != '-';
        const auto named = app.get_subcommands(
            [&](const CLI::App* one) { return command && one->get_name() == argv[1]; });
        std::cerr << "femtowatch: "
                  << (command && named.empty() ? "there is no command " + text::quoted(argv[1])
                                               : cli::oneLine(e.what()))
                  << "; see femtowatch --help\n";
        return cli::BadUsage;
    }
    return chosen();
}

} // namespace

namespace cli {

void addFormat(CLI::App& command, std::string& format)
{
    command.add_option("--format", format, "table for people, json for scripts")
        ->check(CLI::IsMember({ "table", "json" }))
        ->capture_default_str();
}

void addModules(CLI::App& command, std::string& folder)
{
    command.add_option(
        "--modules", folder, "Folder of YANG modules that define categories of nodes' vendors");
}

} // namespace cli

int main(int argc, char** argv)
{
    yang::silence();
    try { // boundary
        return run(argc, argv);
    } catch (const std::exception& e) {
        std::cerr << "femtowatch: " << cli::oneLine(e.what()) << '\n';
        return cli::BadUsage;
    }
}

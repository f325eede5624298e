#include "collector/cli/client.h"
#include "collector/cli/command.h"
#include "collector/cli/fleet_tables.h"
#include "collector/cli/ssh_host_key.h"
#include "collector/cli/terminal.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cli {

using nlohmann::json;

namespace {

struct Options {
    std::string control = defaultControlSocket();
    std::string format = "table";
    std::string node;
    std::string address;
    uint16_t port = 830;
    std::string user;
    std::string fingerprint;
    std::string profile;
    bool callHome = false;
    std::string severity;
    bool all = false;
    bool follow = false;
    int64_t finding = 0;
    std::string comment;
};
using Shared = std::shared_ptr<Options>;

CLI::App* command(CLI::App& app, const Shared& options, const char* name, const char* what)
{
    CLI::App* const made = app.add_subcommand(name, what);
    made->add_option("--control", options->control,
            "Control socket of the collector; also $FEMTOWATCH_CONTROL")
        ->capture_default_str();
    addFormat(*made, options->format);
    return made;
}

/// Asks, and prints what comes: as it is for scripts, by `print` for people.
int ask(const Options& options, const char* verb, const json& arguments,
    const std::function<void(const json&)>& print)
{
    const json answer = Client(options.control).ask(verb, arguments);
    if (options.format == "json") {
        std::cout << answer.dump(2) << "\n";
    } else {
        print(answer);
    }
    return Good;
}

int follow(const Options& options)
{
    Client(options.control).follow([&](const json& change) {
        if (options.format == "json") {
            std::cout << change.dump() << std::endl;
        } else {
            printChange(change);
        }
        return bool(std::cout);
    });
    return Good;
}

int findings(const Options& options)
{
    if (options.follow) {
        return follow(options);
    }
    return ask(options, "findings",
        { { "node", options.node }, { "severity", options.severity }, { "resolved", options.all } },
        printFindings);
}

/// The node is pinned by its key, so the name is looked up once, here, where one can see the
/// result.
std::string lookedUp(const std::string& name)
{
    addrinfo wanted {};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int rc = ::getaddrinfo(name.c_str(), nullptr, &wanted, &found);
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> guard(found, [](addrinfo* each) {
        if (each) {
            ::freeaddrinfo(each);
        }
    });
    char text[NI_MAXHOST] = "";
    if (rc != 0
        || ::getnameinfo(
               found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST)
            != 0) {
        throw std::runtime_error("--address: " + name + ": " + ::gai_strerror(rc));
    }
    return text;
}

/// No trust on first use: without --fingerprint the node's key is shown, and pinned only if a
/// person at a terminal says so.
bool confirmed(Options& options)
{
    if (!options.fingerprint.empty()) {
        return true;
    }
    if (options.callHome && options.address.empty()) {
        throw std::runtime_error("a node that only calls home needs --fingerprint");
    }
    options.fingerprint = fetchFingerprint(options.address, options.port);
    std::cout << options.address << " port " << options.port << " shows the host key\n  "
              << options.fingerprint << "\n";
    if (::isatty(STDIN_FILENO) != 1) {
        std::cerr << "femtowatch: nothing is enrolled: compare this with the node's own"
                     " (ssh-keygen -lf KEY) and give it by --fingerprint\n";
        return false;
    }
    std::cout << "Compare it with the node's own (ssh-keygen -lf KEY). Pin it? [yes/no] "
              << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "yes";
}

int enroll(Options& options)
{
    if (!options.address.empty()) {
        options.address = lookedUp(options.address);
    }
    if (!confirmed(options)) {
        return 1;
    }
    json arguments = { { "node", options.node }, { "address", options.address },
        { "port", options.port }, { "user", options.user }, { "fingerprint", options.fingerprint },
        { "call-home", options.callHome } };
    if (!options.profile.empty()) {
        arguments["profile"] = options.profile;
    }
    return ask(options, "enroll", arguments, [&](const json&) {
        std::cout << "enrolled " << printable(options.node) << " with host key "
                  << options.fingerprint << "\n";
    });
}

int dismiss(const Options& options)
{
    return ask(options, "dismiss", { { "node", options.node } },
        [&](const json&) { std::cout << "dismissed " << printable(options.node) << "\n"; });
}

int acknowledge(const Options& options)
{
    return ask(options, "ack", { { "finding", options.finding }, { "comment", options.comment } },
        [&](const json&) { std::cout << "acknowledged finding " << options.finding << "\n"; });
}

void declareEnroll(CLI::App& app, Action& run, const Shared& options)
{
    CLI::App* const made = command(app, options, "enroll",
        "Take a node into the fleet. Its host key is shown before it is pinned");
    made->add_option("node", options->node, "Identifier of the node")->required();
    made->add_option("--address", options->address, "Address that the node listens on");
    made->add_option("--port", options->port, "Port of NETCONF over SSH")->capture_default_str();
    made->add_option("--user", options->user, "User to log in as")->required();
    made->add_option("--fingerprint", options->fingerprint,
        "Host key of the node, SHA256:... as ssh-keygen -l prints it");
    made->add_flag("--call-home", options->callHome, "The node calls home (RFC 8071)");
    made->add_option("--profile", options->profile, "Profile of the policy to judge it by");
    made->callback([options, &run] { run = [options] { return enroll(*options); }; });
}

} // namespace

void declareFleet(CLI::App& app, Action& run)
{
    const auto options = std::make_shared<Options>();
    declareEnroll(app, run, options);

    CLI::App* made = command(app, options, "dismiss", "Take a node out of the fleet");
    made->add_option("node", options->node)->required();
    made->callback([options, &run] { run = [options] { return dismiss(*options); }; });

    made = command(
        app, options, "nodes", "The fleet: verdict, findings and connection of each node");
    made->callback([options, &run] {
        run = [options] { return ask(*options, "nodes", json::object(), printNodes); };
    });

    made = command(app, options, "node", "One node: its categories and the verdict of each rule");
    made->add_option("node", options->node)->required();
    made->callback([options, &run] {
        run = [options] { return ask(*options, "node", { { "node", options->node } }, printNode); };
    });

    made = command(app, options, "findings", "Findings, the most severe first");
    made->add_option("--node", options->node, "Of this node only");
    made->add_option("--severity", options->severity, "Of this severity only")
        ->check(CLI::IsMember({ "critical", "major", "minor", "warning", "info" }));
    made->add_flag("--all", options->all, "Resolved ones too");
    made->add_flag("--follow", options->follow, "Show changes as they come, until interrupted");
    made->callback([options, &run] { run = [options] { return findings(*options); }; });

    made = command(app, options, "ack", "Acknowledge a finding: it is known, and stays open");
    made->add_option("finding", options->finding, "ID of the finding")->required();
    made->add_option("--comment", options->comment, "Why");
    made->callback([options, &run] { run = [options] { return acknowledge(*options); }; });
}

} // namespace cli

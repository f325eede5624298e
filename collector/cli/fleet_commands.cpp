#include "collector/cli/fleet_commands.h"
#include "collector/cli/client.h"
#include "collector/cli/ssh_host_key.h"
#include "collector/cli/table.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

namespace collector {

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
    made->add_option("--format", options->format, "table or json")
        ->check(CLI::IsMember({ "table", "json" }));
    return made;
}

std::string counts(const json& findings)
{
    std::string out;
    for (const char* severity : { "critical", "major", "minor", "warning", "info" }) {
        if (findings.contains(severity)) {
            out += (out.empty() ? "" : ", ") + std::to_string(findings.at(severity).get<int>())
                + " " + severity;
        }
    }
    return out.empty() ? "none" : out;
}

std::string word(const json& object, const char* member)
{
    return object.contains(member) && object.at(member).is_string()
        ? object.at(member).get<std::string>()
        : "";
}

int nodes(const Options& options)
{
    const json answer = Client(options.control).ask("nodes", json::object());
    if (options.format == "json") {
        std::cout << answer.dump(2) << "\n";
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (const json& node : answer.at("nodes")) {
        const std::string reason = word(node, "reason");
        rows.push_back({ word(node, "node"), word(node, "verdict"), counts(node.at("findings")),
            word(node, "connection") + (reason.empty() ? "" : ": " + reason),
            word(node, "heard-at") });
    }
    printTable(std::cout,
        { { "NODE" }, { "VERDICT" }, { "FINDINGS" }, { "CONNECTION", true }, { "HEARD AT" } },
        rows);
    if (const std::string error = word(answer.at("policy"), "error"); !error.empty()) {
        std::cout << "The policy file is not taken, the former one is in force: " << error << "\n";
    }
    return 0;
}

std::vector<std::string> findingRow(const json& finding)
{
    std::string state = word(finding, "state");
    if (!finding.value("verifiable", true)) {
        state += ", not verifiable now";
    }
    return { std::to_string(finding.at("id").get<int64_t>()), word(finding, "severity"),
        word(finding, "node"), word(finding, "rule"), word(finding, "object"),
        word(finding, "observed"), word(finding, "expected"), state, word(finding, "first-seen") };
}

const std::vector<Column> FindingColumns = { { "ID" }, { "SEVERITY" }, { "NODE" }, { "RULE" },
    { "OBJECT", true }, { "OBSERVED", true }, { "EXPECTED", true }, { "STATE" }, { "SINCE" } };

void printFindings(const json& findings)
{
    std::vector<std::vector<std::string>> rows;
    for (const json& finding : findings) {
        rows.push_back(findingRow(finding));
    }
    printTable(std::cout, FindingColumns, rows);
}

int follow(const Options& options)
{
    Client(options.control).follow([&](const json& change) {
        if (options.format == "json") {
            std::cout << change.dump() << std::endl;
        } else {
            const json& finding = change.at("finding");
            printTable(std::cout,
                { { word(change, "what") }, { word(finding, "severity") },
                    { word(finding, "node") }, { word(finding, "rule") },
                    { word(finding, "object"), true }, { word(finding, "observed"), true } },
                {});
            std::cout << std::flush;
        }
        return bool(std::cout);
    });
    return 0;
}

int findings(const Options& options)
{
    if (options.follow) {
        return follow(options);
    }
    const json answer = Client(options.control)
                            .ask("findings",
                                { { "node", options.node }, { "severity", options.severity },
                                    { "resolved", options.all } });
    if (options.format == "json") {
        std::cout << answer.dump(2) << "\n";
    } else {
        printFindings(answer);
    }
    return 0;
}

int node(const Options& options)
{
    const json answer = Client(options.control).ask("node", { { "node", options.node } });
    if (options.format == "json") {
        std::cout << answer.dump(2) << "\n";
        return 0;
    }
    for (const char* fact : { "node", "verdict", "connection", "reason", "heard-at", "address",
             "user", "fingerprint", "profile", "epoch" }) {
        if (const std::string value = word(answer, fact); !value.empty()) {
            printTable(std::cout,
                { { fact
                      + std::string(std::string_view(fact).size() < 14
                              ? 14 - std::string_view(fact).size()
                              : 0,
                          ' ') },
                    { value, true } },
                {});
        }
    }
    std::cout << "\n";
    std::vector<std::vector<std::string>> rows;
    for (const json& category : answer.at("categories")) {
        std::string status = word(category, "status");
        status = status.substr(status.find(':') + 1);
        rows.push_back(
            { word(category, "category"), status, std::to_string(category.value("generation", 0)),
                word(category, "updated-at"), word(category, "detail") });
    }
    printTable(std::cout,
        { { "CATEGORY" }, { "STATUS" }, { "GENERATION" }, { "UPDATED AT" }, { "DETAIL", true } },
        rows);
    rows.clear();
    for (const json& result : answer.at("results")) {
        rows.push_back({ word(result, "verdict"), word(result, "severity"), word(result, "rule"),
            word(result, "object"), word(result, "observed"), word(result, "reason") });
    }
    std::cout << "\n";
    printTable(std::cout,
        { { "VERDICT" }, { "SEVERITY" }, { "RULE" }, { "OBJECT", true }, { "OBSERVED", true },
            { "REASON", true } },
        rows);
    return 0;
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
    const json answer = Client(options.control).ask("enroll", arguments);
    if (options.format == "json") {
        std::cout << answer.dump(2) << "\n";
    } else {
        std::cout << "enrolled " << options.node << " with host key " << options.fingerprint
                  << "\n";
    }
    return 0;
}

int simple(const Options& options, const char* verb, const json& arguments)
{
    const json answer = Client(options.control).ask(verb, arguments);
    std::cout << answer.dump(options.format == "json" ? 2 : -1) << "\n";
    return 0;
}

void addEnroll(CLI::App& app, std::function<int()>& run, const Shared& options)
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

void addFleetCommands(CLI::App& app, std::function<int()>& run)
{
    const auto options = std::make_shared<Options>();
    addEnroll(app, run, options);

    CLI::App* made = command(app, options, "dismiss", "Take a node out of the fleet");
    made->add_option("node", options->node)->required();
    made->callback([options, &run] {
        run = [options] { return simple(*options, "dismiss", { { "node", options->node } }); };
    });

    made = command(
        app, options, "nodes", "The fleet: verdict, findings and connection of each node");
    made->callback([options, &run] { run = [options] { return nodes(*options); }; });

    made = command(app, options, "node", "One node: its categories and the verdict of each rule");
    made->add_option("node", options->node)->required();
    made->callback([options, &run] { run = [options] { return node(*options); }; });

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
    made->callback([options, &run] {
        run = [options] {
            return simple(*options, "ack",
                { { "finding", options->finding }, { "comment", options->comment } });
        };
    });
}

} // namespace collector

// The operator's command, femtowatch: a table of subcommands. A subcommand is a function that
// declares itself and its options, and hands back what to do when it is chosen.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace cli {

// Exit codes are an interface.
constexpr int Good = 0;
constexpr int Violated = 1;
constexpr int BadUsage = 2; // bad usage, an unreadable file, a collector that does not answer
constexpr int Undecided = 3;

using Action = std::function<int()>;
/// Declares itself in `app`; when its arguments have been parsed, `chosen` is what to do.
using Declare = void (*)(CLI::App& app, Action& chosen);

// The offline commands.
void declareCheck(CLI::App& app, Action& chosen);
void declareBaseline(CLI::App& app, Action& chosen);
void declarePolicy(CLI::App& app, Action& chosen);

// About the running collector: enroll, dismiss, nodes, node, findings, ack.
void declareFleet(CLI::App& app, Action& chosen);

/// `--format table|json`, as every command that prints has it.
void addFormat(CLI::App& command, std::string& format);
void addModules(CLI::App& command, std::string& folder);

} // namespace cli

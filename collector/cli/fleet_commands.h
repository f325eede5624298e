// Commands about the running collector: enroll, dismiss, nodes, node, findings, ack.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace collector {

/// Adds the subcommands. One that was given sets `run` to what it does; the result of that is the
/// exit status.
void addFleetCommands(CLI::App& app, std::function<int()>& run);

} // namespace collector

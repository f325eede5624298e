// A cheap look at what runs and what is open, by which it is known that nothing of it has changed:
// for each process its id, executable, user and network namespace; for each namespace its sockets.
// What an idle process changes of itself (arguments, capabilities) does not show: a full reading,
// which comes less often, does.
#pragma once

#include <string>
#include <string_view>

namespace agent {

class Root;

/// If `path`, below /proc, is about processes or sockets, root.sources() are told of these: true.
bool recordActivity(const Root& root, std::string_view path);

/// One signature serves all who ask within a tenth of a second, unless this is called between.
void forgetSignatures();

/// Whether execChanged() is called for each process that runs another program. Of the rest there
/// are counters: while these stand still, a signature is then believed for a while.
void believeCounters(bool believe);
void execChanged();

/// Of TCP and UDP sockets of our own network namespace alone, by sock_diag(7): some 50 us. Empty if
/// the kernel does not answer.
std::string listenerSignature();

} // namespace agent

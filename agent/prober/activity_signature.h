// A cheap look at what runs and what is open, by which it is known that nothing of it has changed:
// for each process its id, executable, user and network namespace; for each namespace its sockets.
// What an idle process changes of itself (arguments, capabilities) does not show: a full reading,
// which comes less often, does.
#pragma once

#include <string_view>

namespace agent {

class Root;

/// If `path`, below /proc, is about processes or sockets, root.sources() are told of these: true.
bool recordActivity(const Root& root, std::string_view path);

/// One signature serves all who ask within a tenth of a second, unless this is called between.
void forgetSignatures();

} // namespace agent

// Numbers that the kernel keeps of processes and sockets, and that move when one comes or goes: a
// look at them costs some microseconds. That they stand still means that nothing came and nothing
// went, or just as much: whoever believes them looks himself now and then.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace agent {

/// Threads there are, and the last process id given (/proc/loadavg, proc(5)): moves with every fork
/// and, unless another thread came at once, every exit, but not with exec. Empty if unreadable.
std::string processCounters();

/// Sockets in use in our own network namespace: in all, and of IPv4 by protocol
/// (/proc/net/sockstat). Empty if unreadable.
std::string socketCounters();
/// The same and those of IPv6 by protocol (sockstat6), of namespaces by names such as "net:[1]" and
/// files that they are entered by, such as "/proc/PID/ns/net".
std::string socketCounters(const std::map<std::string, std::string>& namespaces);

/// Whether something was mounted or unmounted since this was last asked (mountinfo in proc(5)).
/// True if that is not known.
bool mountsMoved();

/// What counts in the text of sockstat: not memory, nor connections that are only timers now.
std::string socketsInUse(std::string_view sockstat);

} // namespace agent

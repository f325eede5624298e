// Which service a program, a port or an inetd name is: what is known of servers in the field.
#pragma once

#include "agent/prober/root.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct KnownService {
    std::string type; // identity of femto-security-types
    std::string implementation;
};

struct ServiceProgram {
    const char* name; // of the executable or applet
    const char* type; // empty: its port tells
};

/// Last part of a path.
std::string programName(std::string_view path);

/// Programs that do nothing but serve, by name.
const std::vector<ServiceProgram>& servicePrograms();

/// By the name of the executable, of the applet that a multi-call binary was called as, or else of
/// argv[0]. The type is empty where only the port tells it.
std::optional<KnownService> knownProgram(
    std::string_view executable, const std::vector<std::string>& arguments);

/// By the content of the executable, for a server under another name: Telnet and SSH servers.
std::optional<std::string> typeOfContent(const Root& root, const std::string& path);

/// By the port that a service is registered for or usually has; nothing for others.
std::optional<std::string> typeOfPort(std::string_view protocol, uint32_t port);

/// Service that inetd itself serves, or by its name in services(5).
std::optional<std::string> typeOfInetdName(std::string_view name);

/// inetd, xinetd and their kin.
bool isSuperServer(std::string_view executable, const std::vector<std::string>& arguments);

/// Port of a name in services(5) of this root; the number itself is one too.
std::optional<uint32_t> portOf(
    const Root& root, const std::string& name, const std::string& protocol);

/// Types that a user logs in by: they count on the loopback interface too.
bool isLoginType(std::string_view type);

} // namespace agent

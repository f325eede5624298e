// Super-servers that start a program for each connection: inetd.conf(5) of openbsd-inetd,
// inetutils and BusyBox, xinetd.conf(5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct InetdService {
    std::string service; // name or port, without an address before it
    std::string protocol; // tcp, udp
    std::string program; // path, or "internal"
    std::vector<std::string> arguments; // argv, the name first
    std::string address {}; // where it listens, if it says so
    std::string id {}; // of xinetd: the name of its block
    size_t line = 0;
};

struct InetdText {
    std::vector<InetdService> services;
    std::vector<size_t> wrong; // lines that the super-server reads over
};

/// Lines of inetd.conf(5), comments left out.
InetdText parseInetd(std::string_view all);

struct XinetdText {
    std::vector<InetdService> services; // those with "disable = yes" are left out
    std::vector<std::string> includes; // folders
    std::vector<std::string> files; // single ones
    std::vector<std::string> disabled; // services that the defaults turn off
    std::vector<std::string> enabled; // if any, no others are on
    std::vector<size_t> wrong;
};

XinetdText parseXinetd(std::string_view all);

} // namespace agent

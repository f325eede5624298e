// The SSH servers of the node, each with the configuration that it has in force: sshd(8) by its
// command line and files, dropbear(8) by its command line.
#pragma once

#include "agent/prober/processes.h"
#include "agent/prober/sshd_config.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace agent {

/// What a command line of sshd says.
struct SshdCommand {
    std::string config = "/etc/ssh/sshd_config";
    std::vector<std::string> options; // of -o; -p and -g as the keywords they stand for
    bool inetd = false; // -i: one connection, which another program has accepted
    bool test = false; // -t, -T, -G: no server
};
/// Arguments behind the name of the program (getopt(3)).
SshdCommand sshdCommand(const std::vector<std::string>& arguments);
/// Arguments of a process that is a listening sshd, also of one that has renamed itself to
/// "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"; nothing if it is no listener.
std::optional<std::vector<std::string>> sshdArguments(const std::vector<std::string>& arguments);

struct Sshd {
    std::string label; // "sshd on port 2222"
    bool running = false;
    std::string stale; // why the files are not what the process has read; empty if they are
    std::vector<uint16_t> ports;
    SshdConfig config;
};

/// dropbear(8) 2022.83: options, and no file.
struct Dropbear {
    std::string label; // "dropbear on port 22"
    bool running = false;
    std::vector<uint16_t> ports;
    bool rootLogin = true; // no -w
    bool rootPassword = true; // no -g
    bool password = true; // no -s
    bool blankPassword = false; // -B
    bool keyToo = false; // -t: key and password
    std::string group; // -G: only its members
    uint32_t maxAuthTries = 10; // -T
    uint32_t idleTimeout = 0; // -I
    std::string where; // "command line of pid 7", "/etc/default/dropbear:3"
};
Dropbear dropbearOptions(const std::vector<std::string>& arguments);

struct SshDaemons {
    std::vector<Sshd> sshd;
    std::vector<Dropbear> dropbear;
    bool agent = false; // this agent serves NETCONF over SSH
    std::vector<Reading::Failure> failures;
};

/// Running ones; if none is, those that are configured. What could not be read or understood is
/// among the failures, and its daemon is left out.
SshDaemons sshDaemons(const Root& root);

/// Words of a shell assignment such as SSHD_OPTS="-o Port=22" in a file of /etc/default; none if
/// there is no such line. `where` becomes file:line.
std::vector<std::string> defaultsWords(
    const std::string& text, const std::string& name, const std::string& path, std::string& where);

} // namespace agent

// What the agent is told by its configuration file and hands to its processes.
#pragma once

#include "common/log.h"

#include <string>
#include <sys/types.h>

namespace agent {

/// Where the vendor of the node tells the agent what it cannot find by itself: VENDORS.md.
struct Vendor {
    std::string webService; // PAM service of the Web login
    std::string facts = "/var/lib/femtowatch/facts.d";
    std::string mappings = "/etc/femtowatch/mappings.d";
    std::string modules = "/etc/femtowatch/modules.d";
};

struct Config {
    std::string stateDirectory = "/var/lib/femtowatch/agent"; // configuration and report log
    std::string keyDirectory = "/etc/femtowatch/keys"; // host keys
    std::string startup; // RFC 7951 file merged into the embedded startup data of a fresh agent
    std::string root = "/"; // file system that is probed
    std::string user = "nobody"; // user that server, gate and prober run as
    Vendor vendor;
    std::string nodeId; // node-id if the collection configuration has none; host name if empty
    logging::Level logLevel = logging::Level::Info;
    // Set by the supervisor for its children.
    int control = -1; // its end of the control socket
    uid_t uid = 0; // that of `user`; the current one if the agent is not run as root
    gid_t gid = 0;
    bool mayDrop = false; // started as root: identity, root folder and capabilities can be given up
};

/// Reads a configuration file: lines of `name = value`, with the names of config.cpp and '#' before
/// comments. Throws std::runtime_error naming the file and the offending text.
Config loadConfig(const std::string& file);

/// The processes. Each is entered in a freshly exec'd program, before any library has a thread,
/// with full rights; it opens what it must, locks itself down (common/lockdown) and serves until
/// its control socket ends. Returns the exit status.
int runProber(const Config& config);
int runServer(const Config& config);
int runGate(const Config& config);

} // namespace agent

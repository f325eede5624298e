// What the collector is told by its configuration file and hands to its processes.
#pragma once

#include "common/log.h"

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace collector {

struct Config {
    std::string stateDirectory = "/var/lib/femtowatch/collector"; // store and control socket
    std::string policy; // the operator's policy, RFC 7951 of femto-compliance-policy; the shipped
                        // one if empty
    std::string profile = "femto-baseline"; // of nodes that are enrolled without one
    std::string collection; // RFC 7951 of femto-security/collection that nodes shall have; the
                            // shipped one if empty
    std::string modules; // folder of YANG modules that define categories of nodes' vendors
    std::string clientKey = "/etc/femtowatch/collector_ed25519"; // private key for the nodes
    std::string callHomeAddress = "0.0.0.0";
    uint16_t callHomePort = 0; // 4334 by RFC 8071; 0 for no call home
    std::string user = "nobody"; // user that the processes run as
    unsigned workers = 1;
    unsigned keepReports = 1000; // reports kept for each node
    logging::Level logLevel = logging::Level::Info;
    // Set for the processes.
    int control = -1; // their end of the control socket
    uid_t uid = 0;
    gid_t gid = 0;
    bool mayDrop = false; // started as root

    std::string store() const { return stateDirectory + "/store.sqlite"; }
    std::string controlSocket() const { return stateDirectory + "/control"; }
};

/// Reads a configuration file: lines of `name = value`, with the names of config.cpp and '#' before
/// comments. Throws std::runtime_error naming the file and the offending text.
Config loadConfig(const std::string& file);

/// The processes; see agent/config.h for what holds of them.
int runCoordinator(const Config& config);
int runWorker(const Config& config);

} // namespace collector

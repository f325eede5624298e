// A node for tests: a NETCONF server over SSH in a process of its own, that says what it is told,
// right or wrong.
#pragma once

#include "common/fd.h"

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace fake {

/// In reports and replies @SEQ@ stands for the next sequence number, @GAP@ for the one behind it,
/// @LAST@ for the last one.
struct Script {
    std::string status; // content of <data> for a get
    std::vector<std::string> replay; // notifications after a subscription with startTime
    std::vector<std::string> live; // and after any
    std::vector<std::string> resend; // notifications sent for resend-reports
    std::vector<std::string> collect; // and for collect-now
    uint64_t last = 0; // sequence number that was given out
    std::string flood; // a notification for flood()
    bool alsoEcdsa = false; // has a second host key
    bool acceptsKey = true;
    bool acceptsEdit = true;
    bool base11 = true;
    std::string instead; // bytes sent instead of a hello, then silence
    std::string afterHello; // bytes sent behind the hello, then silence
    bool drip = false; // a byte of `instead` in each second
    bool closes = false; // after these bytes
    uint16_t callsHome = 0; // port that is connected to, instead of listening
};

class Node {
public:
    explicit Node(Script script);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    uint16_t port() const { return port_; }
    const std::string& fingerprint() const { return fingerprint_; }
    /// Of the ECDSA key.
    const std::string& otherFingerprint() const { return otherFingerprint_; }

    /// A notification now, in the session that is open.
    void notify(const std::string& xml) { tell("N" + xml); }
    /// Bytes as they are.
    void raw(const std::string& bytes) { tell("R" + bytes); }
    /// Another status from now on.
    void status(const std::string& data) { tell("S" + data); }
    void closeSession() { tell("C"); }
    void flood(unsigned count) { tell("F" + std::to_string(count)); }
    /// What it was asked since, one word each: "authenticated", "get", "edit-config", ...
    std::vector<std::string> asked();

private:
    void tell(const std::string& what);

    uint16_t port_ = 0;
    std::string fingerprint_;
    std::string otherFingerprint_;
    pid_t pid_ = -1;
    fd::Fd control_;
};

/// Text of a new private key, as a file holds it.
std::string newClientKey();

} // namespace fake

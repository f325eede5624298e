// Messages between the listener and its own children, over common/frame.
#pragma once

#include <cstdint>

namespace agent::gate {

enum class GateMessage : uint16_t {
    Serve = 1, // listener -> gate: address of the peer for the log, "ssh" or "tls", seconds without
    // a message that end it or "0"; descriptor: the connection
    Open = 2, // gate -> listener, once: user, "ssh" or "tls", proof and anchor of a Login; NETCONF
    // may begin
    Admit = 3, // listener -> gate: descriptor: NETCONF with the server
    Refuse = 4, // listener -> gate: reason
    Key = 5, // listener -> keeper: file name, token
    KeyIs = 6, // keeper -> listener: file name, token, private key or "", error or ""
    AddressIs = 7, // resolver -> listener: numeric address...
    Files = 8, // listener -> keeper: name of private key, name of certificate, token
    Reached = 10, // gate -> listener, once, before its end: the leaf of agent-access/limits that
    // ends the connection
    FilesAre = 9, // keeper -> listener: token, private key, certificates, error or "" (PEM)
};

} // namespace agent::gate

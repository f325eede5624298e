// A NETCONF client by libssh, for well-behaved and other peers.
#pragma once

#include "common/netconf_frame.h"
#include "tests/gate/agent.h"

#include <initializer_list>
#include <libssh/libssh.h>
#include <memory>
#include <string>
#include <utility>

namespace gate_test {

struct FreeKey {
    void operator()(ssh_key key) const noexcept { ssh_key_free(key); }
};
struct FreeSession {
    void operator()(ssh_session session) const noexcept { ssh_free(session); }
};
using Key = std::unique_ptr<ssh_key_struct, FreeKey>;
using Ssh = std::unique_ptr<ssh_session_struct, FreeSession>;

Key makeKey(ssh_keytypes_e type = SSH_KEYTYPE_ED25519, int bits = 0);
/// "user-key" fact for it.
std::string userKey(const std::string& user, const Key& key);

constexpr const char* Hello10
    = "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities>"
      "<capability>urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>";
constexpr const char* Hello11
    = "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities>"
      "<capability>urn:ietf:params:netconf:base:1.1</capability></capabilities></hello>";

/// A session over `connection` that is not begun yet: ssh_connect() comes next.
Ssh sessionOver(fd::Fd connection);
/// Whether the gate agrees to a key exchange with these options.
bool agrees(uint16_t port, std::initializer_list<std::pair<ssh_options_e, const char*>> options);

struct Client {
    Ssh ssh;
    ssh_channel channel = nullptr;
    netconf_frame::Decoder decoder { 1u << 30 };

    /// Connects, to key exchange. Throws with libssh's text.
    explicit Client(uint16_t port, const std::string& user = "smf");
    Client(fd::Fd connection, const std::string& user);
    int authenticate(const Key& key);
    /// Channel with subsystem. False if refused.
    bool open(const std::string& subsystem = "netconf");
    void write(std::string_view bytes);
    std::string receive();
    /// The next bytes, at most `most`.
    std::string read(size_t most);
    bool ends(milliseconds most = Deadline);
};

/// A client that has logged in, exchanged hellos, and its server side.
struct Session {
    Client client;
    ServerSession server;
};
Session login(
    Agent& agent, const Key& key, const char* hello = Hello11, const std::string& user = "smf");

} // namespace gate_test

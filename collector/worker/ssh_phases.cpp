// The phases of an SSH session up to the subsystem. Each function goes on as far as it can without
// waiting; true if the next phase can be tried at once.
#include "collector/worker/ssh_hidden.h"

#include <cstring>

namespace collector {

using std::chrono::milliseconds;

bool SshClient::Hidden::step()
{
    switch (phase) {
    case Phase::Connect:
        return connected();
    case Phase::KeyExchange:
        return exchanged();
    case Phase::Authentication:
        return authenticated();
    case Phase::Channel:
        return opened();
    case Phase::Subsystem:
        return subsystem();
    case Phase::Open:
        return transfer();
    case Phase::HostKey:
    case Phase::Ended:
        return false;
    }
    return false;
}

bool SshClient::Hidden::connected()
{
    if (const int error = connectError(socket.get())) {
        end(strerror(error));
        return false;
    }
    peer = peerName(socket.get());
    if (peer.empty()) {
        return false; // not yet
    }
    session = newSession(socket.get(), hostKeyTypes);
    ssh_set_counters(session.get(), &counter, nullptr);
    enter(Phase::KeyExchange, limits.keyExchange);
    return true;
}

bool SshClient::Hidden::exchanged()
{
    const int rc = ssh_connect(session.get());
    fd::setNonBlocking(socket.get()); // libssh 0.10 makes it blocking when it finds it connected
    if (rc == SSH_AGAIN) {
        return false;
    }
    if (rc != SSH_OK) {
        end("key exchange: " + error());
        return false;
    }
    ssh_key hostKey = nullptr;
    if (ssh_get_server_publickey(session.get(), &hostKey) != SSH_OK) {
        end("key exchange: " + error());
        return false;
    }
    const std::unique_ptr<ssh_key_struct, void (*)(ssh_key)> guard(hostKey, &ssh_key_free);
    phase = Phase::HostKey; // under the same deadline
    const auto told = events.hostKey; // it may put other events in its place
    told(fingerprintOf(hostKey), ssh_key_type_to_char(ssh_key_type(hostKey)));
    return phase != Phase::HostKey && phase != Phase::Ended;
}

bool SshClient::Hidden::authenticated()
{
    switch (ssh_userauth_publickey(session.get(), nullptr, key.raw())) {
    case SSH_AUTH_AGAIN:
        return false;
    case SSH_AUTH_SUCCESS:
        break;
    case SSH_AUTH_DENIED:
    case SSH_AUTH_PARTIAL:
        end("the node does not accept our key " + key.fingerprint(), true);
        return false;
    default:
        end("authentication: " + error());
        return false;
    }
    channel = ssh_channel_new(session.get());
    if (!channel) {
        end("channel: " + error());
        return false;
    }
    callbacks.size = sizeof callbacks;
    callbacks.userdata = this;
    callbacks.channel_data_function = &Hidden::data;
    callbacks.channel_close_function = &Hidden::closed;
    callbacks.channel_eof_function = &Hidden::closed;
    ssh_set_channel_callbacks(channel, &callbacks);
    enter(Phase::Channel, limits.channel);
    return true;
}

bool SshClient::Hidden::opened()
{
    const int rc = ssh_channel_open_session(channel);
    if (rc == SSH_AGAIN) {
        return false;
    }
    if (rc != SSH_OK) {
        end("channel: " + error());
        return false;
    }
    enter(Phase::Subsystem, limits.channel);
    return true;
}

bool SshClient::Hidden::subsystem()
{
    const int rc = ssh_channel_request_subsystem(channel, "netconf");
    if (rc == SSH_AGAIN) {
        return false;
    }
    if (rc != SSH_OK) {
        end("subsystem netconf: " + error());
        return false;
    }
    enter(Phase::Open, milliseconds(0));
    if (limits.keepalive.count() != 0) {
        keepalive = loop.after(limits.keepalive, [this] { alive(); });
    }
    events.opened();
    return phase == Phase::Open;
}

} // namespace collector

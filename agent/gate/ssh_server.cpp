#include "agent/gate/ssh_server.h"

#include <array>
#include <cstring>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace agent::gate {

namespace {

constexpr size_t Block = 32768;
constexpr uint32_t MostRefusals = 64; // of requests behind authentication
constexpr uint32_t MostNoneRequests = 2; // clients ask for "none" to learn the methods

struct FreeEvent {
    void operator()(ssh_event event) const noexcept { ssh_event_free(event); }
};
struct FreeSession {
    void operator()(ssh_session session) const noexcept { ssh_free(session); }
};

/// Second field of a public-key file; empty if the key cannot be written so.
std::string base64(ssh_key key)
{
    char* text = nullptr;
    if (ssh_pki_export_pubkey_base64(key, &text) != SSH_OK) {
        return {};
    }
    std::string result(text);
    ssh_string_free_char(text);
    return result;
}

} // namespace

struct SshServer::Session {
    const Access& access;
    std::unique_ptr<ssh_session_struct, FreeSession> ssh { ssh_new() };
    std::unique_ptr<ssh_event_struct, FreeEvent> event { ssh_event_new() };
    ssh_channel channel = nullptr; // owned by ssh
    ssh_server_callbacks_struct serverCallbacks {};
    ssh_channel_callbacks_struct channelCallbacks {};
    std::optional<Login> authenticated;
    std::optional<Login> login;
    uint32_t attempts = 0;
    uint32_t nones = 0;
    uint32_t refusals = 0;
    bool over = false;
    bool parted = false; // the channel is closed from here
    bool closedByPeer = false;
    std::array<char, Block> block;

    explicit Session(const Access& facts)
        : access(facts)
    {
        if (!ssh || !event) {
            throw std::bad_alloc();
        }
    }

    int failedAttempt()
    {
        over = over || ++attempts >= access.limits.maxAuthenticationAttempts;
        return SSH_AUTH_DENIED;
    }

    // RFC 4252, section 7: first only asked about (no signature), then signed.
    int publicKey(const char* user, ssh_key key, char signatureState)
    {
        const Login offered { Transport::Ssh, user, base64(key), {} };
        const bool known = !offered.proof.empty() && access.permits(offered);
        if (!known || over) {
            return failedAttempt();
        }
        if (signatureState == SSH_PUBLICKEY_STATE_NONE) {
            return SSH_AUTH_SUCCESS;
        }
        if (signatureState != SSH_PUBLICKEY_STATE_VALID) {
            return failedAttempt();
        }
        authenticated = offered;
        return SSH_AUTH_SUCCESS;
    }

    int none() { return ++nones > MostNoneRequests ? failedAttempt() : SSH_AUTH_DENIED; }

    ssh_channel open()
    {
        if (channel || !authenticated) {
            refused();
            return nullptr;
        }
        channel = ssh_channel_new(ssh.get());
        if (channel) {
            ssh_set_channel_callbacks(channel, &channelCallbacks);
        }
        return channel;
    }

    int subsystem(const char* name)
    {
        if (login || strcmp(name, "netconf") != 0) {
            refused();
            return 1;
        }
        login = authenticated;
        return 0;
    }

    void refused() { over = over || ++refusals >= MostRefusals; }

    /// Everything that has no callback of its own, other methods of authentication included. 1 lets
    /// libssh answer with its refusal.
    int other(ssh_message message)
    {
        if (ssh_message_type(message) == SSH_REQUEST_AUTH) {
            failedAttempt();
        } else if (ssh_message_type(message) != SSH_REQUEST_SERVICE) {
            refused();
        }
        return 1;
    }
};

SshServer::SshServer(fd::Fd connection, const SshIdentity& identity, const Access& access)
    : session_(std::make_unique<Session>(access))
{
    Session& s = *session_;
    // libssh calls these from C: none may throw, so an exception (no memory) ends the process here.
    ssh_callbacks_init(&s.serverCallbacks);
    s.serverCallbacks.userdata = &s;
    s.serverCallbacks.auth_pubkey_function
        = [](ssh_session, const char* user, ssh_key_struct* key, char state, void* data) noexcept {
              return static_cast<Session*>(data)->publicKey(user, key, state);
          };
    s.serverCallbacks.auth_none_function = [](ssh_session, const char*, void* data) noexcept {
        return static_cast<Session*>(data)->none();
    };
    s.serverCallbacks.auth_password_function
        = [](ssh_session, const char*, const char*, void* data) noexcept {
              return static_cast<Session*>(data)->failedAttempt();
          };
    s.serverCallbacks.channel_open_request_session_function
        = [](ssh_session, void* data) noexcept { return static_cast<Session*>(data)->open(); };
    ssh_callbacks_init(&s.channelCallbacks);
    s.channelCallbacks.userdata = &s;
    s.channelCallbacks.channel_subsystem_request_function
        = [](ssh_session, ssh_channel, const char* name, void* data) noexcept {
              return static_cast<Session*>(data)->subsystem(name);
          };
    s.channelCallbacks.channel_close_function = [](ssh_session, ssh_channel, void* data) noexcept {
        static_cast<Session*>(data)->closedByPeer = true;
    };

    const int socket = connection.get();
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ssh_set_blocking(s.ssh.get(), 0);
    if (ssh_bind_accept_fd(identity.raw(), s.ssh.get(), connection.release()) != SSH_OK) {
        throw std::runtime_error(std::string("SSH: ") + ssh_get_error(identity.raw()));
    }
    ssh_options_set(s.ssh.get(), SSH_OPTIONS_COMPRESSION, "no");
    ssh_set_auth_methods(s.ssh.get(), SSH_AUTH_METHOD_PUBLICKEY);
    ssh_set_server_callbacks(s.ssh.get(), &s.serverCallbacks);
    ssh_set_message_callback(
        s.ssh.get(),
        [](ssh_session, ssh_message message, void* data) noexcept {
            return static_cast<Session*>(data)->other(message);
        },
        &s);
    if (ssh_handle_key_exchange(s.ssh.get()) == SSH_ERROR) {
        s.over = true;
    }
    ssh_event_add_session(s.event.get(), s.ssh.get());
}

SshServer::~SshServer()
{
    ssh_event_remove_session(session_->event.get(), session_->ssh.get());
}

int SshServer::fd() const
{
    return ssh_get_fd(session_->ssh.get());
}

const char* SshServer::limit() const
{
    const bool reached = session_->attempts >= session_->access.limits.maxAuthenticationAttempts;
    return reached ? "max-authentication-attempts" : "";
}

void SshServer::process()
{
    if (!session_->over && ssh_event_dopoll(session_->event.get(), 0) == SSH_ERROR) {
        session_->over = true;
    }
}

bool SshServer::pending() const
{
    return (ssh_get_poll_flags(session_->ssh.get()) & SSH_WRITE_PENDING) != 0;
}

bool SshServer::ended() const
{
    const Session& s = *session_;
    return s.over || (ssh_get_status(s.ssh.get()) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0
        || (s.channel && (s.parted ? s.closedByPeer : ssh_channel_is_closed(s.channel) != 0));
}

bool SshServer::finished() const
{
    return session_->channel && ssh_channel_is_eof(session_->channel);
}

const std::optional<Login>& SshServer::login() const
{
    return session_->login;
}

std::string_view SshServer::read()
{
    Session& s = *session_;
    if (!s.login) {
        return {};
    }
    const int n = ssh_channel_read_nonblocking(s.channel, s.block.data(), Block, 0);
    return n > 0 ? std::string_view(s.block.data(), static_cast<size_t>(n)) : std::string_view();
}

size_t SshServer::write(std::string_view bytes)
{
    Session& s = *session_;
    size_t done = 0;
    // libssh would queue without bound for a peer that has a wide window and does not read.
    while (done < bytes.size() && !pending()) {
        const auto piece = static_cast<uint32_t>(std::min(bytes.size() - done, Block));
        const int n = ssh_channel_write(s.channel, bytes.data() + done, piece);
        if (n < 0) {
            s.over = true;
        }
        if (n <= 0) {
            break;
        }
        done += static_cast<size_t>(n);
    }
    return done;
}

bool SshServer::keepAlive()
{
    // The first call fetches the answer to the last request, if it has come; only then does the
    // second one send.
    ssh_send_keepalive(session_->ssh.get());
    ssh_send_keepalive(session_->ssh.get());
    return true;
}

void SshServer::part(int status)
{
    Session& s = *session_;
    s.parted = true;
    ssh_channel_request_send_exit_status(s.channel, status); // RFC 4254, section 6.10
    ssh_channel_close(s.channel); // sends the end of data, too
}

void SshServer::close(const std::string& reason)
{
    Session& s = *session_;
    process(); // libssh writes at once only if it was just told that it can
    if (ssh_is_connected(s.ssh.get())) {
        // The channel is not closed first: ssh(1) would leave before it has read the reason.
        const fd::Fd connection(reason.empty() ? -1 : ::dup(fd()));
        if (!reason.empty()) {
            ssh_session_set_disconnect_message(s.ssh.get(), reason.c_str());
        }
        ssh_disconnect(s.ssh.get());
        if (connection) {
            hearOut(connection.get());
        }
    }
    s.over = true;
}

} // namespace agent::gate

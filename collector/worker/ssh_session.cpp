#include "collector/worker/ssh_session.h"
#include "collector/worker/ssh_client.h"
#include "common/fd.h"

#include <fcntl.h>
#include <libssh/server.h> // ssh_set_message_callback
#include <stdexcept>

namespace collector {

namespace {

// RFC 9142, and what OpenSSH prefers. No SHA-1, no CBC, no group 1 or 14.
constexpr const char* KeyExchanges
    = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
      "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512";
constexpr const char* HostKeyTypes
    = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"
      "rsa-sha2-512,rsa-sha2-256";
constexpr const char* Ciphers = "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,"
                                "aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr";
constexpr const char* Macs = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
                             "hmac-sha2-256,hmac-sha2-512";

void set(ssh_session session, ssh_options_e option, const void* value)
{
    if (ssh_options_set(session, option, value) != SSH_OK) {
        throw std::runtime_error(std::string("SSH: ") + ssh_get_error(session));
    }
}

/// A node has nothing to ask of us: without this, libssh would queue its requests without bound.
int refuseRequest(ssh_session, ssh_message, void*)
{
    return 1;
}

} // namespace

void give(ssh_session session, int socket)
{
    fd::Fd own(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
    if (!own) {
        fd::fail("dup");
    }
    const int number = own.get();
    if (number > 0xffff) { // libssh 0.10 keeps 16 bits of it
        throw std::runtime_error("SSH: descriptor " + std::to_string(number) + " is too high");
    }
    set(session, SSH_OPTIONS_FD, &number);
    // Taken over by the first call of ssh_connect(), which cannot fail before that.
    own.release();
}

Session newSession(int socket, const std::string& hostKeyTypes)
{
    Session session(ssh_new());
    if (!session) {
        throw std::runtime_error("SSH: no session");
    }
    ssh_session const it = session.get();
    const bool off = false;
    const int none = 0;
    const int nodelay = 1;
    set(it, SSH_OPTIONS_PROCESS_CONFIG, &off);
    // Folders that are not there: libssh would look for a home, keys and known hosts otherwise.
    set(it, SSH_OPTIONS_SSH_DIR, "/nonexistent");
    set(it, SSH_OPTIONS_KNOWNHOSTS, "/nonexistent/known_hosts");
    set(it, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/nonexistent/known_hosts");
    set(it, SSH_OPTIONS_USER, "unknown"); // who it is, is known when the host key is
    set(it, SSH_OPTIONS_HOST, "node");
    set(it, SSH_OPTIONS_KEY_EXCHANGE, KeyExchanges);
    set(it, SSH_OPTIONS_HOSTKEYS, hostKeyTypes.empty() ? HostKeyTypes : hostKeyTypes.c_str());
    set(it, SSH_OPTIONS_CIPHERS_C_S, Ciphers);
    set(it, SSH_OPTIONS_CIPHERS_S_C, Ciphers);
    set(it, SSH_OPTIONS_HMAC_C_S, Macs);
    set(it, SSH_OPTIONS_HMAC_S_C, Macs);
    set(it, SSH_OPTIONS_COMPRESSION, "no");
    set(it, SSH_OPTIONS_GSSAPI_AUTH, &none);
    set(it, SSH_OPTIONS_PASSWORD_AUTH, &none);
    set(it, SSH_OPTIONS_KBDINT_AUTH, &none);
    set(it, SSH_OPTIONS_NODELAY, &nodelay);
    ssh_set_blocking(it, 0);
    ssh_set_message_callback(it, refuseRequest, nullptr);
    give(it, socket);
    return session;
}

void warmSsh()
{
    ssh_init();
    const Session session(ssh_new());
    ssh_key key = nullptr;
    if (ssh_pki_generate(SSH_KEYTYPE_ECDSA, 256, &key) == SSH_OK) {
        fingerprintOf(key);
    }
    ssh_key_free(key);
}

} // namespace collector

#include "collector/cli/ssh_host_key.h"

#include <libssh/libssh.h>
#include <memory>
#include <stdexcept>

namespace cli {

std::string fetchFingerprint(const std::string& address, uint16_t port)
{
    const std::unique_ptr<ssh_session_struct, void (*)(ssh_session)> session(
        ssh_new(), [](ssh_session each) {
            ssh_disconnect(each);
            ssh_free(each);
        });
    const unsigned number = port;
    const long timeout = 10;
    const int off = 0;
    ssh_options_set(session.get(), SSH_OPTIONS_PROCESS_CONFIG, &off);
    ssh_options_set(session.get(), SSH_OPTIONS_HOST, address.c_str());
    ssh_options_set(session.get(), SSH_OPTIONS_PORT, &number);
    ssh_options_set(session.get(), SSH_OPTIONS_TIMEOUT, &timeout);
    // The order in which the worker will ask: the same key must come.
    ssh_options_set(session.get(), SSH_OPTIONS_HOSTKEYS,
        "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,"
        "rsa-sha2-256");
    if (ssh_connect(session.get()) != SSH_OK) {
        throw std::runtime_error(
            address + " port " + std::to_string(port) + ": " + ssh_get_error(session.get()));
    }
    ssh_key key = nullptr;
    if (ssh_get_server_publickey(session.get(), &key) != SSH_OK) {
        throw std::runtime_error(address + ": has shown no host key");
    }
    const std::unique_ptr<ssh_key_struct, void (*)(ssh_key)> guard(key, &ssh_key_free);
    unsigned char* hash = nullptr;
    size_t size = 0;
    if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &size) != 0) {
        throw std::runtime_error(address + ": its host key cannot be hashed");
    }
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> bytes(
        hash, [](unsigned char* each) { ssh_clean_pubkey_hash(&each); });
    const std::unique_ptr<char, void (*)(char*)> text(
        ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size), &ssh_string_free_char);
    return text.get();
}

} // namespace cli

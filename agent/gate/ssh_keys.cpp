#include "agent/gate/ssh_keys.h"

#include <cstdint>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <set>
#include <stdexcept>

namespace agent::gate {

namespace {

// RFC 9142: no SHA-1, no CBC, no MAC below 256 bits, no group below 2048 bits.
constexpr const char* KeyExchanges
    = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
      "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group14-sha256";
constexpr const char* Ciphers = "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,"
                                "aes128-gcm@openssh.com,aes256-ctr,aes128-ctr";
constexpr const char* Macs = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
                             "hmac-sha2-256,hmac-sha2-512";
constexpr const char* UserKeyTypes
    = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"
      "rsa-sha2-512,rsa-sha2-256";
constexpr unsigned LeastRsaBits = 2048;

struct FreeKey {
    void operator()(ssh_key key) const noexcept { ssh_key_free(key); }
};
using Key = std::unique_ptr<ssh_key_struct, FreeKey>;

struct FreeText {
    void operator()(char* text) const noexcept { ssh_string_free_char(text); }
};
using Text = std::unique_ptr<char, FreeText>;

void set(ssh_bind bind, ssh_bind_options_e option, const void* value)
{
    if (ssh_bind_options_set(bind, option, value) != SSH_OK) {
        throw std::runtime_error(std::string("SSH option: ") + ssh_get_error(bind));
    }
}

/// Algorithms that a host key of this type signs with; null if it is not for us.
const char* algorithms(ssh_key key)
{
    switch (ssh_key_type(key)) {
    case SSH_KEYTYPE_ED25519:
        return "ssh-ed25519";
    case SSH_KEYTYPE_ECDSA_P256:
        return "ecdsa-sha2-nistp256";
    case SSH_KEYTYPE_ECDSA_P384:
        return "ecdsa-sha2-nistp384";
    case SSH_KEYTYPE_ECDSA_P521:
        return "ecdsa-sha2-nistp521";
    case SSH_KEYTYPE_RSA:
        return "rsa-sha2-512,rsa-sha2-256";
    default:
        return nullptr;
    }
}

/// libssh holds one key of each: RSA, ECDSA (any curve), Ed25519.
int family(ssh_key key)
{
    const ssh_keytypes_e type = ssh_key_type(key);
    return type == SSH_KEYTYPE_ED25519 || type == SSH_KEYTYPE_RSA ? type : SSH_KEYTYPE_ECDSA_P256;
}

std::string fingerprint(ssh_key key)
{
    unsigned char* hash = nullptr;
    size_t size = 0;
    if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &size) != SSH_OK) {
        return "unknown";
    }
    const Text text(ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size));
    ssh_clean_pubkey_hash(&hash);
    return std::string(ssh_key_type_to_char(ssh_key_type(key))) + " " + (text ? text.get() : "?");
}

} // namespace

std::string generateHostKey(const std::string& file)
{
    const bool ecdsa = file.ends_with("_ecdsa");
    if (!ecdsa && !file.ends_with("_ed25519")) {
        throw std::runtime_error("host key " + file
            + " is not there, and is not made because its name ends in neither _ecdsa nor "
              "_ed25519");
    }
    ssh_key made = nullptr;
    if (ssh_pki_generate(ecdsa ? SSH_KEYTYPE_ECDSA_P256 : SSH_KEYTYPE_ED25519, 0, &made)
        != SSH_OK) {
        throw std::runtime_error("host key " + file + ": libssh cannot make it");
    }
    const Key key(made);
    char* base64 = nullptr;
    if (ssh_pki_export_privkey_base64(key.get(), nullptr, nullptr, nullptr, &base64) != SSH_OK) {
        throw std::runtime_error("host key " + file + ": libssh cannot write it");
    }
    const Text text(base64);
    return text.get();
}

void SshIdentity::Free::operator()(ssh_bind_struct* bind) const noexcept
{
    ssh_bind_free(bind);
}

SshIdentity::SshIdentity(const std::vector<std::string>& privateKeys)
    : bind_(ssh_bind_new())
{
    if (!bind_) {
        throw std::bad_alloc();
    }
    ssh_bind const bind = bind_.get();
    const bool readFiles = false; // /etc/ssh/libssh_server_config
    set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &readFiles);
    set(bind, SSH_BIND_OPTIONS_KEY_EXCHANGE, KeyExchanges);
    set(bind, SSH_BIND_OPTIONS_CIPHERS_C_S, Ciphers);
    set(bind, SSH_BIND_OPTIONS_CIPHERS_S_C, Ciphers);
    set(bind, SSH_BIND_OPTIONS_HMAC_C_S, Macs);
    set(bind, SSH_BIND_OPTIONS_HMAC_S_C, Macs);
    set(bind, SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES, UserKeyTypes);
    set(bind, SSH_BIND_OPTIONS_RSA_MIN_SIZE, &LeastRsaBits);

    std::string offered;
    std::set<int> families;
    for (const std::string& text : privateKeys) {
        ssh_key read = nullptr;
        if (ssh_pki_import_privkey_base64(text.c_str(), nullptr, nullptr, nullptr, &read)
            != SSH_OK) {
            throw std::runtime_error("host key is not a private key without passphrase");
        }
        Key key(read);
        const char* const signs = algorithms(key.get());
        if (!signs) {
            throw std::runtime_error(std::string("host key of type ")
                + ssh_key_type_to_char(ssh_key_type(key.get())) + " is not supported");
        }
        if (!families.insert(family(key.get())).second) {
            continue;
        }
        fingerprints_.push_back(fingerprint(key.get()));
        set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, key.get());
        static_cast<void>(key.release()); // the bind's now
        offered += (offered.empty() ? "" : ",") + std::string(signs);
    }
    set(bind, SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, offered.c_str());
}

} // namespace agent::gate

#include "collector/worker/ssh_client.h"
#include "common/text.h"

#include <libssh/libssh.h>
#include <stdexcept>

namespace collector {

void ClientKey::Free::operator()(ssh_key_struct* key) const noexcept
{
    ssh_key_free(key);
}

ClientKey::ClientKey(const std::string& text, const std::string& name)
{
    ssh_key key = nullptr;
    // Without a callback libssh would ask for a passphrase on the terminal.
    const auto none = [](const char*, char*, size_t, int, int, void*) { return -1; };
    const int rc = ssh_pki_import_privkey_base64(text.c_str(), nullptr, none, nullptr, &key);
    key_.reset(key);
    if (rc != SSH_OK || !key) {
        throw std::runtime_error(name + " is not an unencrypted private key");
    }
    switch (ssh_key_type(key)) {
    case SSH_KEYTYPE_ED25519:
    case SSH_KEYTYPE_ECDSA_P256:
    case SSH_KEYTYPE_ECDSA_P384:
    case SSH_KEYTYPE_ECDSA_P521:
        break;
    default: // libssh now and then signs with SHA-1 where the key is RSA
        throw std::runtime_error(name + " is a key of type "
            + text::quoted(ssh_key_type_to_char(ssh_key_type(key)))
            + "; it must be ed25519 or ECDSA");
    }
}

std::string fingerprintOf(ssh_key_struct* key)
{
    unsigned char* hash = nullptr;
    size_t size = 0;
    if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &size) != 0) {
        throw std::runtime_error("no fingerprint of a key");
    }
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> guard(
        hash, [](unsigned char* it) { ssh_clean_pubkey_hash(&it); });
    char* const printed = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size);
    if (!printed) {
        throw std::runtime_error("no fingerprint of a key");
    }
    const std::unique_ptr<char, void (*)(char*)> text(printed, &ssh_string_free_char);
    return text.get();
}

std::string ClientKey::fingerprint() const
{
    return fingerprintOf(raw());
}

} // namespace collector

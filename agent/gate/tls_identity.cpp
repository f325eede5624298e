#include "agent/gate/tls_identity.h"
#include "agent/gate/tls_openssl.h"
#include "agent/gate/tls_server.h"
#include "common/text.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>

namespace agent::gate {

namespace {

using namespace tls;

// RFC 9325, sections 3.1 and 4.2: authenticated ciphers with forward secrecy only. RFC 7589 asks
// for what is mandatory in TLS 1.2, too; that is RSA key transport with CBC, and is not spoken.
constexpr const char* Ciphers12 = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                  "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
                                  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
constexpr const char* Ciphers13
    = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
constexpr const char* Groups = "X25519:P-256:P-384:P-521";
constexpr const char* Signatures
    = "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:RSA-PSS+SHA256:RSA-PSS+SHA384:"
      "RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512";
constexpr int SecurityLevel = 2; // keys as strong as 112 bits, no SHA-1
constexpr int MostIntermediates = 6;
constexpr long MostOfCertificates = 65536; // bytes that a peer may send as its chain

void must(bool done, const char* what)
{
    if (!done) {
        throw std::runtime_error(std::string("TLS ") + what + ": " + reason());
    }
}

Bio over(const std::string& text)
{
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

int noPassphrase(char*, int, int, void*) noexcept
{
    return -1;
}

void speak(SSL_CTX* context)
{
    SSL_CTX_clear_options(
        context, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION | SSL_OP_ALLOW_NO_DHE_KEX);
    // A session that is resumed would not be asked for its certificate again.
    SSL_CTX_set_options(context,
        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET
            | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_security_level(context, SecurityLevel);
    must(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1
            && SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1
            && SSL_CTX_set_cipher_list(context, Ciphers12) == 1
            && SSL_CTX_set_ciphersuites(context, Ciphers13) == 1
            && SSL_CTX_set1_groups_list(context, Groups) == 1
            && SSL_CTX_set1_sigalgs_list(context, Signatures) == 1
            && SSL_CTX_set_num_tickets(context, 0) == 1
            && SSL_CTX_set_max_early_data(context, 0) == 1,
        "settings");
    SSL_CTX_set_mode(context,
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
            | SSL_MODE_RELEASE_BUFFERS
            // or the anchors of the clients would be sent along as if they were the agent's
            | SSL_MODE_NO_AUTO_CHAIN);
}

void verify(SSL_CTX* context, const TlsClients& clients)
{
    SSL_CTX_set1_cert_store(context, clients.anchors());
    SSL_CTX_set_verify(
        context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr); // RFC 7589, section 5
    SSL_CTX_set_verify_depth(context, MostIntermediates);
    SSL_CTX_set_max_cert_list(context, MostOfCertificates);
    X509_VERIFY_PARAM* const param = SSL_CTX_get0_param(context);
    // A CA in the middle of a chain may be an anchor, too (RFC 5280, section 6.1.1).
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT);
    SSL_CTX_set_cert_verify_callback(context, TlsServer::judge, nullptr);
}

} // namespace

void TlsIdentity::Release::operator()(ssl_ctx_st* context) const noexcept
{
    SSL_CTX_free(context);
}

void TlsIdentity::readNoConfiguration()
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
}

TlsIdentity::TlsIdentity(const TlsFiles& files, const Tls& facts)
    : clients_(facts)
    , context_(SSL_CTX_new(TLS_server_method()))
{
    ERR_clear_error();
    must(!!context_, "settings");
    SSL_CTX* const context = context_.get();
    speak(context);
    verify(context, clients_);

    const Key key(
        PEM_read_bio_PrivateKey(over(files.privateKey).get(), nullptr, noPassphrase, nullptr));
    must(!!key, ("private key " + facts.keyFile + " is none without passphrase").c_str());
    const std::string named = "certificate " + facts.certificateFile;
    const Bio all = over(files.certificates);
    const Cert own(PEM_read_bio_X509(all.get(), nullptr, noPassphrase, nullptr));
    must(own && SSL_CTX_use_certificate(context, own.get()) == 1, named.c_str());
    must(SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1,
        (named + " is of another key than " + facts.keyFile).c_str());
    while (const Cert next { PEM_read_bio_X509(all.get(), nullptr, noPassphrase, nullptr) }) {
        must(SSL_CTX_add1_chain_cert(context, next.get()) == 1, named.c_str());
    }
    must(ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE, named.c_str());
    ERR_clear_error();

    fingerprint_ = text::quoted(subjectOf(own.get())) + " SHA-256";
    const std::string digits = digestOf(own.get());
    for (size_t i = 0; i < digits.size(); i += 2) {
        fingerprint_ += (i == 0 ? " " : ":") + digits.substr(i, 2);
    }
}

} // namespace agent::gate

#include "agent/gate/tls_keys.h"
#include "agent/gate/tls_openssl.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>

namespace agent::gate {

namespace {

using namespace tls;

constexpr const char* CommonName = "femtowatch-agent";
constexpr const char* Begin = "20000101000000Z";
constexpr const char* End = "99991231235959Z"; // RFC 5280, section 4.1.2.5: no end is known
constexpr int SerialBits = 159; // RFC 5280, section 4.1.2.2: positive, at most 20 octets

using BigNumber = std::unique_ptr<BIGNUM, Free<BN_free>>;

void must(bool done)
{
    if (!done) {
        throw std::runtime_error("a TLS certificate cannot be made: " + reason());
    }
}

std::string textOf(BIO* bio)
{
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    must(size > 0);
    return { text, static_cast<size_t>(size) };
}

void extend(X509* certificate, int what, const char* value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, what, value));
    must(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

} // namespace

std::string generateTlsKey()
{
    const Key key(EVP_EC_gen("P-256"));
    const Bio out(BIO_new(BIO_s_mem()));
    must(key && out
        && PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr)
            == 1);
    return textOf(out.get());
}

std::string selfSigned(const std::string& privateKey)
{
    const Bio in(BIO_new_mem_buf(privateKey.data(), static_cast<int>(privateKey.size())));
    const Key key(PEM_read_bio_PrivateKey(
        in.get(), nullptr, [](char*, int, int, void*) noexcept { return -1; }, nullptr));
    must(!!key);
    const Cert made(X509_new());
    const BigNumber serial(BN_new());
    must(made && serial && BN_rand(serial.get(), SerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY)
        && BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(made.get()))
        && X509_set_version(made.get(), X509_VERSION_3)
        && ASN1_TIME_set_string_X509(X509_getm_notBefore(made.get()), Begin)
        && ASN1_TIME_set_string_X509(X509_getm_notAfter(made.get()), End)
        && X509_set_pubkey(made.get(), key.get()));
    X509_NAME* const name = X509_get_subject_name(made.get());
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
             reinterpret_cast<const unsigned char*>(CommonName), -1, -1, 0)
        && X509_set_issuer_name(made.get(), name));
    extend(made.get(), NID_basic_constraints, "critical,CA:FALSE");
    extend(made.get(), NID_key_usage, "critical,digitalSignature");
    extend(made.get(), NID_ext_key_usage, "serverAuth");
    extend(made.get(), NID_subject_key_identifier, "hash");
    const int kind = EVP_PKEY_get_base_id(key.get());
    const bool hashesItself = kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448;
    must(X509_sign(made.get(), key.get(), hashesItself ? nullptr : EVP_sha256()) > 0);
    const Bio out(BIO_new(BIO_s_mem()));
    must(out && PEM_write_bio_X509(out.get(), made.get()) == 1);
    return textOf(out.get());
}

} // namespace agent::gate

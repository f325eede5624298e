#include "tests/gate/certificates.h"
#include "common/text.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>

namespace gate_test {

namespace {

void must(bool done)
{
    if (!done) {
        throw std::runtime_error("no certificate");
    }
}

template <typename Write> std::string written(Write write)
{
    BIO* const bio = BIO_new(BIO_s_mem());
    must(write(bio) == 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    std::string all(text, static_cast<size_t>(size));
    BIO_free(bio);
    return all;
}

void extend(X509* cert, X509* issuer, int what, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
    must(extension && X509_add_ext(cert, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

} // namespace

std::string Issued::base64() const
{
    return text::base64(written([&](BIO* bio) { return i2d_X509_bio(bio, cert.get()); }));
}

std::string Issued::pem() const
{
    return written([&](BIO* bio) { return PEM_write_bio_X509(bio, cert.get()); });
}

std::string Issued::keyPem() const
{
    return written([&](BIO* bio) {
        return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

std::string Issued::fingerprint(const EVP_MD* hash) const
{
    unsigned char octets[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    must(X509_digest(cert.get(), hash, octets, &size) == 1);
    std::string out = size == 32 ? "04" : size == 48 ? "05" : "06";
    for (unsigned i = 0; i < size; ++i) {
        out += ":" + text::hex({ reinterpret_cast<const char*>(octets) + i, 1 });
    }
    return out;
}

Issued issue(const Wish& wish, const Issued* by)
{
    static long serial = 0;
    Issued made { std::unique_ptr<X509, FreeX509>(X509_new()),
        std::unique_ptr<EVP_PKEY, FreePkey>(EVP_EC_gen("P-256")) };
    X509* const cert = made.cert.get();
    X509* const issuer = by ? by->cert.get() : cert;
    must(X509_set_version(cert, X509_VERSION_3) && X509_set_pubkey(cert, made.key.get())
        && ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial)
        && X509_gmtime_adj(X509_getm_notBefore(cert), wish.from)
        && X509_gmtime_adj(X509_getm_notAfter(cert), wish.until));
    X509_NAME* const name = X509_get_subject_name(cert);
    must(X509_NAME_add_entry_by_txt(
        name, "O", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("Test"), -1, -1, 0));
    if (!wish.name.empty()) {
        must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
            reinterpret_cast<const unsigned char*>(wish.name.data()),
            static_cast<int>(wish.name.size()), -1, 0));
    }
    must(X509_set_issuer_name(cert, X509_get_subject_name(issuer)));
    extend(cert, issuer, NID_basic_constraints, wish.ca ? "critical,CA:TRUE" : "CA:FALSE");
    extend(cert, issuer, NID_key_usage,
        wish.ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    extend(cert, issuer, NID_subject_key_identifier, "hash");
    if (by) {
        extend(cert, issuer, NID_authority_key_identifier, "keyid:always");
    }
    if (!wish.purpose.empty() && !wish.ca) {
        extend(cert, issuer, NID_ext_key_usage, wish.purpose);
    }
    if (!wish.alternative.empty()) {
        extend(cert, issuer, NID_subject_alt_name, wish.alternative);
    }
    must(X509_sign(cert, by ? by->key.get() : made.key.get(), EVP_sha256()) > 0);
    return made;
}

Issued authority(const std::string& name, const Issued* by)
{
    Wish wish;
    wish.name = name;
    wish.ca = true;
    return issue(wish, by);
}

std::string anchor(const Issued& ca)
{
    return "trust-anchor\tca\t" + ca.base64();
}

std::string pinned(const Issued& client)
{
    return "client-certificate\tclient\t" + client.base64();
}

std::string mapping(
    int id, const std::string& fingerprint, const std::string& map, const std::string& name)
{
    return "cert-to-name\t" + std::to_string(id) + "\t" + fingerprint + "\t" + map + "\t"
        + (map == "specified" ? text::base64(name) : "-");
}

} // namespace gate_test

// Certificates for tests, made when they run.
#pragma once

#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <vector>

namespace gate_test {

struct FreeX509 {
    void operator()(X509* cert) const noexcept { X509_free(cert); }
};
struct FreePkey {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};

/// A certificate and its private key.
struct Issued {
    std::unique_ptr<X509, FreeX509> cert;
    std::unique_ptr<EVP_PKEY, FreePkey> key;

    std::string base64() const; // of the DER
    std::string pem() const;
    std::string keyPem() const;
    std::string fingerprint(const EVP_MD* hash = EVP_sha256()) const; // as RFC 7407 has it
};

struct Wish {
    std::string name = "client"; // CommonName; none if empty
    std::string alternative {}; // subjectAltName, such as "DNS:a,email:b@c"
    std::string purpose = "clientAuth"; // none if empty
    bool ca = false;
    long from = -3600; // seconds from now
    long until = 3600;
};

/// Signed by `by`, by itself if that is null. P-256.
Issued issue(const Wish& wish, const Issued* by);
Issued authority(const std::string& name, const Issued* by = nullptr);

std::string anchor(const Issued& ca); // "trust-anchor" fact
std::string pinned(const Issued& client); // "client-certificate" fact
/// "cert-to-name" fact; `name` is for map type "specified".
std::string mapping(
    int id, const std::string& fingerprint, const std::string& map, const std::string& name = {});

} // namespace gate_test

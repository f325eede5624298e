// OpenSSL's objects as owned ones; for the files of TLS only.
#pragma once

#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string>

namespace agent::gate::tls {

template <auto function> struct Free {
    template <typename T> void operator()(T* object) const noexcept { function(object); }
};

using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Free<X509_free>>;

/// What OpenSSL says of its last failure in this thread; "unknown" if nothing.
std::string reason();
/// SHA-256 of the certificate in DER, hexadecimal.
std::string digestOf(X509* certificate);
/// Subject as in RFC 2253, for people.
std::string subjectOf(X509* certificate);

} // namespace agent::gate::tls

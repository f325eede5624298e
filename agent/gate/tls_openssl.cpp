#include "agent/gate/tls_openssl.h"
#include "common/digest.h"

#include <openssl/err.h>
#include <stdexcept>

namespace agent::gate::tls {

std::string reason()
{
    const char* const text = ERR_reason_error_string(ERR_peek_last_error());
    return text ? text : "unknown";
}

std::string digestOf(X509* certificate)
{
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(certificate, &bytes);
    if (size <= 0) {
        throw std::runtime_error("certificate: " + reason());
    }
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owned(
        bytes, [](unsigned char* all) { OPENSSL_free(all); });
    return digest::sha256({ reinterpret_cast<const char*>(bytes), static_cast<size_t>(size) });
}

std::string subjectOf(X509* certificate)
{
    const Bio out(BIO_new(BIO_s_mem()));
    if (!out
        || X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253)
            < 0) {
        return "?";
    }
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return size > 0 ? std::string(text, static_cast<size_t>(size)) : "no subject";
}

} // namespace agent::gate::tls

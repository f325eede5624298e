#include "common/certificate.h"

#include <memory>
#include <openssl/err.h>
#include <openssl/x509.h>

namespace certificate {

bool isOne(std::string_view der)
{
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const unsigned char* const end = at + der.size();
    const std::unique_ptr<X509, void (*)(X509*)> read(
        d2i_X509(nullptr, &at, static_cast<long>(der.size())), X509_free);
    ERR_clear_error();
    return read && at == end;
}

} // namespace certificate

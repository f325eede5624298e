// X.509 certificates by OpenSSL, as far as anybody but TLS must know them.
#pragma once

#include <string_view>

namespace certificate {

/// One whole certificate in DER (RFC 5280, section 4.1), and nothing behind it. Whether anybody
/// should believe it is another question.
bool isOne(std::string_view der);

} // namespace certificate

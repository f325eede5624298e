// The name in a certificate (RFC 7407, section 4.3, module ietf-x509-cert-to-name).
#pragma once

#include "agent/gate/access.h"

#include <optional>
#include <string>

struct x509_st;

namespace agent::gate {

/// Whether the fingerprint of the entry is that of this certificate.
bool matches(const CertToName& entry, x509_st* certificate);

/// The name that the entry finds in the certificate that the peer presented; nothing if there is
/// none, or none that could be a user's: with control characters, longer than 255 bytes.
std::optional<std::string> nameBy(const CertToName& entry, x509_st* certificate);

} // namespace agent::gate

// Credentials in the configuration that no type of YANG can tell from other bytes: a key or
// certificate that is none would let nobody in, and nobody would be told.
#pragma once

#include "common/yang.h"

namespace agent {

/// Throws RpcError, naming the entry: a public-key whose blob is not of its algorithm (RFC 4253,
/// section 6.6), a certificate that is no X.509 certificate in DER.
void checkCredentials(const yang::Tree& configuration);

} // namespace agent

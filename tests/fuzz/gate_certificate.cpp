// A client's certificate: each way to a name gives none, or one that can be a user's.
#include "agent/gate/tls_name.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <openssl/x509.h>

using agent::gate::CertToName;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const unsigned char* at = data;
    const std::unique_ptr<X509, void (*)(X509*)> certificate(
        d2i_X509(nullptr, &at, static_cast<long>(size)), &X509_free);
    if (!certificate) {
        return 0;
    }
    using Map = CertToName::MapType;
    for (const Map map :
        { Map::Rfc822Name, Map::DnsName, Map::IpAddress, Map::SanAny, Map::CommonName }) {
        const CertToName entry { 1, "04:00", map, {} };
        if (agent::gate::matches(entry, certificate.get())) {
            std::abort(); // no SHA-256 has one octet
        }
        const auto name = agent::gate::nameBy(entry, certificate.get());
        if (name && (name->empty() || name->size() > 255 || std::ranges::any_of(*name, [](char c) {
                return static_cast<unsigned char>(c) < 0x20;
            }))) {
            std::abort();
        }
    }
    return 0;
}

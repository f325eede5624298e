#include "agent/server/credentials.h"
#include "agent/server/rpc_error.h"
#include "common/certificate.h"
#include "common/text.h"

namespace agent {

namespace {

constexpr const char* Keys = "/femto-agent-access:agent-access/user/authorized-key";
constexpr const char* Certificates
    = "/femto-agent-access:agent-access/tls/*[self::trust-anchor or self::client-certificate]";

/// The name that an SSH public key begins with: four bytes of length, and the name.
std::string_view algorithmOf(std::string_view blob)
{
    size_t size = 0;
    for (const char byte : blob.substr(0, 4)) {
        size = size << 8 | static_cast<unsigned char>(byte);
    }
    return blob.size() >= 4 ? blob.substr(4).substr(0, size) : std::string_view();
}

[[noreturn]] void refuse(yang::Node leaf, const std::string& why)
{
    throw RpcError("invalid-value", why, leaf.path());
}

} // namespace

void checkCredentials(const yang::Tree& configuration)
{
    if (!configuration) {
        return;
    }
    for (const yang::Node& key : configuration.select(Keys)) {
        const yang::Node leaf = *key.child("public-key");
        const auto blob = text::fromBase64(leaf.value());
        const std::string algorithm = key.valueOr("algorithm", "");
        if (!blob || algorithmOf(*blob) != algorithm) {
            refuse(leaf,
                "public-key of " + text::quoted(key.valueOr("name", "")) + " is not of " + algorithm
                    + ": the second field of a public-key file is wanted");
        }
    }
    for (const yang::Node& one : configuration.select(Certificates)) {
        const yang::Node leaf = *one.child("certificate");
        const auto der = text::fromBase64(leaf.value());
        if (!der || !certificate::isOne(*der)) {
            refuse(leaf,
                one.name() + " " + text::quoted(one.valueOr("name", ""))
                    + " is no X.509 certificate in DER");
        }
    }
}

} // namespace agent

#include "agent/gate/tls_name.h"
#include "agent/gate/tls_openssl.h"
#include "common/text.h"

#include <algorithm>
#include <openssl/x509v3.h>

namespace agent::gate {

namespace {

using namespace tls;
using MapType = CertToName::MapType;
using GeneralNames = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;

constexpr size_t MostName = 255;

std::string bytesOf(const ASN1_STRING* string)
{
    return { reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
        static_cast<size_t>(ASN1_STRING_length(string)) };
}

std::optional<std::string> usable(std::string name)
{
    const bool control = std::ranges::any_of(
        name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (name.empty() || name.size() > MostName || control || text::carried(name) != name) {
        return std::nullopt;
    }
    return name;
}

std::optional<std::string> mail(const std::string& address)
{
    const size_t at = address.rfind('@');
    if (at == address.npos || at == 0 || at + 1 == address.size()) {
        return std::nullopt;
    }
    return usable(address.substr(0, at) + text::lower(address.substr(at)));
}

std::optional<std::string> ip(const std::string& octets)
{
    if (octets.size() == 16) {
        return text::hex(octets);
    }
    if (octets.size() != 4) {
        return std::nullopt;
    }
    std::string out;
    for (const char octet : octets) {
        out += (out.empty() ? "" : ".") + std::to_string(static_cast<unsigned char>(octet));
    }
    return out;
}

/// Of the alternative names the first of a type that is asked for, whether it is of use or not.
std::optional<std::string> alternative(X509* certificate, MapType wanted)
{
    const GeneralNames all(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) { // -1 of none
        const GENERAL_NAME* const one = sk_GENERAL_NAME_value(all.get(), i);
        const auto asked
            = [&](MapType type) { return wanted == type || wanted == MapType::SanAny; };
        if (one->type == GEN_EMAIL && asked(MapType::Rfc822Name)) {
            return mail(bytesOf(one->d.rfc822Name));
        }
        if (one->type == GEN_DNS && asked(MapType::DnsName)) {
            return usable(text::lower(bytesOf(one->d.dNSName)));
        }
        if (one->type == GEN_IPADD && asked(MapType::IpAddress)) {
            return ip(bytesOf(one->d.iPAddress));
        }
    }
    return std::nullopt;
}

/// The last one is the most specific (RFC 4514, section 2.1).
std::optional<std::string> commonName(X509* certificate)
{
    const X509_NAME* const subject = X509_get_subject_name(certificate);
    int last = -1;
    for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
        last = at;
    }
    if (last < 0) {
        return std::nullopt;
    }
    unsigned char* bytes = nullptr;
    const int size
        = ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
    if (size < 0) {
        return std::nullopt;
    }
    std::string name(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    OPENSSL_free(bytes);
    return usable(std::move(name));
}

/// By the first octet of a fingerprint: the HashAlgorithm registry of RFC 5246, section 7.4.1.4.1.
const EVP_MD* hashOf(std::string_view fingerprint)
{
    return fingerprint.starts_with("04:") ? EVP_sha256()
        : fingerprint.starts_with("05:")  ? EVP_sha384()
        : fingerprint.starts_with("06:")  ? EVP_sha512()
                                          : nullptr;
}

} // namespace

bool matches(const CertToName& entry, X509* certificate)
{
    const EVP_MD* const hash = hashOf(entry.fingerprint);
    unsigned char octets[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!hash || X509_digest(certificate, hash, octets, &size) != 1) {
        return false;
    }
    std::string digits = text::hex({ reinterpret_cast<const char*>(octets), size });
    std::string given = entry.fingerprint.substr(3);
    std::erase(given, ':');
    return digits == given;
}

std::optional<std::string> nameBy(const CertToName& entry, X509* certificate)
{
    switch (entry.map) {
    case MapType::Specified:
        return usable(entry.name);
    case MapType::CommonName:
        return commonName(certificate);
    default:
        return alternative(certificate, entry.map);
    }
}

} // namespace agent::gate

#include "agent/gate/access.h"
#include "common/digest.h"
#include "common/frame.h"
#include "common/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <span>

namespace agent::gate {

namespace {

using Words = std::span<const std::string_view>;

[[noreturn]] void refuse(std::string_view fact)
{
    throw frame::Broken("access fact " + text::quoted(fact) + " is not understood");
}

template <typename Number> Number number(std::string_view word, std::string_view fact)
{
    const auto value = text::number<Number>(word);
    if (!value) {
        refuse(fact);
    }
    return *value;
}

bool numeric(std::string_view address)
{
    in6_addr ignored {};
    const std::string text(address);
    return ::inet_pton(AF_INET, text.c_str(), &ignored) == 1
        || ::inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
}

std::string word(std::string_view word)
{
    return std::string(word);
}

Transport transportOf(std::string_view kind)
{
    return kind.ends_with("-tls") ? Transport::Tls : Transport::Ssh;
}

template <typename Number>
std::chrono::seconds seconds(std::string_view word, std::string_view fact)
{
    return std::chrono::seconds(number<Number>(word, fact));
}

void listen(Access& access, Words words, std::string_view fact)
{
    if (!numeric(words[2])) {
        refuse(fact);
    }
    access.listen.push_back({ word(words[1]), word(words[2]), number<uint16_t>(words[3], fact),
        transportOf(words[0]) });
}

struct StartName {
    std::string_view name;
    StartWith start;
};
constexpr StartName StartNames[] = {
    { "first-listed", StartWith::FirstListed },
    { "last-connected", StartWith::LastConnected },
    { "random-selection", StartWith::RandomSelection },
};

void callHome(Access& access, Words words, std::string_view fact)
{
    const auto start = std::ranges::find(StartNames, words[6], &StartName::name);
    const unsigned attempts = number<uint8_t>(words[7], fact);
    if (start == std::end(StartNames) || attempts == 0) {
        refuse(fact);
    }
    access.callHome.push_back(
        { word(words[1]), { { word(words[2]), number<uint16_t>(words[3], fact) } },
            transportOf(words[0]), seconds<uint16_t>(words[4], fact),
            seconds<uint16_t>(words[5], fact), start->start, attempts });
}

Target& targetOf(Access& access, std::string_view name, std::string_view fact)
{
    const auto target = std::ranges::find(access.callHome, name, &Target::name);
    if (target == access.callHome.end()) {
        refuse(fact);
    }
    return *target;
}

void callHomeAlternative(Access& access, Words words, std::string_view fact)
{
    targetOf(access, words[1], fact)
        .places.push_back({ word(words[2]), number<uint16_t>(words[3], fact) });
}

void callHomePeriodic(Access& access, Words words, std::string_view fact)
{
    Periodic periodic { seconds<uint32_t>(words[2], fact), {}, seconds<uint16_t>(words[4], fact) };
    if (periodic.period.count() == 0) {
        refuse(fact);
    }
    if (words[3] != "-") {
        periodic.anchor = seconds<int64_t>(words[3], fact);
    }
    targetOf(access, words[1], fact).periodic = periodic;
}

std::string file(std::string_view name, std::string_view fact)
{
    if (name.empty() || name.front() == '.' || name.find('/') != name.npos) {
        refuse(fact);
    }
    return word(name);
}

void hostKey(Access& access, Words words, std::string_view fact)
{
    access.hostKeys.push_back({ word(words[1]), file(words[2], fact) });
}

void tlsIdentity(Access& access, Words words, std::string_view fact)
{
    access.tls.keyFile = file(words[1], fact);
    access.tls.certificateFile = file(words[2], fact);
}

void certificate(Access& access, Words words, std::string_view fact)
{
    const auto der = text::fromBase64(words[2]);
    if (!der) {
        refuse(fact);
    }
    auto& list = words[0] == "trust-anchor" ? access.tls.anchors : access.tls.clients;
    list.push_back({ word(words[1]), *der, digest::sha256(*der) });
}

struct MapName {
    std::string_view name;
    CertToName::MapType type;
};
constexpr MapName MapNames[] = {
    { "specified", CertToName::MapType::Specified },
    { "san-rfc822-name", CertToName::MapType::Rfc822Name },
    { "san-dns-name", CertToName::MapType::DnsName },
    { "san-ip-address", CertToName::MapType::IpAddress },
    { "san-any", CertToName::MapType::SanAny },
    { "common-name", CertToName::MapType::CommonName },
};

void certToName(Access& access, Words words, std::string_view fact)
{
    const auto map = std::ranges::find(MapNames, words[3], &MapName::name);
    if (map == std::end(MapNames)) {
        refuse(fact);
    }
    CertToName entry { number<uint32_t>(words[1], fact), text::lower(words[2]), map->type, {} };
    if (entry.map == CertToName::MapType::Specified) {
        const auto name = text::fromBase64(words[4]);
        if (!name) {
            refuse(fact);
        }
        entry.name = *name;
    }
    auto& all = access.tls.names;
    all.insert(std::ranges::upper_bound(all, entry.id, {}, &CertToName::id), entry);
}

void userKey(Access& access, Words words, std::string_view fact)
{
    if (!text::fromBase64(words[3])) {
        refuse(fact);
    }
    access.userKeys.push_back({ word(words[1]), word(words[2]), word(words[3]) });
}

void limit(Access& access, Words words, std::string_view fact)
{
    struct Row {
        std::string_view leaf;
        void (*set)(Limits&, uint32_t);
    };
    static constexpr Row Rows[] = {
        { "max-sessions", [](Limits& l, uint32_t v) { l.maxSessions = v; } },
        { "max-unauthenticated", [](Limits& l, uint32_t v) { l.maxUnauthenticated = v; } },
        { "max-unauthenticated-per-source",
            [](Limits& l, uint32_t v) { l.maxUnauthenticatedPerSource = v; } },
        { "authentication-timeout",
            [](Limits& l, uint32_t v) { l.authenticationTimeout = std::chrono::seconds(v); } },
        { "hello-timeout",
            [](Limits& l, uint32_t v) { l.helloTimeout = std::chrono::seconds(v); } },
        { "max-authentication-attempts",
            [](Limits& l, uint32_t v) { l.maxAuthenticationAttempts = v; } },
        { "max-message-size", [](Limits& l, uint32_t v) { l.maxMessageSize = v; } },
        { "max-queued-output", [](Limits& l, uint32_t v) { l.maxQueuedOutput = v; } },
        { "message-timeout",
            [](Limits& l, uint32_t v) { l.messageTimeout = std::chrono::seconds(v); } },
        { "keepalive-interval",
            [](Limits& l, uint32_t v) { l.keepaliveInterval = std::chrono::seconds(v); } },
    };
    const auto row = std::ranges::find(Rows, words[1], &Row::leaf);
    if (row == std::end(Rows)) {
        refuse(fact);
    }
    row->set(access.limits, number<uint32_t>(words[2], fact));
}

struct Kind {
    std::string_view name;
    size_t words;
    void (*take)(Access&, Words, std::string_view);
};

constexpr Kind Kinds[] = {
    { "listen", 4, listen },
    { "listen-tls", 4, listen },
    { "call-home", 8, callHome },
    { "call-home-tls", 8, callHome },
    { "call-home-alternative", 4, callHomeAlternative },
    { "call-home-periodic", 5, callHomePeriodic },
    { "host-key", 3, hostKey },
    { "user-key", 4, userKey },
    { "tls-identity", 3, tlsIdentity },
    { "trust-anchor", 3, certificate },
    { "client-certificate", 3, certificate },
    { "cert-to-name", 5, certToName },
    { "limit", 3, limit },
};

} // namespace

const char* named(Transport transport)
{
    return transport == Transport::Tls ? "tls" : "ssh";
}

Access Access::parse(const std::vector<std::string>& facts)
{
    Access access;
    for (const std::string& fact : facts) {
        const std::vector<std::string_view> words = text::fields(fact, '\t');
        const auto kind = std::ranges::find(Kinds, words.at(0), &Kind::name);
        if (kind == std::end(Kinds) || words.size() != kind->words) {
            refuse(fact);
        }
        kind->take(access, words, fact);
    }
    return access;
}

bool Access::permits(std::string_view user, std::string_view base64) const
{
    return std::ranges::any_of(
        userKeys, [&](const UserKey& key) { return key.user == user && key.base64 == base64; });
}

bool Access::permits(const Login& login) const
{
    if (login.transport == Transport::Ssh) {
        return permits(login.user, login.proof);
    }
    const auto entry = std::ranges::find(tls.names, login.proof, factOf);
    const auto holds = [&](const std::vector<Certificate>& list) {
        return std::ranges::find(list, login.anchor, &Certificate::digest) != list.end();
    };
    return !login.user.empty() && entry != tls.names.end()
        && (entry->map != CertToName::MapType::Specified || entry->name == login.user)
        && (holds(tls.anchors) || holds(tls.clients));
}

std::string factOf(const CertToName& entry)
{
    const auto map = std::ranges::find(MapNames, entry.map, &MapName::type);
    return "cert-to-name\t" + std::to_string(entry.id) + "\t" + entry.fingerprint + "\t"
        + std::string(map->name) + "\t"
        + (entry.map == CertToName::MapType::Specified ? text::base64(entry.name) : "-");
}

} // namespace agent::gate

#include "agent/gate/access.h"
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

void listen(Access& access, Words words, std::string_view fact)
{
    if (!numeric(words[2])) {
        refuse(fact);
    }
    access.listen.push_back({ word(words[1]), word(words[2]), number<uint16_t>(words[3], fact) });
}

void callHome(Access& access, Words words, std::string_view fact)
{
    access.callHome.push_back({ word(words[1]), word(words[2]), number<uint16_t>(words[3], fact),
        std::chrono::seconds(number<uint16_t>(words[4], fact)),
        std::chrono::seconds(number<uint16_t>(words[5], fact)) });
}

void hostKey(Access& access, Words words, std::string_view fact)
{
    if (words[2].empty() || words[2].front() == '.' || words[2].find('/') != words[2].npos) {
        refuse(fact);
    }
    access.hostKeys.push_back({ word(words[1]), word(words[2]) });
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
    { "call-home", 6, callHome },
    { "host-key", 3, hostKey },
    { "user-key", 4, userKey },
    { "limit", 3, limit },
};

} // namespace

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

} // namespace agent::gate

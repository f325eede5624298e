#include "agent/prober/pam_access.h"

#include "agent/prober/accounts.h"
#include "agent/prober/sudoers.h"
#include "common/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <span>

namespace agent {

namespace {

constexpr size_t MaxLine = 8191; // BUFSIZ of its fgets()
const std::string Default = "/etc/security/access.conf";

using Tokens = std::vector<std::string_view>;

/// The next part as strtok(3) cuts it.
std::string_view cut(std::string_view& rest, std::string_view separators)
{
    rest.remove_prefix(std::min(rest.find_first_not_of(separators), rest.size()));
    const size_t end = std::min(rest.find_first_of(separators), rest.size());
    const std::string_view token = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return token;
}

Tokens tokensOf(std::string_view rest, std::string_view separators)
{
    Tokens out;
    for (std::string_view token = cut(rest, separators); !token.empty();
         token = cut(rest, separators)) {
        out.push_back(token);
    }
    return out;
}

struct Address {
    int family = 0;
    std::array<uint8_t, 16> bytes {};
    bool operator==(const Address&) const = default;
};

std::optional<Address> addressOf(std::string_view text)
{
    for (const int family : { AF_INET, AF_INET6 }) {
        Address out { family, {} };
        if (::inet_pton(family, std::string(text).c_str(), out.bytes.data()) == 1) {
            return out;
        }
    }
    return std::nullopt;
}

/// A prefix length becomes a mask, but 0 is none: then only the address itself is meant.
std::optional<Address> maskOf(std::string_view text, int family)
{
    if (const auto mask = addressOf(text)) {
        return mask;
    }
    const bool hexadecimal = text.starts_with("0x");
    const auto length = text::number<uint32_t>(hexadecimal ? text.substr(2) : text,
        hexadecimal                 ? 16
            : text.starts_with('0') ? 8
                                    : 10);
    if (!length || *length > (family == AF_INET ? 32u : 128u)) {
        return std::nullopt;
    }
    Address out { family, {} };
    for (uint32_t bit = 0; bit < (*length == 0 ? 128 : *length); ++bit) {
        out.bytes[bit / 8] = static_cast<uint8_t>(out.bytes[bit / 8] | 0x80u >> bit % 8);
    }
    return out;
}

bool inNetwork(std::string_view token, const std::string& origin)
{
    const size_t slash = token.find('/');
    auto network = addressOf(token.substr(0, slash));
    auto from = addressOf(origin);
    if (!network || !from || network->family != from->family) {
        return false;
    }
    if (slash != token.npos) {
        const auto mask = maskOf(token.substr(slash + 1), network->family);
        if (!mask) {
            return false;
        }
        for (size_t i = 0; i < mask->bytes.size(); ++i) {
            network->bytes[i] &= mask->bytes[i];
            from->bytes[i] &= mask->bytes[i];
        }
    }
    return *network == *from;
}

bool originMatches(std::string_view token, const std::string& origin)
{
    if (token.front() == '@') {
        return token == origin;
    }
    if (text::equalsIgnoringCase(token, "ALL") || text::equalsIgnoringCase(token, origin)) {
        return true;
    }
    if (token.front() == '.') {
        return origin.size() > token.size()
            && text::equalsIgnoringCase(
                std::string_view(origin).substr(origin.size() - token.size()), token);
    }
    if (token.back() == '.') {
        const auto from = addressOf(origin);
        return from && from->family == AF_INET && (origin + ".").starts_with(token);
    }
    return inNetwork(token, origin);
}

bool userMatches(std::string_view token, const AccessQuery& query, const AccessOptions& options)
{
    const auto inGroup
        = [&](std::string_view name) { return query.groups.contains(std::string(name)); };
    if (token.front() == '(' && token.back() == ')') {
        return token.size() > 2 && inGroup(token.substr(1, token.size() - 2));
    }
    const size_t at = token.find('@', std::min(token.find_first_not_of('@'), token.size()));
    if (at != token.npos) { // at which node
        return at + 1 < token.size() && userMatches(token.substr(0, at), query, options)
            && originMatches(token.substr(at + 1), query.host);
    }
    if (token.front() == '@') {
        return token == query.netgroup;
    }
    return text::equalsIgnoringCase(token, "ALL") || text::equalsIgnoringCase(token, query.user)
        || (!options.groupsInParentheses && inGroup(token));
}

template <typename Matches>
bool listMatches(std::span<const std::string_view> list, Matches matches)
{
    const auto isExcept
        = [](std::string_view token) { return text::equalsIgnoringCase(token, "EXCEPT"); };
    bool match = false;
    size_t at = 0;
    for (; at < list.size() && !match && !isExcept(list[at]); ++at) {
        match = matches(list[at]);
    }
    if (!match) {
        return false;
    }
    while (at < list.size() && !isExcept(list[at])) {
        ++at;
    }
    return at == list.size() || !listMatches(list.subspan(at + 1), matches);
}

struct AccessLine {
    bool admits = false;
    Tokens users;
    Tokens origins;
};

/// What fgets() gives: pieces of a line that is too long are lines of their own, but for all of
/// them without a newline, which are passed over.
std::vector<AccessLine> accessLines(std::string_view all, const AccessOptions& options)
{
    std::vector<AccessLine> out;
    while (!all.empty()) {
        const size_t newline = all.substr(0, MaxLine).find('\n');
        std::string_view line = all.substr(0, newline);
        all.remove_prefix(newline == all.npos ? std::min(all.size(), MaxLine) : newline + 1);
        if (newline == all.npos || line.find('\0') != line.npos || line.starts_with('#')) {
            continue;
        }
        while (!line.empty()
            && std::string_view(" \t\r\v\f").find(line.back()) != std::string_view::npos) {
            line.remove_suffix(1);
        }
        std::string_view rest = line;
        const std::string_view permission = cut(rest, options.fieldSeparators);
        const std::string_view users = cut(rest, options.fieldSeparators);
        if (users.empty() || rest.empty()
            || (permission.front() != '+' && permission.front() != '-')) {
            continue;
        }
        out.push_back({ line.front() == '+', tokensOf(users, options.listSeparators),
            tokensOf(rest, options.listSeparators) });
    }
    return out;
}

/// An address or a name for what a token means.
std::string sampleOf(std::string_view token)
{
    return token.front() == '.' ? "host" + std::string(token)
        : token.back() == '.'   ? std::string(token)
            + (std::ranges::count(token, '.') == 1        ? "1.0.1"
                    : std::ranges::count(token, '.') == 2 ? "0.1"
                                                          : "1")
                              : std::string(token.substr(0, token.find('/')));
}

std::set<std::string> groupsOfRoot(const Root& root)
{
    std::set<std::string> names;
    for (const Group& group :
        parseGroup(root.readIfThere("/etc/group").value_or(""), "/etc/group")) {
        if (group.gid == 0 || std::ranges::find(group.members, "root") != group.members.end()) {
            names.insert(group.name);
        }
    }
    return names;
}

/// A terminal, or a word that is no place.
bool isNoOrigin(std::string_view token)
{
    constexpr std::string_view Words[] = { "ALL", "EXCEPT", "LOCAL", "NONE" };
    return token.starts_with("tty") || token.starts_with("pts/") || token.starts_with(':')
        || token == "console" || std::ranges::any_of(Words, [&](std::string_view word) {
               return text::equalsIgnoringCase(word, token);
           });
}

} // namespace

std::optional<bool> accessVerdict(
    std::string_view all, const AccessQuery& query, const AccessOptions& options)
{
    for (const AccessLine& line : accessLines(all, options)) {
        if (listMatches(line.users,
                [&](std::string_view token) { return userMatches(token, query, options); })
            && listMatches(line.origins,
                [&](std::string_view token) { return originMatches(token, query.origin); })) {
            return line.admits;
        }
    }
    return std::nullopt;
}

AccessForRoot accessForRoot(const PamRule& rule, const Root& root)
{
    AccessOptions options;
    options.fieldSeparators = rule.value("fieldsep").value_or(options.fieldSeparators);
    options.listSeparators = rule.value("listsep").value_or(options.listSeparators);
    options.groupsInParentheses = rule.has("nodefgroup");
    const auto named = rule.value("accessfile");
    std::vector<std::string> texts;
    AccessForRoot out;
    out.where = named.value_or(Default);
    if (const auto text = root.readIfThere(out.where)) {
        texts.push_back(*text);
    } else if (named) {
        return out; // without it nobody gets in
    }
    if (!named || *named == Default) {
        for (const std::string& path : root.glob("/etc/security/access.d/*.conf")) {
            texts.push_back(root.read(path));
        }
    }
    AccessQuery query { "root", groupsOfRoot(root), hostName(root), "", "" };
    const auto admits = [&](const std::string& origin) {
        query.origin = origin;
        for (const std::string& text : texts) {
            if (const auto verdict = accessVerdict(text, query, options)) {
                return *verdict;
            }
        }
        return true;
    };
    const std::string elsewhere = "origin.invalid";
    out.anywhere = admits(elsewhere);
    for (const std::string& text : texts) {
        for (const AccessLine& line : accessLines(text, options)) {
            for (const std::string_view token : line.origins) {
                if (!isNoOrigin(token) && admits(sampleOf(token))) {
                    out.origins.emplace(token);
                }
            }
            for (const std::string_view token : line.users) {
                query.netgroup = token;
                if (token.front() == '@' && admits(elsewhere)) {
                    out.netgroups.emplace(token);
                }
                query.netgroup.clear();
            }
        }
    }
    return out;
}

} // namespace agent

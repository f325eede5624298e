#include "agent/prober/sshd_line.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

constexpr std::string_view Blank = " \t\r\n";

/// strdelim(): a token that ends at blanks or one '=', or that is in double quotes. Nothing at the
/// end, or where a quote is not closed.
std::optional<std::string> token(std::string_view& rest, bool& ended)
{
    const size_t end = rest.find_first_of(" \t\r\n\"=");
    if (end == rest.npos) {
        std::string all(rest);
        rest = {};
        ended = true;
        return all;
    }
    std::string out(rest.substr(0, end));
    const char at = rest[end];
    rest.remove_prefix(end + 1);
    if (at == '"') {
        const size_t close = rest.find('"');
        if (close == rest.npos) {
            return std::nullopt;
        }
        out += rest.substr(0, close);
        rest.remove_prefix(close + 1);
    }
    const auto skip
        = [&rest] { rest.remove_prefix(std::min(rest.find_first_not_of(Blank), rest.size())); };
    skip();
    if (at != '"' && at != '=' && rest.starts_with('=')) {
        rest.remove_prefix(1);
        skip();
    }
    return out;
}

/// Quoted; what comes behind it may be a comment.
std::string firstWord(std::string_view text)
{
    text = text::trim(text);
    return text::quoted(text.substr(0, text.find_first_of(" \t#", 1)));
}

} // namespace

std::optional<SshdLine> sshdLine(std::string_view raw, const std::string& where)
{
    if (raw.find('\0') != raw.npos) {
        throw ParseError(where + ": a NUL byte in " + firstWord(raw));
    }
    const size_t last = raw.find_last_not_of(" \t\r\n\f");
    std::string_view rest = raw.substr(0, last == raw.npos ? 0 : last + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r"), rest.size()));
    if (rest.empty() || rest[0] == '#') {
        return std::nullopt;
    }
    bool ended = false;
    std::optional<std::string> keyword = token(rest, ended);
    if (keyword && keyword->empty() && !ended) {
        keyword = token(rest, ended); // sshd skips one empty token, such as that before a '='
    }
    if (!keyword || keyword->empty() || keyword->starts_with('#')) {
        return std::nullopt; // sshd reads over a keyword whose quotes do not end, too
    }
    if (ended || rest.empty()) {
        throw ParseError(where + ": sshd finds no argument after " + text::quoted(*keyword));
    }
    return SshdLine { *keyword, std::string(rest) };
}

std::vector<std::string> sshdWords(std::string_view rest, const std::string& where)
{
    std::vector<std::string> words;
    for (size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] == ' ' || rest[i] == '\t') {
            continue;
        }
        if (rest[i] == '#') {
            break;
        }
        char quote = 0;
        std::string word;
        for (; i < rest.size(); ++i) {
            const char c = rest[i];
            const char next = i + 1 < rest.size() ? rest[i + 1] : '\0';
            if (c == '\\') {
                const bool escaped
                    = next == '\'' || next == '"' || next == '\\' || (quote == 0 && next == ' ');
                word += escaped ? next : c;
                i += escaped ? 1 : 0;
            } else if (quote == 0 && (c == ' ' || c == '\t')) {
                break;
            } else if (quote == 0 && (c == '"' || c == '\'')) {
                quote = c;
            } else if (quote != 0 && c == quote) {
                quote = 0;
            } else {
                word += c;
            }
        }
        if (quote != 0) {
            throw ParseError(where + ": a quote is not closed in " + firstWord(rest));
        }
        words.push_back(std::move(word));
    }
    return words;
}

std::vector<SshdCriterion> sshdCriteria(std::string_view rest, const std::string& where)
{
    // "version" and the two behind it are of OpenSSH 10; "invalid-user" takes no argument.
    constexpr std::string_view Names[] = { "User", "Group", "Host", "Address", "LocalAddress",
        "LocalPort", "RDomain", "Version", "Command", "SessionType", "Invalid-User" };
    std::vector<SshdCriterion> criteria;
    const std::string all(rest);
    bool ended = false;
    for (size_t count = 1; !ended; ++count) {
        const auto attribute = token(rest, ended);
        if (!attribute || attribute->empty() || attribute->starts_with('#')) {
            break;
        }
        const bool alone = text::equalsIgnoringCase(*attribute, "Invalid-User");
        const auto argument = ended || alone ? std::nullopt : token(rest, ended);
        const bool none = !argument || argument->empty() || argument->starts_with('#');
        if (text::equalsIgnoringCase(*attribute, "all")) {
            if (count > 1 || !none) {
                throw ParseError(
                    where + ": sshd allows nothing beside 'all' in Match " + text::quoted(all));
            }
            return {};
        }
        const auto* name = std::ranges::find_if(Names,
            [&](std::string_view known) { return text::equalsIgnoringCase(known, *attribute); });
        if (name == std::end(Names)) {
            throw ParseError(where + ": sshd knows no criterion " + text::quoted(*attribute));
        }
        if (none && !alone) {
            throw ParseError(where + ": Match " + text::quoted(*attribute) + " has no argument");
        }
        criteria.push_back({ std::string(*name), argument.value_or("") });
    }
    if (criteria.empty()) {
        throw ParseError(where + ": Match without a criterion: " + text::quoted(all));
    }
    return criteria;
}

} // namespace agent

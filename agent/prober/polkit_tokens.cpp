#include "agent/prober/polkit_tokens.h"

#include <algorithm>

namespace agent {

namespace {

bool isWord(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
        || c == '$';
}

} // namespace

std::vector<PolkitToken> polkitTokens(std::string_view all)
{
    std::vector<PolkitToken> out;
    size_t line = 1;
    for (size_t at = 0; at < all.size();) {
        const std::string_view rest = all.substr(at);
        const size_t from = at;
        if (rest.starts_with("//")) {
            at = std::min(all.find('\n', at), all.size());
        } else if (rest.starts_with("/*")) {
            const size_t end = all.find("*/", at + 2);
            at = end == all.npos ? all.size() : end + 2;
        } else if (isWord(rest.front())) {
            const auto end = std::ranges::find_if_not(rest, isWord);
            at += static_cast<size_t>(end - rest.begin());
            out.push_back(
                { PolkitToken::Kind::Word, std::string(all.substr(from, at - from)), line });
        } else if (rest.front() == '"' || rest.front() == '\'') {
            const size_t end = all.find_first_of(std::string(1, rest.front()) + "\\\n", at + 1);
            const bool plain = end != all.npos && all[end] == rest.front();
            at = end == all.npos ? all.size() : end + 1;
            out.push_back(plain ? PolkitToken { PolkitToken::Kind::String,
                              std::string(all.substr(from + 1, end - from - 1)), line }
                                : PolkitToken { PolkitToken::Kind::Mark, "\\", line });
        } else if (std::string_view(" \t\r\n\f\v").find(rest.front()) == std::string_view::npos) {
            constexpr std::string_view Signs[] = { "===", "!==", "==", "!=", "&&", "||" };
            const auto sign = std::ranges::find_if(
                Signs, [&](std::string_view one) { return rest.starts_with(one); });
            at += sign == std::end(Signs) ? 1 : sign->size();
            out.push_back(
                { PolkitToken::Kind::Mark, std::string(all.substr(from, at - from)), line });
        } else {
            ++at;
        }
        line += static_cast<size_t>(std::ranges::count(all.substr(from, at - from), '\n'));
    }
    out.push_back({ PolkitToken::Kind::End, "", line });
    return out;
}

} // namespace agent

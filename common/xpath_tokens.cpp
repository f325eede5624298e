#include "common/xpath_tokens.h"

#include <algorithm>
#include <cctype>

namespace xpath {

namespace {

using Kind = Token::Kind;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool beginsName(char c)
{
    return std::isalpha(static_cast<unsigned char>(c)) || c == '_'
        || static_cast<unsigned char>(c) >= 0x80;
}

bool inName(char c)
{
    return beginsName(c) || isDigit(c) || c == '-' || c == '.';
}

} // namespace

size_t Tokens::whiteSpace(size_t from) const
{
    return std::min(text_.find_first_not_of(" \t\r\n", from), text_.size());
}

bool Tokens::called() const
{
    const std::string_view rest = text_.substr(whiteSpace(at_));
    return rest.starts_with('(') || rest.starts_with("::");
}

bool Tokens::next(Token& token)
{
    const size_t begin = whiteSpace(at_);
    if (begin == text_.size()) {
        return false;
    }
    token = cut(begin);
    at_ = begin + token.text.size();
    operand_ = token.operand;
    return true;
}

Token Tokens::cut(size_t begin)
{
    const auto token = [&](Kind kind, size_t size, bool operand) {
        return Token { kind, text_.substr(begin, size), operand };
    };
    const std::string_view rest = text_.substr(begin);
    const char c = rest.front();
    if (c == '"' || c == '\'') {
        const size_t end = rest.find(c, 1);
        return token(Kind::Value, end == rest.npos ? rest.size() : end + 1, true);
    }
    if (isDigit(c) || (c == '.' && rest.size() > 1 && isDigit(rest[1]))) {
        return token(
            Kind::Value, std::min(rest.find_first_not_of("0123456789."), rest.size()), true);
    }
    if (c == '.') {
        const bool up = rest.starts_with("..");
        return token(up ? Kind::Up : Kind::Value, up ? 2 : 1, true);
    }
    if (c == '/') {
        return token(Kind::Slash, rest.starts_with("//") ? 2 : 1, false);
    }
    if (c == '[' || c == ']') {
        return token(c == '[' ? Kind::Open : Kind::Close, 1, c == ']');
    }
    if (beginsName(c)) {
        return word(begin);
    }
    // "*" behind an operand multiplies, and elsewhere names all.
    return token(Kind::Other, 1, c == ')' || (c == '*' && !operand_));
}

Token Tokens::word(size_t begin)
{
    if (operand_) { // where no name can stand
        for (const std::string_view one : { "and", "or", "div", "mod" }) {
            if (text_.substr(begin).starts_with(one)) {
                return { Kind::Operator, text_.substr(begin, one.size()), false };
            }
        }
    }
    size_t end = begin;
    while (end < text_.size() && inName(text_[end])) {
        ++end;
    }
    return { Kind::Name, text_.substr(begin, end - begin), true };
}

bool hasModulo(std::string_view expression)
{
    Tokens tokens(expression);
    Token token {};
    while (tokens.next(token)) {
        if (token.kind == Kind::Operator && token.text == "mod") {
            return true;
        }
    }
    return false;
}

} // namespace xpath

#include "agent/server/xpath_reach.h"

#include <algorithm>
#include <cctype>

namespace agent {

namespace {

constexpr int MostNested = 3; // predicates
constexpr int MostSweeps = 2; // "//", descendants, and steps back
constexpr size_t Longest = 1024; // bytes: each step looks at all that the one before it gave

bool inName(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.'
        || static_cast<unsigned char>(c) >= 0x80;
}

/// Axes and functions by which an expression leaves what is below its node.
bool leaves(std::string_view name)
{
    constexpr std::string_view Names[] = { "ancestor", "ancestor-or-self", "parent", "preceding",
        "preceding-sibling", "following", "following-sibling", "current", "deref",
        "re-match" }; // whose patterns may take as long
    return std::ranges::find(Names, name) != std::end(Names);
}

bool isOperator(std::string_view word)
{
    return word == "and" || word == "or" || word == "div" || word == "mod";
}

struct Reader {
    std::string_view text;
    size_t at = 0;
    int depth = 0; // of predicates
    int sweeps = 0;
    bool operand = false; // the last token ends a step or a value: "/" goes on from there
    bool far = false;

    void down() { far = far || ++sweeps > MostSweeps; }
    void back() { far = far || depth > 0 || ++sweeps > MostSweeps; }

    /// Whether the word before is the name of an axis or function.
    bool called() const
    {
        const size_t next = text.find_first_not_of(" \t\r\n", at);
        return next != text.npos && (text[next] == '(' || text.substr(next).starts_with("::"));
    }

    void name()
    {
        const size_t begin = at;
        while (at < text.size() && inName(text[at])) {
            ++at;
        }
        const std::string_view word = text.substr(begin, at - begin);
        if (word == "..") {
            back();
        } else if (leaves(word) && called()) {
            back();
        } else if (word.starts_with("descendant") && called()) {
            down();
        }
        operand = !(operand && isOperator(word));
    }

    void slash()
    {
        const bool deep = text.substr(at).starts_with("//");
        at += deep ? 2 : 1;
        far = far || (depth > 0 && !operand); // from the root of the tree
        if (deep) {
            down();
        }
        operand = false;
    }

    void token()
    {
        const char c = text[at];
        if (c == '"' || c == '\'') {
            const size_t end = text.find(c, at + 1);
            at = end == text.npos ? text.size() : end + 1;
            operand = true;
        } else if (c == '/') {
            slash();
        } else if (c == '[') {
            ++at;
            far = far || ++depth > MostNested;
            operand = false;
        } else if (c == ']') {
            ++at;
            --depth;
            operand = true;
        } else if (inName(c) && c != '-') {
            name();
        } else {
            ++at;
            // White space keeps what was; "*" after an operand multiplies, and elsewhere names all.
            if (c == ')' || (c == '*' && !operand)) {
                operand = true;
            } else if (!std::isspace(static_cast<unsigned char>(c))) {
                operand = false;
            }
        }
    }
};

} // namespace

bool reachesFar(std::string_view expression)
{
    if (expression.size() > Longest) {
        return true;
    }
    Reader reader { expression };
    while (reader.at < expression.size() && !reader.far) {
        reader.token();
    }
    return reader.far;
}

} // namespace agent

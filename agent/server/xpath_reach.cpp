#include "agent/server/xpath_reach.h"
#include "common/xpath_tokens.h"

#include <algorithm>

namespace agent {

namespace {

constexpr int MostNested = 3; // predicates
constexpr int MostSweeps = 2; // "//", descendants, and steps back
constexpr size_t Longest = 1024; // bytes: each step looks at all that the one before it gave

/// Axes and functions by which an expression leaves what is below its node.
bool leaves(std::string_view name)
{
    constexpr std::string_view Names[] = { "ancestor", "ancestor-or-self", "parent", "preceding",
        "preceding-sibling", "following", "following-sibling", "current", "deref",
        "re-match" }; // whose patterns may take as long
    return std::ranges::find(Names, name) != std::end(Names);
}

struct Reader {
    xpath::Tokens tokens;
    int depth = 0; // of predicates
    int sweeps = 0;
    bool operand = false; // the last token ends a step or a value: "/" goes on from there
    bool far = false;

    void down() { far = far || ++sweeps > MostSweeps; }
    void back() { far = far || depth > 0 || ++sweeps > MostSweeps; }

    void take(const xpath::Token& token)
    {
        using Kind = xpath::Token::Kind;
        switch (token.kind) {
        case Kind::Name:
            if (leaves(token.text) && tokens.called()) {
                back();
            } else if (token.text.starts_with("descendant") && tokens.called()) {
                down();
            }
            break;
        case Kind::Up:
            back();
            break;
        case Kind::Slash:
            far = far || (depth > 0 && !operand); // from the root of the tree
            if (token.text == "//") {
                down();
            }
            break;
        case Kind::Open:
            far = far || ++depth > MostNested;
            break;
        case Kind::Close:
            --depth;
            break;
        case Kind::Operator:
        case Kind::Value:
        case Kind::Other:
            break;
        }
        operand = token.operand;
    }
};

} // namespace

bool reachesFar(std::string_view expression)
{
    if (expression.size() > Longest) {
        return true;
    }
    Reader reader { xpath::Tokens(expression) };
    xpath::Token token {};
    while (!reader.far && reader.tokens.next(token)) {
        reader.take(token);
    }
    return reader.far;
}

} // namespace agent

// An XPath 1.0 cut into tokens (section 3.7) as libyang cuts it: an operator needs no white space
// behind it. What is no XPath is cut somehow.
#pragma once

#include <string_view>

namespace xpath {

struct Token {
    enum class Kind {
        Name, // of a node, a module, an axis or a function; variables without their $
        Operator, // "and", "or", "div" or "mod"
        Value, // number, literal or ".": what stands for itself
        Up, // ".."
        Slash, // "/" or "//"
        Open, // "["
        Close, // "]"
        Other
    };
    Kind kind;
    std::string_view text;
    bool operand; // it ends a step or a value
};

class Tokens {
public:
    explicit Tokens(std::string_view expression)
        : text_(expression)
    {
    }
    /// False at the end.
    bool next(Token& token);
    /// Whether the name that was last is that of an axis or function.
    bool called() const;

private:
    size_t whiteSpace(size_t from) const;
    Token cut(size_t begin);
    Token word(size_t begin);

    std::string_view text_;
    size_t at_ = 0;
    bool operand_ = false; // what the last token was
};

/// Whether it has the operator mod. libyang 2.1 divides whole numbers for it, and a divisor that is
/// zero, or rounds to it, ends the process with SIGFPE; 3.12 knows better.
bool hasModulo(std::string_view expression);

} // namespace xpath

// Cuts sudoers(5) into words: toke.l of sudo 1.9.13.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace agent {

struct SudoSyntaxError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class SudoScanner {
public:
    explicit SudoScanner(std::string_view all)
        : rest_(all)
    {
    }

    bool atEnd() const { return rest_.empty(); }
    size_t line() const { return line_; }
    char peek(size_t at = 0) const { return at < rest_.size() ? rest_[at] : '\0'; }
    std::string_view rest() const { return rest_; }

    /// Blanks and a backslash before the end of a line.
    void skipBlanks();
    /// Blanks, then whether the line ends here: a comment, a line feed or the end of the text.
    bool atLineEnd();
    /// To the start of the next line; "\" before a line feed goes on with the line, but not in a
    /// comment.
    void skipLine();
    /// Takes `expected` after blanks, if it is there.
    bool take(char expected);
    void advance(size_t count) { rest_.remove_prefix(count); }
    /// An odd number of '!' with blanks around.
    bool takeNegation();

    /// WORD or ID of the scanner as it stands in the text; empty if none is here.
    std::string_view peekWord() const;
    /// The same, taken, without escapes ("\x41" is "A").
    std::string word();
    /// A string in double quotes. Throws SudoSyntaxError if it is empty or not closed.
    std::string quoted();
    /// PATH, without escapes; nothing if none is here or a longer WORD is.
    std::optional<std::string> path();
    /// "^...$"; nothing if none is here.
    std::optional<std::string> regularExpression();
    /// What follows a command up to the end of it; nothing if there are no arguments.
    std::optional<std::string> arguments();
    /// Path of an include, quoted or with escaped blanks.
    std::string includePath();
    /// Value of a Defaults setting, quoted or a word.
    std::string value();

private:
    bool continuation(size_t at, size_t& length) const;
    bool atComment() const; // "#5" and "#-5" are ids

    std::string_view rest_;
    size_t line_ = 1;
};

/// Removes the backslash before each character, and reads "\xHH".
std::string withoutSudoEscapes(std::string_view text);

} // namespace agent

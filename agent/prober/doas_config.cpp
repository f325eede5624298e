#include "agent/prober/doas_config.h"

#include "agent/prober/probe.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

constexpr size_t MaxWord = 1023; // of its buffer

struct Token {
    enum class Kind { End, Line, Open, Close, Keyword, Word };
    Kind kind = Kind::End;
    std::string text {};
    size_t line = 1;
};

[[noreturn]] void fail(size_t line, const std::string& why)
{
    throw ParseError(std::to_string(line) + ": " + why);
}

class Scanner {
public:
    explicit Scanner(std::string_view all)
        : all_(all)
    {
    }

    Token next()
    {
        bool continued = false; // a newline was escaped: what comes next is no keyword
        for (;;) {
            while (at_ < all_.size() && (all_[at_] == ' ' || all_[at_] == '\t')) {
                ++at_;
            }
            if (at_ < all_.size() && all_[at_] == '#') {
                at_ = std::min(all_.find('\n', at_), all_.size());
            }
            if (at_ == all_.size()) {
                return { Token::Kind::End, "", line_ };
            }
            const char c = all_[at_];
            if (c == '\n') {
                ++at_;
                return { Token::Kind::Line, "\n", line_++ };
            }
            if (c == '{' || c == '}') {
                ++at_;
                return { c == '{' ? Token::Kind::Open : Token::Kind::Close, std::string(1, c),
                    line_ };
            }
            if (auto word = this->word(continued)) {
                return std::move(*word);
            }
        }
    }

private:
    /// Nothing if there were only escaped newlines.
    std::optional<Token> word(bool& continued)
    {
        std::string text;
        bool escaped = false;
        bool quoted = false;
        bool quotes = false;
        for (; at_ < all_.size(); ++at_) {
            const char c = all_[at_];
            if (c == '\0') {
                fail(line_, "a NUL byte");
            }
            if (c == '\\' && !escaped) {
                escaped = true;
                continue;
            }
            if (c == '\n') {
                if (quoted) {
                    fail(line_, "quotes that do not end");
                }
                if (!escaped) {
                    break;
                }
                escaped = false;
                continued = true;
                ++line_;
                continue;
            }
            if (!escaped && !quoted
                && std::string_view("{}# \t").find(c) != std::string_view::npos) {
                break;
            }
            if (c == '"' && !escaped) {
                quoted = !quoted;
                quotes = true;
                continue;
            }
            text += c;
            escaped = false;
            if (text.size() > MaxWord) {
                fail(line_, "a word longer than " + std::to_string(MaxWord) + " bytes");
            }
        }
        if (at_ == all_.size() && (quoted || escaped)) {
            fail(line_, quoted ? "quotes that do not end" : "nothing behind the last \"\\\"");
        }
        if (text.empty() && !quotes) {
            return std::nullopt;
        }
        constexpr std::string_view Keywords[] = { "deny", "permit", "as", "cmd", "args", "nopass",
            "nolog", "persist", "keepenv", "setenv" };
        const bool keyword
            = !quotes && !continued && std::ranges::find(Keywords, text) != std::end(Keywords);
        return Token { keyword ? Token::Kind::Keyword : Token::Kind::Word, std::move(text), line_ };
    }

    std::string_view all_;
    size_t at_ = 0;
    size_t line_ = 1;
};

class Parser {
public:
    explicit Parser(std::string_view all)
        : scan_(all)
        , token_(scan_.next())
    {
    }

    std::vector<DoasRule> rules()
    {
        std::vector<DoasRule> out;
        while (token_.kind != Token::Kind::End) {
            if (token_.kind != Token::Kind::Line) {
                out.push_back(rule());
            }
            if (token_.kind == Token::Kind::End) {
                fail(token_.line, "a rule without a newline behind it");
            }
            expect(Token::Kind::Line, "end of line");
        }
        return out;
    }

private:
    bool keyword(std::string_view word)
    {
        const bool is = token_.kind == Token::Kind::Keyword && token_.text == word;
        if (is) {
            token_ = scan_.next();
        }
        return is;
    }

    std::string expect(Token::Kind kind, const char* what)
    {
        if (token_.kind != kind) {
            fail(token_.line, text::quoted(token_.text) + " where " + what + " is expected");
        }
        std::string text = std::move(token_.text);
        token_ = scan_.next();
        return text;
    }

    DoasRule rule()
    {
        DoasRule rule;
        rule.line = token_.line;
        rule.permit = keyword("permit");
        if (!rule.permit && !keyword("deny")) {
            expect(Token::Kind::Line, "\"permit\" or \"deny\"");
        }
        if (rule.permit) {
            options(rule);
        }
        rule.identity = expect(Token::Kind::Word, "a user or a group");
        if (keyword("as")) {
            rule.target = expect(Token::Kind::Word, "a user");
        }
        if (keyword("cmd")) {
            rule.command = expect(Token::Kind::Word, "a command");
            if (keyword("args")) {
                rule.arguments = words();
            }
        }
        return rule;
    }

    void options(DoasRule& rule)
    {
        bool persists = false;
        bool sets = false;
        for (;;) {
            if (keyword("nopass")) {
                rule.noPassword = true;
            } else if (keyword("persist")) {
                persists = true;
            } else if (keyword("keepenv")) {
                rule.keepsEnvironment = true;
            } else if (keyword("setenv")) {
                expect(Token::Kind::Open, "\"{\"");
                const bool any = !words().empty();
                expect(Token::Kind::Close, "\"}\"");
                if (sets && any) {
                    fail(token_.line, "two of \"setenv\"");
                }
                sets = true;
            } else if (!keyword("nolog")) {
                return;
            }
            if (rule.noPassword && persists) {
                fail(token_.line, "\"nopass\" with \"persist\"");
            }
        }
    }

    std::vector<std::string> words()
    {
        std::vector<std::string> out;
        while (token_.kind == Token::Kind::Word) {
            out.push_back(expect(Token::Kind::Word, "a word"));
        }
        return out;
    }

    Scanner scan_;
    Token token_;
};

} // namespace

std::vector<DoasRule> parseDoas(std::string_view all)
{
    return Parser(all).rules();
}

} // namespace agent

#include "agent/prober/polkit_rules.h"

#include "agent/prober/polkit_tokens.h"
#include "common/text.h"

namespace agent {

namespace {

using Kind = PolkitCondition::Kind;
constexpr size_t MaxDepth = 50;

using Token = PolkitToken;

struct Undecided { };

PolkitCondition both(PolkitCondition a, PolkitCondition b)
{
    return { Kind::And, "", { std::move(a), std::move(b) } };
}

PolkitCondition negated(PolkitCondition one)
{
    return { Kind::Not, "", { std::move(one) } };
}

/// A pattern that matches just this text, and what follows it.
std::string patternOf(const std::string& text, const char* after)
{
    std::string out;
    for (const char c : text) {
        out += std::string_view("*?[\\").find(c) == std::string_view::npos ? "" : "\\";
        out += c;
    }
    return out + after;
}

class Parser {
public:
    Parser(std::string_view all, const std::string& path)
        : tokens_(polkitTokens(all))
        , path_(path)
    {
    }

    PolkitScript script()
    {
        PolkitScript out;
        while (now().kind != Token::Kind::End) {
            const size_t from = at_;
            try { // boundary: one function
                out.functions.push_back(function());
            } catch (const Undecided&) {
                out.undecided.push_back(tokens_[from].line);
                at_ = from + 1;
                while (now().kind != Token::Kind::End && !startsRule()) {
                    ++at_;
                }
            }
        }
        return out;
    }

private:
    const Token& now() const { return tokens_[at_]; }

    bool is(std::string_view text) const
    {
        return now().text == text && now().kind != Token::Kind::String;
    }

    bool take(std::string_view text)
    {
        const bool there = is(text) && now().kind != Token::Kind::End;
        at_ += there ? 1 : 0;
        return there;
    }

    void need(std::string_view text)
    {
        if (!take(text)) {
            throw Undecided();
        }
    }

    std::string take(Token::Kind kind)
    {
        if (now().kind != kind) {
            throw Undecided();
        }
        return tokens_[at_++].text;
    }

    bool startsRule() const
    {
        return is("polkit") && at_ + 2 < tokens_.size() && tokens_[at_ + 1].text == "."
            && (tokens_[at_ + 2].text == "addRule" || tokens_[at_ + 2].text == "addAdminRule");
    }

    PolkitFunction function()
    {
        PolkitFunction out;
        out.where = path_ + ":" + std::to_string(now().line);
        if (!startsRule()) {
            throw Undecided();
        }
        out.admin = tokens_[at_ + 2].text == "addAdminRule";
        at_ += 3;
        need("(");
        need("function"); // the engine of Debian's polkit knows no arrows
        if (!is("(")) {
            take(Token::Kind::Word);
        }
        need("(");
        action_ = take(Token::Kind::Word);
        need(",");
        subject_ = take(Token::Kind::Word);
        need(")");
        if (!is("{")) {
            throw Undecided();
        }
        statement({}, out, 0);
        need(")");
        take(";");
        return out;
    }

    void statement(const PolkitCondition& when, PolkitFunction& out, size_t depth)
    {
        if (depth > MaxDepth) {
            throw Undecided();
        }
        if (take("{")) {
            while (!take("}")) {
                statement(when, out, depth + 1);
            }
        } else if (take("if")) {
            need("(");
            const PolkitCondition condition = any(depth);
            need(")");
            statement(both(when, condition), out, depth + 1);
            if (take("else")) {
                statement(both(when, negated(condition)), out, depth + 1);
            }
        } else if (is("return")) {
            const size_t line = tokens_[at_++].line;
            // A newline ends it: what stands behind is never reached.
            const bool bare = now().line != line || is(";") || is("}");
            out.returns.push_back({ when, bare ? std::vector<std::string>() : values(out.admin) });
            take(";");
        } else if (take("polkit")) {
            need(".");
            if (take("log")) {
                skipParentheses();
            } else { // cut off from its "return" by a newline
                need("Result");
                need(".");
                take(Token::Kind::Word);
            }
            take(";");
        } else {
            need(";");
        }
    }

    void skipParentheses()
    {
        size_t open = 0;
        do {
            open += is("(") ? 1 : 0;
            open -= is(")") && open > 0 ? 1 : 0;
            if (now().kind == Token::Kind::End || is("\\")) {
                throw Undecided();
            }
            ++at_;
        } while (open > 0);
    }

    std::vector<std::string> values(bool admin)
    {
        if (take("null") || take("undefined")) {
            return {};
        }
        if (admin) {
            std::vector<std::string> out;
            need("[");
            while (!take("]")) {
                out.push_back(take(Token::Kind::String));
                if (!is("]")) {
                    need(",");
                }
            }
            return out;
        }
        if (now().kind == Token::Kind::String) {
            return { take(Token::Kind::String) };
        }
        need("polkit");
        need(".");
        need("Result");
        need(".");
        const std::string name = take(Token::Kind::Word);
        return name == "NOT_HANDLED" ? std::vector<std::string>()
                                     : std::vector<std::string> { text::lower(name) };
    }

    PolkitCondition any(size_t depth)
    {
        PolkitCondition out { Kind::Or, "", { all(depth) } };
        while (take("||")) {
            out.parts.push_back(all(depth));
        }
        return out;
    }

    PolkitCondition all(size_t depth)
    {
        PolkitCondition out { Kind::And, "", { one(depth) } };
        while (take("&&")) {
            out.parts.push_back(one(depth));
        }
        return out;
    }

    PolkitCondition one(size_t depth)
    {
        if (depth > MaxDepth) {
            throw Undecided();
        }
        if (take("!")) {
            return negated(one(depth + 1));
        }
        if (take("(")) {
            PolkitCondition inner = any(depth + 1);
            need(")");
            return inner;
        }
        if (take("true")) {
            return {};
        }
        if (take("false")) {
            return { Kind::Never };
        }
        if (take(subject_)) {
            need(".");
            return ofSubject();
        }
        need(action_);
        need(".");
        return ofAction();
    }

    PolkitCondition ofSubject()
    {
        if (take("isInGroup")) {
            return { Kind::Group, argument() };
        }
        if (take("user")) {
            return compared(Kind::User, "");
        }
        const std::string which = is("active") ? "active" : "local";
        if (!take("active") && !take("local")) {
            throw Undecided();
        }
        PolkitCondition out { Kind::Local, which };
        if (is("==") || is("===")) {
            ++at_;
            const bool no = take("false");
            if (!no) {
                need("true");
            }
            return no ? negated(std::move(out)) : out;
        }
        return out;
    }

    PolkitCondition ofAction()
    {
        if (take("lookup")) {
            return compared(Kind::Detail, argument() + "=");
        }
        need("id");
        if (!take(".")) {
            PolkitCondition out = compared(Kind::Action, "");
            return out;
        }
        const bool index = take("indexOf");
        if (!index) {
            need("startsWith");
        }
        PolkitCondition out { Kind::Action, patternOf(argument(), "*") };
        if (index) {
            if (!take("===")) {
                need("==");
            }
            need("0");
        }
        return out;
    }

    PolkitCondition compared(Kind kind, const std::string& before)
    {
        const bool unlike = is("!=") || is("!==");
        if (!unlike && !is("==") && !is("===")) {
            throw Undecided();
        }
        ++at_;
        const std::string text = take(Token::Kind::String);
        PolkitCondition out { kind, kind == Kind::Action ? patternOf(text, "") : before + text };
        return unlike ? negated(std::move(out)) : out;
    }

    std::string argument()
    {
        need("(");
        std::string text = take(Token::Kind::String);
        need(")");
        return text;
    }

    std::vector<Token> tokens_;
    std::string path_;
    size_t at_ = 0;
    std::string action_;
    std::string subject_;
};

} // namespace

PolkitScript parsePolkitRules(std::string_view all, const std::string& path)
{
    return Parser(all, path).script();
}

} // namespace agent

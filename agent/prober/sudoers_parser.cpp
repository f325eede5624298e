#include "agent/prober/sudoers_parser.h"

#include "agent/prober/sudoers_members.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

using Kind = SudoMember::Kind;

struct Tag {
    std::string_view name;
    std::optional<bool> noPassword;
};
constexpr Tag Tags[] = { { "NOPASSWD", true }, { "PASSWD", false }, { "NOEXEC", {} },
    { "EXEC", {} }, { "INTERCEPT", {} }, { "NOINTERCEPT", {} }, { "SETENV", {} },
    { "NOSETENV", {} }, { "LOG_OUTPUT", {} }, { "NOLOG_OUTPUT", {} }, { "LOG_INPUT", {} },
    { "NOLOG_INPUT", {} }, { "MAIL", {} }, { "NOMAIL", {} }, { "FOLLOW", {} }, { "NOFOLLOW", {} } };
constexpr std::string_view Options[]
    = { "CWD", "CHROOT", "TIMEOUT", "NOTBEFORE", "NOTAFTER", "ROLE", "TYPE", "APPARMOR_PROFILE" };
constexpr std::string_view Reserved[] = { "ALL", "CWD", "CHROOT", "TIMEOUT", "NOTBEFORE",
    "NOTAFTER", "ROLE", "TYPE", "APPARMOR_PROFILE" };

template <size_t Count> bool among(const std::string_view (&names)[Count], std::string_view name)
{
    return std::ranges::find(names, name) != std::end(names);
}

class Parser {
public:
    explicit Parser(std::string_view all)
        : scan_(all)
    {
    }

    SudoersText run()
    {
        while (!scan_.atEnd()) {
            const size_t line = scan_.line();
            try { // boundary: one line; sudo goes on with the next too
                entry(line);
            } catch (const SudoSyntaxError& e) {
                out_.errors.push_back({ line, e.what() });
            }
            scan_.skipLine();
        }
        return std::move(out_);
    }

private:
    template <typename What> void add(What what, size_t line)
    {
        out_.entries.push_back({ std::move(what), line });
    }

    void entry(size_t line)
    {
        // Only these two count at the very start of a line, and only with a blank behind.
        for (const std::string_view word : { "#include", "#includedir" }) {
            const char next = scan_.peek(word.size());
            if (scan_.rest().starts_with(word) && (next == ' ' || next == '\t')) {
                scan_.advance(word.size());
                return include(line, word == "#includedir");
            }
        }
        if (scan_.atLineEnd()) {
            return;
        }
        const std::string_view word = scan_.peekWord();
        if (word == "@include" || word == "@includedir") {
            scan_.advance(word.size());
            return include(line, word == "@includedir");
        }
        if (word == "Defaults" || word.starts_with("Defaults@")) { // '@' may be part of a word
            scan_.advance(std::string_view("Defaults").size());
            return defaults(line);
        }
        constexpr std::pair<std::string_view, SudoAlias::Kind> Aliases[] = {
            { "User_Alias", SudoAlias::Kind::User },
            { "Runas_Alias", SudoAlias::Kind::RunAs },
            { "Host_Alias", SudoAlias::Kind::Host },
            { "Cmnd_Alias", SudoAlias::Kind::Command },
            { "Cmd_Alias", SudoAlias::Kind::Command },
        };
        for (const auto& [name, kind] : Aliases) {
            if (word == name) {
                scan_.advance(word.size());
                return aliases(line, kind);
            }
        }
        userSpec(line);
    }

    void include(size_t line, bool folder)
    {
        add(SudoInclude { scan_.includePath(), folder }, line);
        read_.expectLineEnd();
    }

    void aliases(size_t line, SudoAlias::Kind kind)
    {
        do {
            scan_.skipBlanks();
            SudoAlias alias { kind, std::string(scan_.peekWord()), {} };
            if (!isSudoAliasName(alias.name)) {
                read_.fail("the name of an alias");
            }
            if (among(Reserved, alias.name)) {
                throw SudoSyntaxError("reserved word " + alias.name + " used as an alias name");
            }
            scan_.advance(alias.name.size());
            if (!scan_.take('=')) {
                read_.fail("'='");
            }
            alias.members = kind == SudoAlias::Kind::Command ? read_.commands()
                : kind == SudoAlias::Kind::Host              ? read_.hosts()
                                                             : read_.users();
            const bool more = scan_.take(':');
            if (!more) {
                read_.expectLineEnd();
            }
            add(std::move(alias), line);
            if (!more) {
                return;
            }
        } while (true);
    }

    void runAs(SudoCommand& spec)
    {
        if (!scan_.take('(')) {
            return;
        }
        scan_.skipBlanks();
        if (scan_.peek() != ')' && scan_.peek() != ':') {
            spec.runAsUsers = read_.users();
        }
        if (scan_.take(':')) {
            scan_.skipBlanks();
            if (scan_.peek() != ')' || spec.runAsUsers) {
                spec.runAsGroups = read_.groups();
            }
        }
        if (!scan_.take(')')) {
            read_.fail("')'");
        }
        if (!spec.runAsUsers && !spec.runAsGroups) {
            spec.runAsUsers = SudoMembers { { Kind::Myself } };
        }
    }

    bool option(SudoCommand& spec)
    {
        scan_.skipBlanks();
        const std::string name(scan_.peekWord());
        if (!among(Options, name)) {
            return false;
        }
        scan_.advance(name.size());
        if (!scan_.take('=')) {
            read_.fail("'='");
        }
        scan_.skipBlanks();
        std::string value;
        if (scan_.peek() == '"') {
            value = scan_.quoted();
        } else if (auto path = scan_.path()) {
            value = std::move(*path);
        } else {
            value = scan_.word();
        }
        const bool path = name == "CWD" || name == "CHROOT";
        const bool time = name == "NOTBEFORE" || name == "NOTAFTER";
        if (value.empty() || (path && value != "*" && value[0] != '/' && value[0] != '~')
            || (time && !text::number<uint32_t>(value.substr(0, 8)))) {
            throw SudoSyntaxError("invalid value " + text::quoted(value) + " of " + name);
        }
        if (time) {
            (name == "NOTBEFORE" ? spec.notBefore : spec.notAfter) = std::move(value);
        }
        return true;
    }

    bool tag(SudoCommand& spec)
    {
        scan_.skipBlanks();
        const std::string_view word = scan_.peekWord();
        size_t after = word.size();
        while (scan_.peek(after) == ' ' || scan_.peek(after) == '\t') {
            ++after;
        }
        const auto* found = std::ranges::find(Tags, word, &Tag::name);
        if (scan_.peek(after) != ':' || found == std::end(Tags)) {
            return false;
        }
        if (found->noPassword) {
            spec.noPassword = found->noPassword;
        }
        scan_.advance(after + 1);
        return true;
    }

    SudoCommand commandSpec(const SudoCommand* previous)
    {
        SudoCommand spec;
        scan_.skipBlanks();
        spec.line = scan_.line();
        runAs(spec);
        while (option(spec)) { }
        while (tag(spec)) { }
        spec.command = read_.digestedCommand();
        if (previous) {
            if (!spec.runAsUsers && !spec.runAsGroups) {
                spec.runAsUsers = previous->runAsUsers;
                spec.runAsGroups = previous->runAsGroups;
            }
            spec.noPassword = spec.noPassword ? spec.noPassword : previous->noPassword;
            spec.notBefore = spec.notBefore.empty() ? previous->notBefore : spec.notBefore;
            spec.notAfter = spec.notAfter.empty() ? previous->notAfter : spec.notAfter;
        }
        return spec;
    }

    SudoPrivilege privilege()
    {
        SudoPrivilege out { read_.hosts(), {} };
        if (!scan_.take('=')) {
            read_.fail("'='");
        }
        do {
            out.commands.push_back(
                commandSpec(out.commands.empty() ? nullptr : &out.commands.back()));
            if (out.commands.size() > MaxSudoMembers) {
                throw SudoSyntaxError("more than " + std::to_string(MaxSudoMembers) + " commands");
            }
        } while (scan_.take(','));
        return out;
    }

    void userSpec(size_t line)
    {
        SudoUserSpec spec { read_.users(), {} };
        scan_.skipBlanks();
        spec.privileges.push_back(privilege());
        while (scan_.take(':')) {
            try { // boundary: sudo keeps what stands before a wrong part
                scan_.skipBlanks();
                spec.privileges.push_back(privilege());
            } catch (const SudoSyntaxError& e) {
                out_.errors.push_back({ line, e.what() });
                add(std::move(spec), line);
                return;
            }
        }
        read_.expectLineEnd();
        add(std::move(spec), line);
    }

    void defaults(size_t line)
    {
        using Scope = SudoDefault::Scope;
        SudoDefault first;
        const char scope = scan_.peek();
        if (scope == ':' || scope == '@' || scope == '>' || scope == '!') {
            scan_.advance(1);
            scan_.skipBlanks();
            first.scope = scope == ':' ? Scope::User
                : scope == '@'         ? Scope::Host
                : scope == '>'         ? Scope::RunAs
                                       : Scope::Command;
            first.binding = scope == '!' ? read_.bindingCommands()
                : scope == '@'           ? read_.hosts()
                                         : read_.users();
        }
        do {
            SudoDefault setting = first;
            setting.operation = scan_.takeNegation() ? '!' : '\0';
            const std::string_view rest = scan_.rest();
            const size_t end
                = std::min(rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), rest.size());
            if (end == 0) {
                read_.fail("the name of a setting");
            }
            setting.name = rest.substr(0, end);
            scan_.advance(end);
            scan_.skipBlanks();
            const bool changes
                = (scan_.peek() == '+' || scan_.peek() == '-') && scan_.peek(1) == '=';
            if (setting.operation == '\0' && (scan_.peek() == '=' || changes)) {
                setting.operation = scan_.peek();
                scan_.advance(changes ? 2 : 1);
                setting.value = scan_.value();
            }
            add(std::move(setting), line);
        } while (scan_.take(','));
        read_.expectLineEnd();
    }

    SudoScanner scan_;
    SudoMemberReader read_ { scan_ };
    SudoersText out_;
};

} // namespace

SudoersText parseSudoers(std::string_view all)
{
    return Parser(all).run();
}

} // namespace agent

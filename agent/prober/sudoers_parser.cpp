#include "agent/prober/sudoers_parser.h"

#include "agent/prober/sudoers_scanner.h"
#include "common/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

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
constexpr size_t MaxMembers = 100'000; // of one list

bool isAliasName(std::string_view word)
{
    return !word.empty() && word[0] >= 'A' && word[0] <= 'Z'
        && std::ranges::all_of(word,
            [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
}

template <size_t Count> bool among(const std::string_view (&names)[Count], std::string_view name)
{
    return std::ranges::find(names, name) != std::end(names);
}

/// NTWKADDR: an address with or without a mask. Longest run that is one, else 0.
size_t addressLength(std::string_view at)
{
    const size_t end = std::min(at.find_first_not_of("0123456789abcdefABCDEF:./"), at.size());
    const std::string run(at.substr(0, end));
    const std::string host = run.substr(0, run.find('/'));
    in_addr four {};
    in6_addr six {};
    return ::inet_pton(AF_INET, host.c_str(), &four) == 1
            || (std::ranges::count(host, ':') >= 2
                && ::inet_pton(AF_INET6, host.c_str(), &six) == 1)
        ? end
        : 0;
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
    [[noreturn]] void fail(const char* expected)
    {
        const std::string_view rest = scan_.rest();
        throw SudoSyntaxError(std::string("expected ") + expected + " before "
            + text::quoted(rest.substr(0, rest.find_first_of("\r\n")), 40));
    }

    void expectLineEnd()
    {
        if (!scan_.atLineEnd()) {
            fail("the end of the line");
        }
    }

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
        if (word == "Defaults") {
            scan_.advance(word.size());
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
        expectLineEnd();
    }

    void aliases(size_t line, SudoAlias::Kind kind)
    {
        do {
            scan_.skipBlanks();
            SudoAlias alias { kind, std::string(scan_.peekWord()), {} };
            if (!isAliasName(alias.name)) {
                fail("the name of an alias");
            }
            if (among(Reserved, alias.name)) {
                throw SudoSyntaxError("reserved word " + alias.name + " used as an alias name");
            }
            scan_.advance(alias.name.size());
            if (!scan_.take('=')) {
                fail("'='");
            }
            alias.members = kind == SudoAlias::Kind::Command ? commands()
                : kind == SudoAlias::Kind::Host              ? list(&Parser::host)
                                                             : list(&Parser::user);
            const bool more = scan_.take(':');
            if (!more) {
                expectLineEnd();
            }
            add(std::move(alias), line);
            if (!more) {
                return;
            }
        } while (true);
    }

    SudoMembers list(SudoMember (Parser::*member)())
    {
        SudoMembers members;
        do {
            const bool negated = scan_.takeNegation();
            members.push_back((this->*member)());
            members.back().negated = negated;
            if (members.size() > MaxMembers) {
                throw SudoSyntaxError("more than " + std::to_string(MaxMembers) + " members");
            }
        } while (scan_.take(','));
        return members;
    }

    SudoMembers commands()
    {
        SudoMembers members;
        do {
            members.push_back(digestedCommand());
            if (members.size() > MaxMembers) {
                throw SudoSyntaxError("more than " + std::to_string(MaxMembers) + " members");
            }
        } while (scan_.take(','));
        return members;
    }

    SudoMember named(std::string name)
    {
        if (name == "%" || name == "%:" || name == "+") {
            throw SudoSyntaxError(name == "+" ? "empty netgroup" : "empty group");
        }
        const Kind kind = name.starts_with('%') ? Kind::Group
            : name.starts_with('+')             ? Kind::Netgroup
                                                : Kind::Word;
        return { kind, false, std::move(name) };
    }

    SudoMember user()
    {
        if (scan_.peek() == '"') {
            return named(scan_.quoted());
        }
        std::string_view word = scan_.peekWord();
        if (word == "ALL") {
            scan_.advance(word.size());
            return { Kind::All, false, "ALL" };
        }
        if (isAliasName(word)) {
            SudoMember member { Kind::Alias, false, std::string(word) };
            scan_.advance(member.name.size());
            return member;
        }
        if (word.starts_with('%')) { // "%group", "%#gid", "%:nonunix group", "%:#gid"
            std::string name(word);
            scan_.advance(word.size());
            if (name == "%" && scan_.peek() == ':') {
                name += ':';
                scan_.advance(1);
                word = scan_.peekWord();
                name += word;
                scan_.advance(word.size());
            }
            if (name == "%" || name == "%:") {
                word = scan_.peekWord();
                name += word.starts_with('#') ? word : "";
                scan_.advance(word.starts_with('#') ? word.size() : 0);
            }
            return named(withoutSudoEscapes(name));
        }
        if (word.empty()) {
            fail("a user");
        }
        return named(scan_.word());
    }

    SudoMember group()
    {
        SudoMember member = user();
        if (member.kind == Kind::Group || member.kind == Kind::Netgroup) {
            throw SudoSyntaxError("expected a group instead of " + text::quoted(member.name));
        }
        return member;
    }

    SudoMember host()
    {
        const size_t address = addressLength(scan_.rest());
        if (address > 0 && address >= scan_.peekWord().size()) {
            SudoMember member { Kind::Address, false,
                std::string(scan_.rest().substr(0, address)) };
            scan_.advance(address);
            return member;
        }
        SudoMember member = user();
        if (member.kind == Kind::Group || member.name.starts_with('#')) {
            throw SudoSyntaxError("expected a host instead of " + text::quoted(member.name));
        }
        return member;
    }

    bool digest()
    {
        constexpr std::string_view Names[] = { "sha224", "sha256", "sha384", "sha512" };
        const std::string_view word = scan_.peekWord();
        if (!among(Names, word)) {
            return false;
        }
        const size_t bits = *text::number<size_t>(word.substr(3));
        scan_.advance(word.size());
        if (!scan_.take(':')) {
            fail("':'");
        }
        scan_.skipBlanks();
        const size_t end = std::min(scan_.rest().find_first_not_of("0123456789+/="
                                                                   "abcdefghijklmnopqrstuvwxyz"
                                                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            scan_.rest().size());
        const size_t bytes = bits / 8;
        if (end != bytes * 2 && end != (bytes * 4 + 2) / 3 && end != (bytes + 2) / 3 * 4) {
            fail("a digest");
        }
        scan_.advance(end);
        return true;
    }

    SudoMember digestedCommand()
    {
        bool digests = false;
        do {
            scan_.skipBlanks();
            if (!digest()) {
                break;
            }
            digests = true;
        } while (scan_.take(','));
        const bool negated = scan_.takeNegation();
        SudoMember member = command();
        member.negated = negated;
        member.hasDigest = digests;
        if (digests && member.kind == Kind::Alias) {
            throw SudoSyntaxError("a digest requires a path name");
        }
        return member;
    }

    SudoMember command()
    {
        auto path = scan_.path();
        if (!path) {
            path = scan_.regularExpression();
        }
        if (path) {
            SudoMember member { Kind::Command, false, std::move(*path) };
            if (!member.name.ends_with('/')) {
                member.arguments = scan_.arguments();
            }
            return member;
        }
        const std::string_view word = scan_.peekWord();
        if (word == "ALL") {
            scan_.advance(word.size());
            return { Kind::All, false, "ALL" };
        }
        if (word == "sudoedit") {
            scan_.advance(word.size());
            return { Kind::Command, false, "sudoedit", scan_.arguments() };
        }
        if (word == "list") {
            scan_.advance(word.size());
            return { Kind::Command, false, "list" };
        }
        if (isAliasName(word)) {
            SudoMember member { Kind::Alias, false, std::string(word) };
            scan_.advance(member.name.size());
            return member;
        }
        fail("a fully-qualified path name");
    }

    void runAs(SudoCommand& spec)
    {
        if (!scan_.take('(')) {
            return;
        }
        scan_.skipBlanks();
        if (scan_.peek() != ')' && scan_.peek() != ':') {
            spec.runAsUsers = list(&Parser::user);
        }
        if (scan_.take(':')) {
            scan_.skipBlanks();
            if (scan_.peek() != ')') {
                spec.runAsGroups = list(&Parser::group);
            }
        }
        if (!scan_.take(')')) {
            fail("')'");
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
            fail("'='");
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
        spec.command = digestedCommand();
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
        SudoPrivilege out { list(&Parser::host), {} };
        if (!scan_.take('=')) {
            fail("'='");
        }
        do {
            out.commands.push_back(
                commandSpec(out.commands.empty() ? nullptr : &out.commands.back()));
            if (out.commands.size() > MaxMembers) {
                throw SudoSyntaxError("more than " + std::to_string(MaxMembers) + " commands");
            }
        } while (scan_.take(','));
        return out;
    }

    void userSpec(size_t line)
    {
        SudoUserSpec spec { list(&Parser::user), {} };
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
        expectLineEnd();
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
            first.binding = scope == '!' ? bindingCommands()
                : scope == '@'           ? list(&Parser::host)
                                         : list(&Parser::user);
        }
        do {
            SudoDefault setting = first;
            setting.operation = scan_.takeNegation() ? '!' : '\0';
            const std::string_view rest = scan_.rest();
            const size_t end
                = std::min(rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), rest.size());
            if (end == 0) {
                fail("the name of a setting");
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
        expectLineEnd();
    }

    /// Commands of "Defaults!": without arguments (the GOTDEFS state of the scanner).
    SudoMembers bindingCommands()
    {
        SudoMembers members;
        do {
            const bool negated = scan_.takeNegation();
            if (auto path = scan_.path()) {
                members.push_back({ Kind::Command, negated, std::move(*path) });
            } else {
                const std::string word(scan_.peekWord());
                const bool known = word == "ALL" || word == "sudoedit" || isAliasName(word);
                if (!known) {
                    fail("a command");
                }
                scan_.advance(word.size());
                members.push_back({ word == "ALL" ? Kind::All
                        : word == "sudoedit"      ? Kind::Command
                                                  : Kind::Alias,
                    negated, word });
            }
        } while (scan_.take(','));
        return members;
    }

    SudoScanner scan_;
    SudoersText out_;
};

} // namespace

SudoersText parseSudoers(std::string_view all)
{
    return Parser(all).run();
}

} // namespace agent

#include "agent/prober/sudoers_members.h"

#include "common/text.h"

#include <algorithm>
#include <arpa/inet.h>

namespace agent {

namespace {

using Kind = SudoMember::Kind;

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

} // namespace

bool isSudoAliasName(std::string_view word)
{
    return !word.empty() && word[0] >= 'A' && word[0] <= 'Z'
        && std::ranges::all_of(word,
            [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
}

void SudoMemberReader::fail(const char* expected)
{
    // One word: what comes behind it may be a comment or an argument, and so a secret.
    const std::string_view rest = scan_.rest();
    throw SudoSyntaxError(std::string("expected ") + expected + " before "
        + text::quoted(rest.substr(0, rest.find_first_of(" \t\r\n")), 40));
}

void SudoMemberReader::expectLineEnd()
{
    if (!scan_.atLineEnd()) {
        fail("the end of the line");
    }
}

SudoMembers SudoMemberReader::list(SudoMember (SudoMemberReader::*member)())
{
    SudoMembers members;
    do {
        const bool negated = scan_.takeNegation();
        members.push_back((this->*member)());
        members.back().negated = negated;
        if (members.size() > MaxSudoMembers) {
            throw SudoSyntaxError("more than " + std::to_string(MaxSudoMembers) + " members");
        }
    } while (scan_.take(','));
    return members;
}

SudoMembers SudoMemberReader::commands()
{
    SudoMembers members;
    do {
        members.push_back(digestedCommand());
        if (members.size() > MaxSudoMembers) {
            throw SudoSyntaxError("more than " + std::to_string(MaxSudoMembers) + " members");
        }
    } while (scan_.take(','));
    return members;
}

SudoMember SudoMemberReader::named(std::string name)
{
    if (name == "%" || name == "%:" || name == "+") {
        throw SudoSyntaxError(name == "+" ? "empty netgroup" : "empty group");
    }
    const Kind kind = name.starts_with('%') ? Kind::Group
        : name.starts_with('+')             ? Kind::Netgroup
                                            : Kind::Word;
    return { kind, false, std::move(name) };
}

SudoMember SudoMemberReader::user()
{
    if (scan_.peek() == '"') {
        return named(scan_.quoted());
    }
    std::string_view word = scan_.peekWord();
    if (word == "ALL") {
        scan_.advance(word.size());
        return { Kind::All, false, "ALL" };
    }
    if (isSudoAliasName(word)) {
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

SudoMember SudoMemberReader::group()
{
    SudoMember member = user();
    if (member.kind == Kind::Group || member.kind == Kind::Netgroup) {
        throw SudoSyntaxError("expected a group instead of " + text::quoted(member.name));
    }
    return member;
}

SudoMember SudoMemberReader::host()
{
    const size_t address = addressLength(scan_.rest());
    if (address > 0 && address >= scan_.peekWord().size()) {
        SudoMember member { Kind::Address, false, std::string(scan_.rest().substr(0, address)) };
        scan_.advance(address);
        return member;
    }
    SudoMember member = user();
    if (member.kind == Kind::Group) {
        throw SudoSyntaxError("expected a host instead of " + text::quoted(member.name));
    }
    return member;
}

bool SudoMemberReader::digest()
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

SudoMember SudoMemberReader::digestedCommand()
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

SudoMember SudoMemberReader::command()
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
    if (isSudoAliasName(word)) {
        SudoMember member { Kind::Alias, false, std::string(word) };
        scan_.advance(member.name.size());
        return member;
    }
    fail("a fully-qualified path name");
}

SudoMembers SudoMemberReader::bindingCommands()
{
    SudoMembers members;
    do {
        const bool negated = scan_.takeNegation();
        auto name = scan_.path();
        if (!name) {
            name = scan_.regularExpression();
        }
        Kind kind = Kind::Command;
        if (!name) {
            name = scan_.peekWord();
            kind = *name == "ALL"        ? Kind::All
                : isSudoAliasName(*name) ? Kind::Alias
                                         : Kind::Command;
            if (kind == Kind::Command && *name != "sudoedit" && *name != "list") {
                fail("a command");
            }
            scan_.advance(name->size());
        }
        members.push_back({ kind, negated, std::move(*name) });
    } while (scan_.take(','));
    return members;
}

} // namespace agent

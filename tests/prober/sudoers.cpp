// Most of these were tried with cvtsudoers of sudo 1.9.13.
#include "agent/prober/sudoers_parser.h"

#include <catch2/catch.hpp>

namespace {

using Kind = agent::SudoMember::Kind;
using agent::SudoMembers;

/// "ALL", "!A=LS" for an alias, "/bin/ls [-l]" for a command with arguments, "+sha" behind one with
/// a digest; the names of the rest say what they are.
std::string shown(const SudoMembers& members)
{
    std::string out;
    for (const agent::SudoMember& member : members) {
        out += (out.empty() ? "" : ", ") + std::string(member.negated ? "!" : "")
            + (member.kind == Kind::Alias          ? "A="
                    : member.kind == Kind::Address ? "IP="
                    : member.kind == Kind::Myself  ? "myself"
                                                   : "")
            + member.name + (member.arguments ? " [" + *member.arguments + "]" : "")
            + (member.hasDigest ? " +sha" : "");
    }
    return out;
}

std::string shown(const agent::SudoCommand& one)
{
    std::string out;
    if (one.runAsUsers || one.runAsGroups) {
        out += "(" + shown(one.runAsUsers.value_or(SudoMembers()))
            + (one.runAsGroups ? " : " + shown(*one.runAsGroups) : "") + ") ";
    }
    return out + shown(SudoMembers { one.command });
}

struct Shown {
    std::string operator()(const agent::SudoUserSpec& spec) const
    {
        std::string out = shown(spec.users);
        for (const agent::SudoPrivilege& privilege : spec.privileges) {
            out += " @ " + shown(privilege.hosts) + " =";
            for (const agent::SudoCommand& command : privilege.commands) {
                out += " " + shown(command) + ";";
            }
        }
        return out;
    }
    std::string operator()(const agent::SudoAlias& alias) const
    {
        return "alias " + alias.name + " = " + shown(alias.members);
    }
    std::string operator()(const agent::SudoDefault& setting) const
    {
        return "default <" + shown(setting.binding) + "> " + setting.name
            + (setting.operation ? std::string(" ") + setting.operation : "")
            + (setting.value.empty() ? "" : " " + setting.value);
    }
    std::string operator()(const agent::SudoInclude& include) const
    {
        return (include.folder ? "folder " : "file ") + include.path;
    }
};

/// Entries, then errors, one a line.
std::string read(const std::string& text)
{
    const agent::SudoersText all = agent::parseSudoers(text);
    std::string out;
    for (const agent::SudoEntry& entry : all.entries) {
        out += std::to_string(entry.line) + ": " + std::visit(Shown(), entry.what) + "\n";
    }
    for (const agent::SudoError& error : all.errors) {
        out += std::to_string(error.line) + ": error: " + error.why + "\n";
    }
    return out;
}

using Case = std::pair<std::string, std::string>;
const std::string Sha224(56, '0');
const std::string Sha256InBase64 = std::string(43, 'A') + "=";

} // namespace

TEST_CASE("users of sudoers have quotes, escapes, groups, ids and netgroups")
{
    const auto [users, expected] = GENERATE(Case { "\"ann lee\"", "ann lee" },
        Case { "\"ann\\\"lee\"", "ann\"lee" }, Case { "\"a\\\\b\"", "a\\\\b" },
        Case { "\"a\\\n   b\"", "ab" }, Case { "%#27, \"%dom users\"", "%#27, %dom users" },
        Case { "%:unix\\ grp, %:#55", "%:unix grp, %:#55" },
        Case { "+netgrp, \\x41nn, #0, #-1", "+netgrp, Ann, #0, #-1" },
        Case { "ann\\ b, ann\\\\b", "ann b, ann\\b" }, Case { "\\x4, \\xzz", "x4, xzz" },
        Case { "!ann, !!bob, ! ! !carl", "!ann, bob, !carl" }, Case { "ADMINS", "A=ADMINS" },
        Case { "ALL, !ALL", "ALL, !ALL" });
    // An id at the start of the file is one as well.
    CHECK(read(users + " ALL = ALL") == "1: " + expected + " @ ALL = ALL;\n");
}

TEST_CASE("hosts of sudoers are names, addresses, netgroups and aliases")
{
    const auto [hosts, expected]
        = GENERATE(Case { "10.0.0.0/8, !fe80::1, +net", "IP=10.0.0.0/8, !IP=fe80::1, +net" },
            Case { "10.0.0.300", "10.0.0.300" }, Case { "web\\,1, WEB", "web,1, A=WEB" },
            Case { "ALL, #5", "ALL, #5" });
    CHECK(read("ann " + hosts + " = ALL\n") == "1: ann @ " + expected + " = ALL;\n");
}

TEST_CASE("commands of sudoers have digests, patterns and arguments")
{
    const auto [commands, expected] = GENERATE(
        Case { "list, sudoedit /etc/motd /etc/issue, sudoedit",
            "list; sudoedit [/etc/motd /etc/issue]; sudoedit;" },
        Case { "sha224:" + Sha224 + " /bin/ls", "/bin/ls +sha;" },
        Case { "sha256 : " + Sha256InBase64 + ", sha224:" + Sha224 + " !/bin/ls -l",
            "!/bin/ls [-l] +sha;" },
        Case { "sha224:" + Sha224 + " ALL", "ALL +sha;" }, Case { "/bin/ls \"\"", "/bin/ls [];" },
        Case { "/bin/ls -l \\* a\\,b a\\\\b", "/bin/ls [-l \\* a,b a\\b];" },
        Case { "/bin/ls a=b  c\\=d \\#x \\\tb", "/bin/ls [a=b c=d #x \tb];" },
        Case { "/bin/ls \\?\\[\\]\\!\\^", "/bin/ls [\\?\\[\\]\\!\\^];" },
        Case { "/bin/ls a\\\n   b # c", "/bin/ls [a b];" },
        Case { "/bin/ls ^-[a-z]+$", "/bin/ls [^-[a-z]+$];" },
        Case { "^/bin/(ls|cat)$ -l", "^/bin/(ls|cat)$ [-l];" },
        Case { "^/bin/a\\#b\\$c$", "^/bin/a\\#b\\$c$;" },
        Case { "/bin/a\\ b, /bin/a\\:b c", "/bin/a b; /bin/a:b [c];" },
        Case { "/bin/, !/bin/sh, LS", "/bin/; !/bin/sh; A=LS;" },
        Case { "() ALL, (:adm) /bin/ls, (bob, !ALL : #5) /bin/cat",
            "(myself) ALL; ( : adm) /bin/ls; (bob, !ALL : #5) /bin/cat;" },
        Case { "ALL \\\n , /bin/ls", "ALL; /bin/ls;" },
        Case { "ALL, \\ \t\r\n /bin/ls\r", "ALL; /bin/ls;" }, Case { "ALL #-x", "ALL;" });
    CHECK(read("ann ALL = " + commands + "\n") == "1: ann @ ALL = " + expected + "\n");
}

TEST_CASE("settings of sudoers are of all or of what they are bound to")
{
    const auto [text, expected]
        = GENERATE(Case { "Defaults!/bin/ls, !LS, sudoedit, ALL noexec",
                       "1: default </bin/ls, !A=LS, sudoedit, ALL> noexec\n" },
            Case { "Defaults!list, !^/bin/.*$ !authenticate",
                "1: default <list, !^/bin/.*$> authenticate !\n" },
            Case { "Defaults@#5, 10.0.0.1 noexec", "1: default <#5, IP=10.0.0.1> noexec\n" },
            Case { "Defaults>root !lecture", "1: default <root> lecture !\n" },
            Case { "Defaults:ann !requiretty, secure_path=\"/bin:/sbin\", umask = 0077",
                "1: default <ann> requiretty !\n1: default <ann> secure_path = /bin:/sbin\n"
                "1: default <ann> umask = 0077\n" },
            Case { "Defaults env_keep += \"A B\", env_keep -= X\\ Y",
                "1: default <> env_keep + A B\n1: default <> env_keep - X Y\n" },
            Case { "Defaults x = a#b", "1: default <> x = a\n" },
            Case { "@include \"/etc/a b\"", "1: file /etc/a b\n" },
            Case { "@include /etc/a\\ b\\x41", "1: file /etc/a bA\n" },
            Case { "#includedir\t/etc/x", "1: folder /etc/x\n" },
            Case { "# a comment \\\n#-x\nann ALL = ALL", "3: ann @ ALL = ALL;\n" },
            Case { "User_Alias ADMINS = ann, %wheel : OPS = bob\nHost_Alias H = #-7",
                "1: alias ADMINS = ann, %wheel\n1: alias OPS = bob\n2: alias H = #-7\n" });
    CHECK(read(text) == expected);
}

TEST_CASE("a line that sudo leaves out is an error, and the next one counts")
{
    const auto [line, why] = GENERATE(Case { "\"\" ALL=ALL", "empty string" },
        Case { "\"ann ALL=ALL", "unexpected line break in string" },
        Case { "Defaults passprompt=\"x", "unexpected line break in string" },
        Case { "\"%\" ALL=ALL", "empty group" }, Case { "% : g ALL=ALL", "empty group" },
        Case { "%: ALL=ALL", "empty group" }, Case { "%# ALL=ALL", "empty group" },
        Case { "+ ALL=ALL", "empty netgroup" },
        Case { "ann, #x ALL=ALL", "expected a user before \"#x\"" },
        Case { "ann\\\tb ALL=ALL", "expected a user before \"\\\"" },
        Case { "ann = ALL", "expected a user before \"=\"" },
        Case { "ann %wheel = ALL", "expected a host instead of \"%wheel\"" },
        Case { "ann ALL = (bob : %g) ALL", "expected a group instead of \"%g\"" },
        Case { "ann ALL = (:+g) ALL", "expected a group instead of \"+g\"" },
        Case { "ann ALL = (bob ALL", "expected ')' before \"ALL\"" },
        Case { "ann ALL = sha224 /bin/ls", "expected ':' before \"/bin/ls\"" },
        Case { "ann ALL = sha224:00 /bin/ls", "expected a digest before \"00\"" },
        Case { "ann ALL = sha224:" + Sha224 + " LS", "a digest requires a path name" },
        Case { "ann ALL = list foo", "expected the end of the line before \"foo\"" },
        Case { "ann ALL = ls -l secret", "expected a fully-qualified path name before \"ls\"" },
        Case { "ann ALL = /bin/\\ls", "expected a fully-qualified path name before \"/bin/\\ls\"" },
        Case { "ann ALL = ^/bin/(ls|cat)",
            "expected a fully-qualified path name before \"^/bin/(ls|cat)\"" },
        Case { "ann ALL = /bin/ls ^-[a-z]+", "unterminated regular expression" },
        Case { "ann ALL = /bin/ls a\\b", "a backslash before \"b\"" },
        Case { "ann ALL = /bin/ls = x", "expected the end of the line before \"=\"" },
        Case { "ann ALL = /bin/ls x:y", "expected '=' before \"\"" },
        Case { "ann ALL = ALL #5", "expected the end of the line before \"#5\"" },
        Case { "Defaults!ls noexec", "expected a command before \"ls\"" },
        Case { "Defaults!/bin/ls -l noexec", "expected the name of a setting before \"-l\"" },
        Case { "Defaults secure_path=", "a setting without a value" },
        Case { "Defaults secure_path=!x", "a setting without a value" },
        Case { "Defaults Bad", "expected the name of a setting before \"Bad\"" },
        Case { "@include ", "an include without a path" },
        Case { "User_Alias admins = ann", "expected the name of an alias before \"admins\"" },
        Case { "User_Alias CWD = ann", "reserved word CWD used as an alias name" },
        Case { "User_Alias A ann", "expected '=' before \"ann\"" },
        Case { "ann ALL = CWD=x ALL", "invalid value \"x\" of CWD" });
    CHECK(read(line + "\nbob ALL=ALL\n").find("2: bob @ ALL = ALL;\n") != std::string::npos);
    CHECK(read(line + "\n").ends_with("1: error: " + why + "\n"));
}

TEST_CASE("no line is hidden behind one that sudo leaves out")
{
    const std::string bob = "bob ALL = ALL\n";
    const std::string why = "1: error: expected a fully-qualified path name before \"ls\"\n";
    const auto [line, number] = GENERATE(table<std::string, int>({ { "ann ALL = ls # \\\n", 2 },
        { "ann ALL = ls x# \\\n", 2 }, { "ann ALL = ls #-x \\\n", 2 }, { "ann ALL = ls \\\\\n", 2 },
        { "ann ALL = ls \\\n -a \\ \n -b # \\\n", 4 } }));
    CHECK(read(line + bob) == std::to_string(number) + ": bob @ ALL = ALL;\n" + why);
    for (const char* const goesOn : { " \\\n", " x\\# \\\n", " #5 \\\n", " #-5 \\\r\n" }) {
        CAPTURE(goesOn);
        CHECK(read("ann ALL = ls" + std::string(goesOn) + bob) == why);
    }
}

TEST_CASE("a backslash at the very end of sudoers is no value, path or argument")
{
    CHECK(read("ann ALL = /bin/ls x\\") == "1: error: a backslash before \"\"\n");
    CHECK(read("ann ALL = ALL, /bin/a\\") == "1: error: a backslash before \"\"\n");
    CHECK(read("Defaults secure_path=\\") == "1: error: a setting without a value\n");
    CHECK(read("ann\\") == "1: error: expected a user before \"\\\"\n");
}

TEST_CASE("lists of sudoers are bounded")
{
    std::string users = "a";
    std::string commands = "ALL";
    for (int i = 0; i < 100'000; ++i) {
        users += ",a";
        commands += ",ALL";
    }
    CHECK(read(users + " ALL=ALL\n") == "1: error: more than 100000 members\n");
    CHECK(read("Cmnd_Alias A=" + commands + "\n") == "1: error: more than 100000 members\n");
    CHECK(read("a ALL=" + commands + "\n") == "1: error: more than 100000 commands\n");
}

// Most of these were tried with sshd -t of OpenSSH 9.2.
#include "agent/prober/sshd_line.h"

#include <catch2/catch.hpp>

using namespace agent;

namespace {

using Case = std::pair<std::string, std::string>;

/// "keyword|rest"; "-" for a line that says nothing.
std::string cut(const std::string& line)
{
    const auto out = sshdLine(line, "f:1");
    return out ? out->keyword + "|" + out->rest : "-";
}

std::string criteria(const std::string& rest)
{
    std::string out;
    for (const SshdCriterion& one : sshdCriteria(rest, "f:1")) {
        out += one.name + "=" + one.argument + ";";
    }
    return out;
}

} // namespace

TEST_CASE("a keyword of sshd ends at a blank, at one '=' or with its quotes")
{
    const auto [line, expected] = GENERATE(Case { " \tPort 22 \f\r", "Port|22" },
        Case { "Port==22", "Port|=22" }, Case { "Port = =22", "Port|=22" },
        Case { "\"Port\"22", "Port|22" }, Case { "Perm\"itRootLogin\" no", "PermitRootLogin|no" },
        Case { "\" #\" x", " #|x" }, Case { "= Port 22", "Port|22" },
        Case { "\"\" Port 22", "Port|22" }, Case { "== Port 22", "-" }, Case { "=", "-" },
        Case { "\"\"", "-" }, Case { "= #x", "-" }, Case { "#Port 22", "-" }, Case { " \t", "-" },
        Case { "\"Port 22", "-" }, Case { "= \"Port 22", "-" });
    CHECK(cut(line) == expected);
}

TEST_CASE("a line without an argument or with a NUL byte is refused, and no more of it is said")
{
    CHECK_THROWS_WITH(cut("Port"), "f:1: sshd finds no argument after \"Port\"");
    CHECK_THROWS_WITH(cut("Port ="), "f:1: sshd finds no argument after \"Port\"");
    CHECK_THROWS_WITH(cut("\"Port\""), "f:1: sshd finds no argument after \"Port\"");
    CHECK_THROWS_WITH(cut(std::string("Banner secret\0", 14)), "f:1: a NUL byte in \"Banner\"");
}

TEST_CASE("arguments of sshd have quotes, escapes and a comment behind them")
{
    using Words = std::vector<std::string>;
    CHECK(sshdWords("a \t'b c' \"d'e\" f\"g h\"i", "f:1") == Words { "a", "b c", "d'e", "fg hi" });
    CHECK(sshdWords(R"(a\ b \'c\" \\d 'e\ f' 'g\'h' \n)", "f:1")
        == Words { "a b", "'c\"", "\\d", "e\\ f", "g'h", "\\n" });
    CHECK(sshdWords("a b#c #d", "f:1") == Words { "a", "b#c" });
    CHECK(sshdWords("\"\" ''", "f:1") == Words { "", "" });
    CHECK(sshdWords(" # a", "f:1").empty());
    CHECK(sshdWords("a\\", "f:1") == Words { "a\\" });
    CHECK_THROWS_WITH(sshdWords("'a # secret", "f:1"), "f:1: a quote is not closed in \"'a\"");
    CHECK_THROWS_WITH(sshdWords("a \"b\\\"", "f:1"), "f:1: a quote is not closed in \"a\"");
}

TEST_CASE("criteria of Match are named as sshd_config(5) names them")
{
    const auto [rest, expected]
        = GENERATE(Case { "user=a", "User=a;" }, Case { "User \"a b\" hOST c", "User=a b;Host=c;" },
            Case { "User a # x", "User=a;" }, Case { "all", "" }, Case { "ALL #x", "" },
            Case { "invalid-user user a", "Invalid-User=;User=a;" },
            Case { "LocalPort 22 rdomain *", "LocalPort=22;RDomain=*;" });
    CHECK(criteria(rest) == expected);
}

TEST_CASE("a Match that sshd refuses is quoted")
{
    const auto [rest, why] = GENERATE(Case { "User", "Match \"User\" has no argument" },
        Case { "User #x", "Match \"User\" has no argument" },
        Case { "User a host", "Match \"host\" has no argument" },
        Case { "User \"a b", "Match \"User\" has no argument" },
        Case { "Moon full", "sshd knows no criterion \"Moon\"" },
        Case { "User a all", "sshd allows nothing beside 'all' in Match \"User a all\"" },
        Case { "all x", "sshd allows nothing beside 'all' in Match \"all x\"" },
        Case { "# x", "Match without a criterion: \"# x\"" },
        Case { "\"\" User a", "Match without a criterion: \"\"\" User a\"" });
    CHECK_THROWS_WITH(criteria(rest), "f:1: " + why);
}

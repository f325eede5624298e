#include "agent/prober/sshd_config.h"
#include "tests/slurp.h"

#include <catch2/catch.hpp>

using namespace agent;

namespace {

SshdConfig parsed(std::string_view text, const std::vector<std::string>& options = {},
    const std::map<std::string, std::string>& files = {})
{
    return parseSshdConfig(
        text, "/etc/ssh/sshd_config",
        [&](const std::string& pattern) {
            std::vector<std::pair<std::string, std::string>> found;
            if (const auto file = files.find(pattern); file != files.end()) {
                found.push_back(*file);
            }
            return found;
        },
        options);
}

std::string refusal(std::string_view text)
{
    try {
        parsed(text);
    } catch (const ParseError& e) {
        return e.what();
    }
    return "";
}

} // namespace

TEST_CASE("the first value wins, and -o before all")
{
    const std::string text = "PermitRootLogin no\npermitrootlogin yes\n";
    CHECK(parsed(text).word("permitrootlogin", "") == "no");
    CHECK(parsed(text).value("permitrootlogin")->where == "/etc/ssh/sshd_config:1");
    const SshdConfig over = parsed(text, { "PermitRootLogin=yes" });
    CHECK(over.word("permitrootlogin", "") == "yes");
    CHECK(over.value("permitrootlogin")->where == "command line");
}

TEST_CASE("keywords ignore case; '=', quotes, escapes and comments are as sshd has them")
{
    CHECK(parsed("permitROOTlogin=\"yes\"").word("permitrootlogin", "") == "yes");
    CHECK(parsed("\t PermitRootLogin = yes # no\r\n").word("permitrootlogin", "") == "yes");
    CHECK(parsed("\"PermitRootLogin\" yes").word("permitrootlogin", "") == "yes");
    CHECK(parsed("=PermitRootLogin yes").word("permitrootlogin", "") == "yes");
    CHECK(parsed("Banner a\\ b 'c d'").value("banner")->words
        == std::vector<std::string> { "a b", "c d" });
    CHECK(parsed("# PermitRootLogin yes\n\n   \n").global.empty());
    CHECK(parsed("ChallengeResponseAuthentication no").word("kbdinteractiveauthentication", "")
        == "no");
    CHECK(parsed("Port 22\nPort 2222\n").values("port").size() == 2);
}

TEST_CASE("what sshd refuses to start with is no configuration")
{
    CHECK(refusal("PermitRootLogin no\nFoo bar\n")
        == "/etc/ssh/sshd_config:2: sshd knows no keyword \"Foo\" and will not start");
    CHECK(refusal("PermitRootLogin\n") != "");
    CHECK(refusal("PermitRootLogin \"yes\n") != "");
    CHECK(refusal("Match all\nUsePAM yes\n")
        == "/etc/ssh/sshd_config:2: sshd allows no \"UsePAM\" within a Match block");
    CHECK(refusal("Match\n") != "");
    CHECK(refusal("Match User\n") != "");
    CHECK(refusal("Match Moon full\n") != "");
    CHECK(refusal("Match User a all\n") != "");
    CHECK(refusal(std::string_view("Port 22\0\n", 9)) != "");
}

TEST_CASE("a Match block holds to the next one and to the end of its file")
{
    const SshdConfig config = parsed("Include a\nPermitRootLogin no\n"
                                     "Match Address 10.0.0.0/8 User *,!bob\n"
                                     "  Include b\n  PermitRootLogin yes\n"
                                     "Match all\n  MaxAuthTries 2\n",
        {},
        { { "/etc/ssh/a", "Match User alice\nPermitRootLogin prohibit-password\n" },
            { "/etc/ssh/b", "X11Forwarding no\nMatch Group wheel\nMaxAuthTries 9\n" } });
    REQUIRE(config.scopes.size() == 4);
    CHECK(config.scopes[0].condition == "Match User alice");
    CHECK(config.scopes[1].condition == "Match Address 10.0.0.0/8 User *,!bob");
    CHECK(
        config.scopes[2].condition == "Match Address 10.0.0.0/8 User *,!bob and Match Group wheel");
    CHECK(config.scopes[3].condition == "Match all");
    CHECK(config.word("permitrootlogin", "") == "no");
    CHECK(config.word("permitrootlogin", "", { 1 }) == "yes");
    CHECK(config.word("permitrootlogin", "", { 0, 1 }) == "prohibit-password");
    CHECK(config.word("maxauthtries", "") == "2"); // of Match all, which is in force always
    CHECK(config.word("maxauthtries", "", { 2 }) == "9");
    CHECK(config.files
        == std::vector<std::string> { "/etc/ssh/sshd_config", "/etc/ssh/a", "/etc/ssh/b" });
}

TEST_CASE("an Include of itself ends at the limit of sshd")
{
    CHECK_THROWS_AS(parsed("Include a\n", {}, { { "/etc/ssh/a", "Include a\n" } }), ParseError);
}

TEST_CASE("patterns and times of ssh_config(5)")
{
    CHECK(sshdPattern("root", "r*t"));
    CHECK(sshdPattern("root", "*"));
    CHECK(sshdPattern("root", "root**"));
    CHECK_FALSE(sshdPattern("root", "root*?"));
    CHECK_FALSE(sshdPattern("root", "r?t"));
    CHECK(sshdPattern(std::string(5000, 'a') + "b", "*a*a*a*a*a*a*b"));
    CHECK_FALSE(sshdPatternList("root", "*,!root"));
    CHECK(sshdPatternList("alice", "!root,*"));
    CHECK_FALSE(sshdPatternList("alice", "!root"));
    CHECK(sshdTime("90") == 90u);
    CHECK(sshdTime("1h30m") == 5400u);
    CHECK(sshdTime("2D5") == 172805u);
    CHECK(sshdTime("1w10S") == 604810u);
    CHECK(sshdTime("24855d") == 2147472000u);
    CHECK(sshdTime("24856d").has_value() == false);
    CHECK(sshdTime("2147483648").has_value() == false);
    CHECK(sshdTime("").has_value() == false);
    CHECK(sshdTime("1x").has_value() == false);
    CHECK(sshdTime("99999999999").has_value() == false);
}

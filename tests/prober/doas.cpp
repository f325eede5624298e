// Each of these was tried with doas -C of OpenDoas 6.8.2.
#include "agent/prober/doas_config.h"
#include "agent/prober/probe.h"

#include <catch2/catch.hpp>

namespace {

agent::DoasRule only(const std::string& text)
{
    const auto rules = agent::parseDoas(text);
    REQUIRE(rules.size() == 1);
    return rules.front();
}

} // namespace

TEST_CASE("rules of doas.conf are cut as doas cuts them")
{
    CHECK(agent::parseDoas("").empty());
    CHECK(agent::parseDoas("# nothing").empty());
    const agent::DoasRule all
        = only("permit nopass keepenv nolog setenv{A B=$C -D}:wheel as root cmd id args \"\" b\n");
    CHECK(all.permit);
    CHECK(all.noPassword);
    CHECK(all.keepsEnvironment);
    CHECK(all.identity == ":wheel");
    CHECK(all.target == "root");
    CHECK(all.command == "id");
    CHECK(all.arguments == std::vector<std::string> { "", "b" });
    CHECK(only("deny ann#comment\n").identity == "ann");
    CHECK(only("permit an\\\nn as \\\n root\n").target == "root");
    CHECK(only("permit \"a b\\\"\" cmd x args\n").arguments == std::vector<std::string>());
    CHECK(only("\n\\permit a\\ b\n").identity == "a b");
    CHECK(only("permit ann\r\n").identity == "ann\r");
    CHECK(only("permit \"permit\"\n").identity == "permit");
    CHECK(agent::parseDoas("permit a\n\n# x\ndeny b\n").back().line == 4);
}

TEST_CASE("what makes doas refuse the file is said")
{
    using Case = std::pair<std::string, std::string>;
    const auto [text, said] = GENERATE(
        Case { "permit ann", "1: a rule without a newline behind it" },
        Case { "permit ann # x", "1: a rule without a newline behind it" },
        Case { "permit ann \\\n as root\n", "2: \"as\" where end of line is expected" },
        Case { "garbage\npermit ann\n", "1: \"garbage\" where \"permit\" or \"deny\" is expected" },
        Case { "\"permit\" ann\n", "1: \"permit\" where \"permit\" or \"deny\" is expected" },
        Case { "permit nopass persist ann\n", "1: \"nopass\" with \"persist\"" },
        Case { "permit setenv { A } setenv { B } ann\n", "1: two of \"setenv\"" },
        Case { "deny nopass ann\n", "1: \"nopass\" where a user or a group is expected" },
        Case { "permit ann cmd id args permit\n", "1: \"permit\" where end of line is expected" },
        Case { "permit ann cmd {\n", "1: \"{\" where a command is expected" },
        Case { "\npermit \"ann\n\"\n", "2: quotes that do not end" },
        Case { "permit ann\\", "1: nothing behind the last \"\\\"" },
        Case { std::string("permit a\0b\n", 11), "1: a NUL byte" },
        Case { "permit " + std::string(1024, 'a') + "\n", "1: a word longer than 1023 bytes" });
    CHECK_THROWS_WITH(agent::parseDoas(text), said);
}

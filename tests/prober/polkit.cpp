#include "agent/prober/polkit_policies.h"
#include "agent/prober/polkit_rules.h"
#include "agent/prober/probe.h"

#include <catch2/catch.hpp>

namespace {

agent::PolkitScript script(const std::string& body)
{
    return agent::parsePolkitRules(
        "polkit.addRule(function(action, subject) {\n" + body + "\n});\n", "x.rules");
}

} // namespace

TEST_CASE("a rule of polkit is decided, or said not to be")
{
    const char* good = GENERATE("return polkit.Result.YES;", "return 'yes'", "", ";",
        "if (action.id == \"a\") return polkit.Result.NO; else return null;",
        "if (!(subject.user != \"a\" || subject.local === false) && true) { return undefined; }",
        "polkit.log(\"a)\" + action);", "if (action.lookup('unit') == 'b') {}");
    CAPTURE(good);
    CHECK(script(good).undecided.empty());
    CHECK(script(good).functions.size() == 1);
}

TEST_CASE("what is not read of a rule of polkit leaves it undecided")
{
    const std::string bad = GENERATE(as<std::string>(), "return f();", "if (action.id = 'a') {}",
        "if (subject.groups.indexOf('a') >= 0) {}", "var a = 1;", "return polkit.Result.YES",
        "if (/a/.test(action.id)) {}", "if (action.id == 'a\\x62') {}", "if (action.id == `a`) {}",
        "if (subject.user == 'a') return polkit.Result.YES ? 1 : 2;", "while (true) {}",
        "if (" + std::string(100'000, '(') + "true", std::string(100'000, '{'),
        "return polkit.spawn(['/bin/true']);", "polkit.log(");
    CAPTURE(bad.substr(0, 80));
    const agent::PolkitScript found = bad == "return polkit.Result.YES"
        ? agent::parsePolkitRules("polkit.addRule((action, subject) => { " + bad + " });", "x")
        : script(bad);
    CHECK_FALSE(found.undecided.empty());
    CHECK(found.functions.empty());
}

TEST_CASE("a rule of polkit that is not decided hides none behind it")
{
    const agent::PolkitScript found
        = agent::parsePolkitRules("let a;\n"
                                  "polkit.addRule(f);\n"
                                  "polkit.addAdminRule(function(a, b) {\n"
                                  "  return ['unix-user:x'];\n"
                                  "});",
            "x.rules");
    CHECK(found.undecided == std::vector<size_t> { 1, 2 });
    REQUIRE(found.functions.size() == 1);
    CHECK(found.functions[0].admin);
    CHECK(found.functions[0].where == "x.rules:3");
    REQUIRE(found.functions[0].returns.size() == 1);
    CHECK(found.functions[0].returns[0].values == std::vector<std::string> { "unix-user:x" });
}

TEST_CASE("an entry for a netgroup is not decided")
{
    const agent::PolkitScript found = agent::parsePkla("[a]\n"
                                                       "Identity=unix-user:x;unix-netgroup:y\n"
                                                       "Action=*\nResultAny=yes\n",
        "x.pkla");
    CHECK(found.undecided == std::vector<size_t> { 2 });
    CHECK(found.functions.size() == 1);
}

TEST_CASE("a policy is read as the XML that it is")
{
    agent::PolkitPolicies out;
    agent::readPolkitPolicy(R"(<?xml version="1.0"?>
<!DOCTYPE policyconfig PUBLIC "-//x//DTD" "http://x/policyconfig-1.dtd">
<policyconfig><!-- <action id="no"> -->
 <action
   id = 'org.x.run'>
  <description>&lt;allow_any&gt;no&lt;/allow_any&gt;</description>
  <defaults><allow_any
    > y&#101;s </allow_any><allow_active>no</allow_active></defaults>
  <annotate key='org.freedesktop.policykit.exec.path'>/usr/bin/x</annotate>
 </action>
</policyconfig>)",
        "x.policy", out);
    CHECK(out.forAll == std::map<std::string, std::string> { { "org.x.run", "yes" } });
    CHECK(out.actions.contains("org.x.run"));
    CHECK_THROWS_WITH(agent::readPolkitPolicy("<a>\n<action/></a>", "x.policy", out),
        "x.policy:2: an action without an id");
    CHECK_THROWS_AS(agent::readPolkitPolicy("<policyconfig><action id='late'/>", "x.policy", out),
        agent::ParseError);
    CHECK_FALSE(out.forAll.contains("late"));
}

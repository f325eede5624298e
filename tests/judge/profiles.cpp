// Profiles take over what their base has, except where they say something else.
#include "collector/worker/policy.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>

using namespace collector;

namespace {

Policy parsed(const std::string& profiles, const std::string& more = "")
{
    static const yang::Context context = schemas::management();
    return Policy::parse(context,
        R"({"femto-compliance-policy:compliance":{"version":"1","profile":[)" + profiles + "]"
            + more + "}}");
}

/// "rule/check check; ..." of a profile, with the title where there is one.
std::string rulesOf(const Profile& profile)
{
    std::string out;
    for (const Rule& rule : profile.rules) {
        out += rule.id + (rule.enabled ? "" : " off") + " " + std::string(name(rule.severity)) + " "
            + rule.title;
        for (const Check& check : rule.checks) {
            out += "/" + check.name + ":" + check.list;
        }
        out += "; ";
    }
    return out;
}

std::string namesOf(const auto& map)
{
    std::string out;
    for (const auto& [name, what] : map) {
        out += name + " ";
    }
    return out;
}

/// What each list of a profile has, in the order of the names of lists.
std::string listsOf(const Permitted& permitted)
{
    std::string grants;
    for (const auto& [key, grant] : permitted.grants) {
        grants += key[0] + " as " + key[1] + ": " + key[2]
            + (grant.withoutAuthentication ? " freely" : "") + " ";
    }
    std::string programs;
    for (const auto& [executable, entries] : permitted.programs) {
        for (const PermittedProgram& one : entries) {
            programs += executable + "@" + one.user + (one.required ? "!" : "") + " ";
        }
    }
    for (const PermittedProgram& one : permitted.programPatterns) {
        programs += "~" + one.executable + " ";
    }
    return namesOf(permitted.users) + "| " + namesOf(permitted.groups) + "| " + grants + "| "
        + namesOf(permitted.setuidFiles) + "| " + programs + "| " + namesOf(permitted.ports);
}

const std::string Base = R"({"name":"base","permitted":{
    "user":[{"name":"root","uid":0},{"name":"ann","login-permitted":false}],
    "group":[{"name":"ops","gid":5,"member":["ann"]}],
    "grant":[{"principal":"ann","run-as":"root","command":"ALL"}],
    "setuid-file":[{"path":"/bin/su","mode":"4755"}],
    "program":[{"executable":"/bin/a","user":"root"},{"executable":"/bin/*","user":"*",
        "pattern":true}],
    "port":[{"name":"ssh","protocol":"femto-security-types:tcp","lower-port":22,"scope":"any"}]},
    "manifest":[{"release":"2"},{"release":"1","component":[{"name":"/a"}]}]},)";

} // namespace

TEST_CASE("rules of a base are changed, dropped and added to")
{
    const Policy policy = parsed(R"(
        {"name":"a","rule":[
            {"id":"m","category":"femto-security-types:open-ports","title":"first","severity":"minor",
             "check":[{"name":"x","select":"open-ports/port","require":{"object":"o"}},
                      {"name":"y","allow-only":{"list":"ports"}}]},
            {"id":"z","category":"collection","check":[{"name":"h","fresh":{"aspect":"heartbeat"}}]}]},
        {"name":"b","base":"a","rule":[
            {"id":"m","title":"second","check":[
                {"name":"x","select":"open-ports","require":{"object":"o"}},
                {"name":"y","enabled":false},
                {"name":"w","require":{"listed":"programs","object":"p"}}]},
            {"id":"c","enabled":false,"category":"collection"},
            {"id":"z","severity":"critical"}]})");
    CHECK(rulesOf(policy.profile("a")) == "m minor first/x:port/y:port; z major /h:; ");
    CHECK(rulesOf(policy.profile("b"))
        == "c off major ; m minor second/x:/w:program; z critical /h:; ");
    CHECK(policy.profile("b").base == "a");
    CHECK(policy.profile("a").base.empty());
}

TEST_CASE("lists of a base are added to, entry by entry")
{
    const Policy policy = parsed(Base + R"({"name":"p","base":"base","permitted":{
        "user":[{"name":"bob"},{"name":"root","privileged":false}],
        "program":[{"executable":"/bin/a","user":"root","required":true},
            {"executable":"/bin/a","user":"ann"}],
        "port":[{"name":"ntp","protocol":"femto-security-types:udp","lower-port":123,
            "upper-port":124,"interface":["eth0"],"kernel-owned":true}]}})");
    const Permitted& all = policy.profile("p").permitted;
    CHECK(listsOf(all)
        == "ann bob root | ops | ann as root: ALL | /bin/su | "
           "/bin/a@root! /bin/a@ann ~/bin/* | ntp ssh ");
    CHECK(all.users.at("root").place == 0); // where it stands already
    CHECK_FALSE(all.users.at("root").uid); // and what it says now
    CHECK_FALSE(all.users.at("root").privileged);
    CHECK(all.users.at("bob").place == 2);
    CHECK_FALSE(all.users.at("ann").loginPermitted);
    CHECK(all.groups.at("ops").gid == "5");
    CHECK(all.groups.at("ops").members == std::set<std::string> { "ann" });
    CHECK(all.setuidFiles.at("/bin/su").mode == "4755");
    const PermittedPort& ntp = all.ports.at("ntp");
    CHECK(ntp.protocol == "udp");
    CHECK(ntp.lower == 123);
    CHECK(ntp.upper == 124);
    CHECK(ntp.scope == PermittedPort::Scope::Specific);
    CHECK(ntp.interfaces == std::set<std::string> { "eth0" });
    CHECK(ntp.kernelOwned);
    CHECK(all.ports.at("ssh").scope == PermittedPort::Scope::Any);
    CHECK(all.ports.at("ssh").upper == 22);
}

TEST_CASE("of a list that is replaced nothing is taken over, and of the others all is")
{
    using Case = std::pair<std::string, std::string>;
    const auto [list, left] = GENERATE(
        Case { "users", "| ops | ann as root: ALL | /bin/su | /bin/a@root ~/bin/* | ssh " },
        Case { "groups", "ann root | | ann as root: ALL | /bin/su | /bin/a@root ~/bin/* | ssh " },
        Case { "grants", "ann root | ops | | /bin/su | /bin/a@root ~/bin/* | ssh " },
        Case { "setuid-files", "ann root | ops | ann as root: ALL | | /bin/a@root ~/bin/* | ssh " },
        Case { "programs", "ann root | ops | ann as root: ALL | /bin/su | | ssh " },
        Case { "ports", "ann root | ops | ann as root: ALL | /bin/su | /bin/a@root ~/bin/* | " });
    const Policy policy = parsed(
        Base + R"({"name":"p","base":"base","permitted":{"replace":[")" + list + R"("]}})");
    CHECK(listsOf(policy.profile("p").permitted) == left);
}

TEST_CASE("manifests are added by release, or replaced")
{
    const auto releases = [](const Profile& profile) {
        std::string out;
        for (const Manifest& one : profile.manifests) {
            out += one.release + ":" + std::to_string(one.components.size()) + " ";
        }
        return out;
    };
    const std::string own = R"("base":"base","manifest":[
        {"release":"1","valid-from":"2026-01-01T00:00:00Z","valid-until":"2026-02-01T00:00:00Z",
         "component":[{"name":"/b","optional":true},{"name":"/c"}]},{"release":"3"}]})";
    const Policy policy = parsed(
        Base + R"({"name":"p",)" + own + R"(,{"name":"q","replace-manifests":true,)" + own);
    CHECK(releases(policy.profile("base")) == "1:1 2:0 ");
    CHECK(releases(policy.profile("p")) == "1:2 2:0 3:0 ");
    CHECK(releases(policy.profile("q")) == "1:2 3:0 ");
    const Manifest& one = policy.profile("q").manifests[0];
    CHECK(one.components.at("/b").optional);
    CHECK_FALSE(one.components.at("/c").optional);
    CHECK_FALSE(one.valid(*wall::parse("2025-12-31T23:59:59Z")));
    CHECK(one.valid(*wall::parse("2026-01-01T00:00:00Z")));
    CHECK_FALSE(one.valid(*wall::parse("2026-02-01T00:00:00Z")));
    CHECK(policy.profile("p").manifests[1].valid(*wall::parse("1970-01-01T00:00:00Z")));
}

TEST_CASE("the default profile is the one that is named, or the only one")
{
    const std::string named = R"(,"default-profile":"b")";
    CHECK(parsed(R"({"name":"p"})").profile("").name == "p");
    CHECK(parsed(R"({"name":"a"},{"name":"b"})", named).profile("").name == "b");
    CHECK_THROWS_WITH(parsed(R"({"name":"a"},{"name":"b"})").profile(""),
        "the policy has several profiles and no default-profile: name one");
    CHECK_THROWS_WITH(parsed(R"({"name":"p"})").profile("q"), "the policy has no profile \"q\"");
    CHECK(parsed(R"({"name":"p"})").profile("femto-baseline").rules.size() > 20);
}

TEST_CASE("a change asks for the verdicts of the rules that read it, and of the collection")
{
    const Policy policy = parsed(R"({"name":"p","rule":[
        {"id":"a","category":"femto-security-types:remote-login","check":[
            {"name":"c","select":"open-ports/port","require":{"object":"o"}}]},
        {"id":"b","category":"femto-security-types:running-processes","check":[
            {"name":"c","xpath":{"violates":"inventory/user-permissions/user",
                "category":["femto-security-types:user-permissions"]}}]}]})");
    using Categories = std::set<std::string>;
    CHECK(policy.affected("", { "open-ports" }) == Categories { "collection", "remote-login" });
    CHECK(policy.affected("", { "remote-login" }) == Categories { "collection", "remote-login" });
    CHECK(policy.affected("", { "user-permissions" })
        == Categories { "collection", "running-processes" });
    CHECK(policy.affected("", { "software-integrity" }) == Categories { "collection" });
}

TEST_CASE("a waiver covers its rule, objects and nodes until it ends")
{
    const Policy policy = parsed(R"({"name":"p"})", R"(,"waiver":[
        {"name":"T-1","rule":"telnet-disabled","object":["telnet"],"node":["n1"],
         "until":"2026-12-01T00:00:00+01:00","reason":"lab","approver":"ann"},
        {"name":"T-2","rule":"telnet-disabled","every-object":[null],
         "until":"2026-06-01T00:00:00Z","reason":"old"}])");
    const auto covering
        = [&](const char* rule, const char* node, const char* object, const char* now) {
              const Waiver* const found = policy.waiver(rule, node, object, *wall::parse(now));
              return found ? found->name : "";
          };
    const char* const Last = "2026-11-30T22:59:59Z";
    CHECK(covering("telnet-disabled", "n1", "telnet", Last) == "T-1");
    CHECK(covering("telnet-disabled", "n1", "telnet", "2026-11-30T23:00:00Z").empty());
    CHECK(covering("telnet-disabled", "n2", "telnet", Last).empty());
    CHECK(covering("telnet-disabled", "n1", "rsh", Last).empty());
    CHECK(covering("insecure-service", "n1", "telnet", Last).empty());
    CHECK(covering("telnet-disabled", "n2", "rsh", "2026-05-31T23:59:59Z") == "T-2");
    CHECK(policy.waivers[0].reason == "lab");
    CHECK(policy.waivers[0].approver == "ann");
}

TEST_CASE("of several waivers the one that ends last counts, wherever it stands")
{
    const auto named = [](const std::string& name, const char* until) {
        return R"({"name":")" + name
            + R"(","rule":"telnet-disabled","every-object":[null],"until":")" + until
            + R"(","reason":"lab"})";
    };
    const std::string late = named("a", "2026-12-01T00:00:00Z");
    const std::string early = named("b", "2026-06-01T00:00:00Z");
    const std::string same = named("c", "2026-12-01T00:00:00Z");
    for (const std::string& all :
        { late + "," + early + "," + same, same + "," + early + "," + late, early + "," + late }) {
        const Policy policy = parsed(R"({"name":"p"})", R"(,"waiver":[)" + all + "]");
        const Waiver* const found = policy.waiver(
            "telnet-disabled", "n1", "telnet", *wall::parse("2026-05-01T00:00:00Z"));
        REQUIRE(found);
        CHECK(found->name == "a");
    }
}

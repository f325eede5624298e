#include "agent/server/change_report.h"
#include "agent/server/weakening.h"
#include "tests/server/reports.h"

#include <random>

using namespace reports;

namespace {

const std::string Inventory = "/femto-security:femto-security/inventory";

class Random {
public:
    explicit Random(unsigned seed)
        : engine_(seed)
    {
    }
    unsigned below(unsigned limit) { return static_cast<unsigned>(engine_() % limit); }
    bool chance(unsigned percent) { return below(100) < percent; }
    std::string name()
    {
        const char* const pieces[] = { "a", "b'", "c\"", "\\", "d]", "[e", "/", "\\\"", "x" };
        std::string out;
        for (unsigned i = 0; i <= below(3); ++i) {
            out += pieces[below(std::size(pieces))];
        }
        return out;
    }

private:
    std::mt19937 engine_;
};

void addUsers(yang::Node home, Random& random)
{
    for (unsigned i = 0; i < random.below(12); ++i) {
        const std::string name = random.name();
        if (home.instance("user", { name })) {
            continue;
        }
        const yang::Node user = home.entry("user", name);
        user.leaf("uid", random.below(3));
        for (const char* group : { "g", "h", "i" }) {
            if (random.chance(50)) {
                user.leaf("group", group);
            }
        }
    }
}

void addPorts(yang::Node home, Random& random)
{
    for (unsigned i = 0; i < random.below(8); ++i) {
        const std::vector<std::string> keys { random.name(), "femto-security-types:tcp", "::1",
            std::to_string(random.below(4)) };
        if (home.instance("port", keys)) {
            continue;
        }
        const yang::Node port = home.entry("port", keys);
        for (const char* owner : { "/usr/bin/it's", "/b\"'" }) {
            if (random.chance(40)) {
                port.entry("owner", { std::string(owner), "root" }).leaf("pid", random.below(5));
            }
        }
    }
}

yang::Tree content(Random& random)
{
    yang::Tree tree;
    addUsers(tree.at(context(), Inventory + "/user-permissions"), random);
    addPorts(tree.at(context(), Inventory + "/open-ports"), random);
    const yang::Node software = tree.at(context(), Inventory + "/software-integrity");
    if (random.chance(50)) {
        software.leaf("secure-boot", random.chance(50) ? "off" : "enforced");
    }
    if (random.chance(50)) {
        software.leaf("booted-image", random.name());
    }
    return tree;
}

std::optional<yang::Node> of(const yang::Tree& tree, const std::string& category)
{
    return tree.find(Inventory + "/" + category);
}

/// As it arrives at the collector.
yang::Tree sent(const yang::Tree& change)
{
    return yang::Tree::parseNotification(context(),
        "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
        "<eventTime>2026-11-24T10:00:00Z</eventTime>"
            + change.print(yang::Format::Xml) + "</notification>");
}

yang::Tree emptyChange()
{
    yang::Tree change;
    const yang::Node top = change.at(context(), "/femto-security:security-change");
    top.leaf("node-id", "n");
    top.leaf("epoch", "8c1f6a5e-5dd7-4b7b-9a38-2f0c9d5e1a11");
    top.leaf("sequence-number", 1);
    return change;
}

} // namespace

TEST_CASE("the edits of a change turn the former content into the new one, whatever changed")
{
    for (unsigned seed = 1; seed <= 150; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        yang::Tree former = content(random);
        const yang::Tree now = content(random);
        yang::Tree change = emptyChange();
        size_t edits = 0;
        for (const char* name : { "user-permissions", "open-ports", "software-integrity" }) {
            edits += agent::addEdits(change.root(),
                { "femto-security-types:" + std::string(name), 1, of(former, name),
                    of(now, name) });
        }
        CHECK((edits == 0) == (former.canonical() == now.canonical()));
        const yang::Tree received = sent(change);
        REQUIRE_NOTHROW(patch::applyEdits(former, received.root()));
        CHECK(former.canonical() == now.canonical());
    }
}

TEST_CASE("a content that is withdrawn or there again is one edit, and an empty one none")
{
    Random random(7);
    yang::Tree tree = content(random);
    const std::string category = "femto-security-types:user-permissions";
    REQUIRE(!of(tree, "user-permissions")->children().empty());
    const std::string before = tree.canonical();
    yang::Tree copy = tree.copy();
    yang::Tree gone = emptyChange();
    CHECK(agent::addEdits(gone.root(), { category, 1, of(tree, "user-permissions"), std::nullopt })
        == 1);
    patch::applyEdits(tree, sent(gone).root());
    CHECK(!of(tree, "user-permissions"));
    yang::Tree back = emptyChange();
    CHECK(agent::addEdits(back.root(), { category, 2, std::nullopt, of(copy, "user-permissions") })
        == 1);
    patch::applyEdits(tree, sent(back).root());
    CHECK(tree.canonical() == before);

    yang::Tree none;
    const yang::Node empty = none.at(context(), Inventory + "/open-ports");
    yang::Tree nothing = emptyChange();
    CHECK(agent::addEdits(nothing.root(), { category, 1, empty, std::nullopt }) == 0);
    CHECK(agent::addEdits(nothing.root(), { category, 1, std::nullopt, empty }) == 0);
}

TEST_CASE("one changed entry among thousands costs one edit, and not much time")
{
    const auto make = [](unsigned last) {
        yang::Tree tree;
        const yang::Node home = tree.at(context(), Inventory + "/software-integrity");
        for (unsigned i = 0; i < 3000; ++i) {
            home.entry("component", "/usr/bin/tool" + std::to_string(i))
                .leaf("size", i == 1500 ? last : i);
        }
        return tree;
    };
    const yang::Tree former = make(1);
    const yang::Tree now = make(2);
    yang::Tree change = emptyChange();
    CHECK(agent::addEdits(change.root(),
              { "femto-security-types:software-integrity", 1, of(former, "software-integrity"),
                  of(now, "software-integrity") })
        == 1);
}

TEST_CASE("each setting that takes sight away is a weakening, and none that gives some")
{
    const auto read = [](const std::string& category, const std::string& more = {}) {
        return agent::readCollection(
            context(), running({ "open-ports" + (category.empty() ? "" : "," + category) }, more));
    };
    using Lines = std::vector<std::string>;
    struct Case {
        std::string before;
        std::string now;
        Lines lines;
    };
    const std::vector<Case> cases {
        { "", R"("enabled":false)", { "open-ports: is disabled" } },
        { R"("sampling-interval":5)", "", { "open-ports: sampling-interval is 30 s, was 5 s" } },
        { R"("mode":"periodic on-change")", R"("mode":"periodic")",
            { "open-ports: is no longer reported on change" } },
        { R"("mode":"periodic on-change")", R"("mode":"on-change")",
            { "open-ports: is no longer reported periodically" } },
        { R"("mode":"periodic","period":60)", R"("mode":"periodic","period":61)",
            { "open-ports: period is 61 s, was 60 s" } },
        { "", R"("dampening-period":21)", { "open-ports: dampening-period is 21 cs, was 20 cs" } },
        { "", R"("sync-on-start":false)",
            { "open-ports: is no longer reported in full at the start" } },
        { "", R"("max-entries":100)", { "open-ports: max-entries is 100, was 20000" } },
        { "", R"("stale-after":301)", { "open-ports: stale-after is 301 s, was 300 s" } },
        { R"("include":["/usr","/opt"])", R"("include":["/usr/bin","/opt"])",
            { R"(open-ports: include "/usr" is removed)" } },
        { "", R"("include":["/usr"])",
            { R"(open-ports: include is only "/usr", was all that is named)" } },
        { R"("exclude":["/tmp"])", R"("exclude":["/tmp/a","/tmpfiles"])",
            { R"(open-ports: exclude "/tmpfiles" is new)" } },
    };
    for (const Case& one : cases) {
        INFO(one.before << " -> " << one.now);
        CHECK(agent::weakenings(read(one.before), read(one.now)) == one.lines);
        if (one.before.find("clude") == std::string::npos) {
            CHECK(agent::weakenings(read(one.now), read(one.before))
                == (one.lines[0].find("include") == std::string::npos
                        ? Lines {}
                        : Lines { R"(open-ports: include "/usr" is removed)" }));
        }
    }
    CHECK(agent::weakenings(read(""), read("", R"("enabled":false)"))
        == Lines { "the collection is disabled" });
    CHECK(agent::weakenings(read(""), read("", R"("heartbeat-interval":0)"))
        == Lines { "there is no heartbeat any more" });
    CHECK(agent::weakenings(read("", R"("heartbeat-interval":0)"), read("")) == Lines {});
    CHECK(agent::weakenings(read(""), read("", R"("report-log-size":999)"))
        == Lines { "report-log-size is 999, was 1000" });
    CHECK(agent::weakenings(read(""), agent::readCollection(context(), running({})))
        == Lines { "open-ports: is removed" });
    CHECK(
        agent::weakenings(read(R"("enabled":false)"), agent::readCollection(context(), running({})))
        == Lines {});
}

#include "common/patch.h"
#include "common/instance_path.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>

namespace {

const yang::Context& context()
{
    static const yang::Context one = schemas::management();
    return one;
}

yang::Tree holder(const std::string& inventory)
{
    return yang::Tree::parse(
        context(), R"({"femto-security:femto-security":{"inventory":{)" + inventory + "}}}");
}

/// A security-change of these edits, as it comes over the wire.
yang::Tree change(const std::string& edits)
{
    return yang::Tree::parseNotification(context(),
        "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
        "<eventTime>2026-11-24T10:00:00Z</eventTime>"
        "<security-change xmlns=\"urn:femtowatch:yang:femto-security\"><node-id>n</node-id>"
        "<epoch>8c1f6a5e-5dd7-4b7b-9a38-2f0c9d5e1a11</epoch><sequence-number>2</sequence-number>"
            + edits + "</security-change></notification>");
}

std::string edit(
    const std::string& operation, const std::string& target, const std::string& content = {})
{
    return "<edit><edit-id>1</edit-id><operation>" + operation + "</operation><target>" + target
        + "</target>"
        + (content.empty() ? ""
                           : "<value><femto-security><inventory>" + content
                    + "</inventory></femto-security></value>")
        + "</edit>";
}

std::string applied(yang::Tree& tree, const std::string& edits)
{
    const yang::Tree notification = change(edits);
    try {
        patch::applyEdits(tree, notification.root());
    } catch (const yang::Error& error) {
        return error.what();
    }
    return "";
}

const std::string Base = "/femto-security:femto-security/inventory/";
const std::string Groups = R"("user-permissions":{"group":[{"name":"a","gid":1},{"name":"b"}]})";

} // namespace

TEST_CASE("edits create, replace and delete entries and leafs")
{
    yang::Tree tree = holder(Groups);
    const std::string said = applied(tree,
        edit("create", Base + "user-permissions/group[name='c']",
            "<user-permissions><group><name>c</name><gid>3</gid></group></user-permissions>"));
    CHECK(said == "");
    CHECK(applied(tree,
              edit("replace", Base + "user-permissions/group[name='a']",
                  "<user-permissions><group><name>a</name><gid>7</gid></group></user-permissions>"))
        == "");
    CHECK(applied(tree, edit("delete", Base + "user-permissions/group[name='b']")) == "");
    CHECK(applied(tree,
              edit("create", Base + "software-integrity/secure-boot",
                  "<software-integrity><secure-boot>off</secure-boot></software-integrity>"))
        == "");
    CHECK(tree.canonical()
        == holder(R"("user-permissions":{"group":[{"name":"c","gid":3},{"name":"a","gid":7}]},
                     "software-integrity":{"secure-boot":"off"})")
               .canonical());
    CHECK(applied(tree, edit("delete", Base + "software-integrity/secure-boot")) == "");
    CHECK(applied(tree, edit("delete", Base + "user-permissions")) == "");
    CHECK(tree.canonical() == holder("").canonical());
    CHECK(applied(tree,
              edit("create", Base + "user-permissions",
                  "<user-permissions><group><name>c</name></group></user-permissions>"))
        == "");
    CHECK(tree.canonical() == holder(R"("user-permissions":{"group":[{"name":"c"}]})").canonical());
}

TEST_CASE("an edit that does not fit is refused")
{
    struct Case {
        std::string edits;
        std::string why;
    };
    const std::vector<Case> cases {
        { edit("delete", Base + "user-permissions/group[name='x']"), "it is not there" },
        { edit("replace", Base + "user-permissions/group[name='x']",
              "<user-permissions><group><name>x</name></group></user-permissions>"),
            "it is not there" },
        { edit("create", Base + "user-permissions/group[name='a']",
              "<user-permissions><group><name>a</name></group></user-permissions>"),
            "it is there" },
        { edit("create", Base + "user-permissions",
              "<user-permissions><group><name>c</name></group></user-permissions>"),
            "it is there" },
        { edit("replace", Base + "user-permissions/group[name='a']",
              "<user-permissions><group><name>b</name></group></user-permissions>"),
            "the value is of another entry" },
        { edit("replace", Base + "user-permissions/group[name='a']",
              "<user-permissions><group><name>a</name></group><group><name>b</name></group>"
              "</user-permissions>"),
            "the value holds more than the target" },
        { edit("replace", Base + "user-permissions/group[name='a']", "<open-ports/>"),
            "the value holds more than the target" },
        { edit("replace", Base + "user-permissions/group[name='a']"), "there is no value" },
        { edit("delete", Base + "user-permissions/group[name='a']", "<user-permissions/>"),
            "there is a value" },
        { edit("delete", Base + "user-permissions/group"), "no keys of list group" },
        { edit("delete", "/femto-security:femto-security/collection/enabled"),
            "not a category, nor an entry or leaf of one" },
        { edit("delete", "/femto-security:femto-security/inventory"),
            "not a category, nor an entry or leaf of one" },
        { edit("delete", Base + "user-permissions/group[name='a'"), "no ]" },
    };
    for (const auto& [edits, why] : cases) {
        yang::Tree tree = holder(Groups);
        const std::string before = tree.canonical();
        CHECK_THAT(applied(tree, edits), Catch::Contains(why));
        CHECK(tree.canonical() == before);
    }
}

TEST_CASE("a key of any characters is written and read as a path")
{
    const std::string name
        = GENERATE(as<std::string> {}, "plain", "it's", "say \"x\"", "it's \"both\"", "back\\slash",
            "it's \\ both", "it's \\\\\" all", "][", "a/b", "\\\"'", "\xc3\xa9");
    yang::Tree tree = holder("");
    const yang::Node user
        = tree.root().container("inventory").container("user-permissions").entry("user", name);
    const std::string path = instance_path::of(user);
    INFO(path);
    const auto steps = instance_path::parse(path);
    REQUIRE(steps.size() == 4);
    CHECK(steps[0].module == "femto-security");
    CHECK(steps[3].module == "femto-security");
    CHECK(steps[3].keys == user.keys());
    CHECK(steps[3].keys[0].second == name);
}

TEST_CASE("a path that is none is refused")
{
    const std::string path
        = GENERATE(as<std::string> {}, "", "/", "a", "/a", "/m:", "/m:a/", "/m:a[b]", "/m:a[b='c]",
            "/m:a[b=\"c]", "/m:a[b='c'", "/m:a[b='c']x", "/m:a[='c']", "//m:a", "/m:a b", "/1:a");
    CHECK_THROWS_AS(instance_path::parse(path), yang::Error);
}

TEST_CASE("a full report replaces the categories that it names and no others")
{
    yang::Tree tree = holder(Groups + R"(,"software-integrity":{"secure-boot":"off"})");
    const yang::Tree report = yang::Tree::parseNotification(context(),
        "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
        "<eventTime>2026-11-24T10:00:00Z</eventTime>"
        "<security-report xmlns=\"urn:femtowatch:yang:femto-security\""
        " xmlns:t=\"urn:femtowatch:yang:femto-security-types\"><node-id>n</node-id>"
        "<epoch>8c1f6a5e-5dd7-4b7b-9a38-2f0c9d5e1a11</epoch><sequence-number>2</sequence-number>"
        "<category><type>t:user-permissions</type><status>t:collected</status></category>"
        "<category><type>t:open-ports</type><status>t:collected</status></category>"
        "<inventory><user-permissions><group><name>z</name><member>x</member><member>y</member>"
        "</group></user-permissions></inventory></security-report></notification>");
    patch::applyReport(tree, report.root());
    CHECK(tree.canonical()
        == holder(R"("user-permissions":{"group":[{"name":"z","member":["x","y"]}]},
                     "software-integrity":{"secure-boot":"off"})")
               .canonical());
}

TEST_CASE("the digest of a content that is empty is that of one that is not there")
{
    yang::Tree tree = holder("");
    const yang::Node inventory = tree.root().container("inventory");
    const std::string category = "femto-security-types:open-ports";
    const std::string none = patch::contentDigest(inventory, category);
    CHECK(none.size() == 64);
    inventory.container("open-ports");
    CHECK(patch::contentDigest(inventory, category) == none);
    CHECK(patch::contentDigest(inventory, "femto-security-types:remote-login") != none);
}

TEST_CASE("a default value that is given has the digest of one that is implied")
{
    const auto digest = [](const std::string& collection) {
        const yang::Tree tree = yang::Tree::parseConfig(
            context(), R"({"femto-security:femto-security":{"collection":{)" + collection + "}}}");
        return patch::collectionDigest(*tree.find("/femto-security:femto-security/collection"));
    };
    CHECK(digest("") == digest(R"("enabled":true,"heartbeat-interval":60)"));
    CHECK(digest("") != digest(R"("heartbeat-interval":61)"));
    const std::string category = R"("category":[{"type":"femto-security-types:open-ports")";
    CHECK(digest(category + "}]") == digest(category + R"(,"mode":"on-change"}])"));
    CHECK(digest(category + "}]") != digest(category + R"(,"exclude":["/a"]}])"));
    CHECK(digest(category + R"(,"exclude":["/b","/a"]}])")
        != digest(category + R"(,"exclude":["/a","/b"]}])"));
}

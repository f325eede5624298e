#include "collector/worker/unknown_identities.h"
#include "bench.h"

#include <catch2/catch.hpp>

using bench::context;

TEST_CASE("identities without a module are cut out of the text, and nothing else is")
{
    const std::string types = "urn:femtowatch:yang:femto-security-types";
    const std::string head = "<a xmlns=\"urn:femtowatch:yang:femto-security\" xmlns:v=\"urn:v\" "
                             "xmlns:t=\""
        + types + "\">";
    std::set<std::string> lost;
    const auto cut = [&](const std::string& inner) {
        lost.clear();
        const std::string out
            = collector::withoutUnknownIdentities(context(), head + inner + "</a>", lost);
        REQUIRE(out.size() >= head.size() + 4);
        return out.substr(head.size(), out.size() - head.size() - 4);
    };
    CHECK(cut("<category><type>v:x</type></category><b/>") == "<b/>");
    CHECK(lost == std::set<std::string> { "\"urn:v:x\"" });
    CHECK(cut("<b/><category> v:x </category><category>t:open-ports</category>")
        == "<b/><category>t:open-ports</category>");
    CHECK(cut("<edit><value><extension><category>v:x</category></extension></value>"
              "<category>v:x</category></edit>")
              .empty());
    CHECK(cut("<c xmlns=\"urn:other\"><type>v:x</type></c>")
        == "<c xmlns=\"urn:other\"><type>v:x</type></c>");
    CHECK(cut("<category><type xmlns:v=\"" + types + "\">v:x</type></category>")
        != ""); // not of an unknown module: an error of the node
    CHECK(lost.empty());
    // Without a prefix, with one that nothing declares, and too long to be an identity.
    for (const std::string& type :
        { std::string("x"), std::string("w:x"), "v:" + std::string(4096, 'x') }) {
        CAPTURE(type);
        const std::string entry = "<category><type>" + type + "</type></category>";
        CHECK(cut(entry) == entry);
        CHECK(lost.empty());
    }
    CHECK(collector::withoutUnknownIdentities(context(), "<a><b></a>", lost) == "<a><b></a>");
    std::string deep;
    for (int i = 0; i < 2000; ++i) {
        deep += "<c>";
    }
    deep = head + "<category><type>v:x</type></category>" + deep;
    CHECK(collector::withoutUnknownIdentities(context(), deep, lost) == deep);
    CHECK(lost.empty());
    const std::string bomb
        = "<!DOCTYPE a [<!ENTITY x \"y\">]>" + head + "<category><type>v:&x;</type></category></a>";
    CHECK(collector::withoutUnknownIdentities(context(), bomb, lost) == bomb);
}

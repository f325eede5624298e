#include "agent/server/monitoring.h"
#include "tests/server/peer.h"

#include "common/yang_internal.h"

#include <catch2/catch.hpp>
#include <map>

TEST_CASE("every module of yang-library can be fetched, and they make a context by themselves")
{
    std::map<std::string, std::string> texts;
    std::vector<std::string> implemented;
    uint32_t index = 0;
    while (const lys_module* const module = ly_ctx_get_module_iter(serverContext().raw(), &index)) {
        const std::optional<std::string> revision
            = module->revision ? std::optional<std::string>(module->revision) : std::nullopt;
        texts[module->name]
            = agent::schemaText(serverContext(), module->name, revision, std::nullopt);
        if (module->implemented) {
            implemented.emplace_back(module->name);
        }
    }
    CHECK(texts.size() > 15);
    std::vector<yang::Module> library;
    library.reserve(texts.size());
    for (const auto& [name, text] : texts) {
        library.push_back({ name.c_str(), text.c_str() });
    }
    yang::Context context { library };
    for (const std::string& name : implemented) {
        CAPTURE(name);
        CHECK_NOTHROW(context.implement(name));
    }
}

TEST_CASE("get-schema answers with text, or why not")
{
    Node node;
    Peer peer(node, "eng");
    const auto schema = [&](const std::string& content) {
        return peer.call(
            "<get-schema xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\">" + content
            + "</get-schema>");
    };
    const std::string text = schema("<identifier>femto-security</identifier>");
    const std::string begin = "<data xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\">"
                              "module femto-security {\n";
    CHECK(text.compare(0, begin.size(), begin) == 0);
    CHECK(schema("<identifier>femto-security</identifier><version>2026-11-24</version>"
                 "<format>yang</format>")
        == text);
    const auto error = [](const std::string& message) {
        return "<rpc-error><error-type>application</error-type><error-tag>invalid-value</error-tag>"
               "<error-severity>error</error-severity><error-message xml:lang=\"en\">"
            + message + "</error-message></rpc-error>";
    };
    CHECK(schema("<identifier>nope</identifier>") == error("there is no schema &quot;nope&quot;"));
    CHECK(schema("<identifier>femto-security</identifier><version>2001-01-01</version>")
        == error("there is no schema &quot;femto-security&quot; of version "
                 "&quot;2001-01-01&quot;"));
    CHECK(schema("<identifier>femto-security</identifier><format>yin</format>")
        == error("schemas are given in format yang, not ietf-netconf-monitoring:yin"));
}

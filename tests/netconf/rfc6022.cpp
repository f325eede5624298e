#include "agent/server/monitoring.h"
#include "common/yang_internal.h"
#include "tests/netconf/identity.h"
#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>
#include <map>

TEST_CASE("RFC 6022, 2.1: netconf-state tells sessions, locks and counters")
{
    Node node;
    Peer one(node, "eng");
    Peer two(node, "sec");
    CHECK(two.call("<lock><target><running/></target></lock>") == "<ok/>");
    CHECK(one.call("<frobnicate/>").find("operation-not-supported") != std::string::npos);
    const std::string Monitoring = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring";
    const std::string Ssh = identityLeaf("transport", "ncm", Monitoring, "netconf-ssh");
    const std::string begin = "<data><netconf-state xmlns=\"urn:ietf:params:xml:ns:yang:ietf-"
                              "netconf-monitoring\">";
    CHECK(timeless(get(one, xpath("/m:netconf-state/m:sessions | /m:netconf-state/m:datastores")))
        == begin
            + "<datastores><datastore><name>running</name><locks><global-lock><locked-by-session>2"
              "</locked-by-session><locked-time>TIME</locked-time></global-lock></locks></"
              "datastore>"
              "<datastore><name>candidate</name></datastore></"
              "datastores><sessions><session><session-id>1</session-id>"
            + Ssh
            + "<username>eng</username><source-host>192.0.2.7</source-host><login-time>"
              "TIME</login-time><in-rpcs>1</in-rpcs><in-bad-rpcs>1</in-bad-rpcs><out-rpc-errors>1"
              "</out-rpc-errors><out-notifications>0</out-notifications></session><session>"
              "<session-id>2</session-id>"
            + Ssh
            + "<username>sec</username>"
              "<source-host>192.0.2.7</source-host><login-time>TIME</login-time><in-rpcs>1</"
              "in-rpcs>"
              "<in-bad-rpcs>0</in-bad-rpcs><out-rpc-errors>0</out-rpc-errors><out-notifications>0"
              "</out-notifications></session></sessions></netconf-state></data>");
    CHECK(two.call("<close-session/>") == "<ok/>");
    CHECK(timeless(get(one, xpath("/m:netconf-state/m:statistics")))
        == begin
            + "<statistics><netconf-start-time>TIME</netconf-start-time><in-bad-hellos>0"
              "</in-bad-hellos><in-sessions>2</in-sessions><dropped-sessions>0</dropped-sessions>"
              "<in-rpcs>4</in-rpcs><in-bad-rpcs>1</in-bad-rpcs><out-rpc-errors>1</out-rpc-errors>"
              "<out-notifications>0</out-notifications></statistics></netconf-state></data>");
    CHECK(get(one, xpath("/m:netconf-state/m:schemas/m:schema[m:identifier='femto-security']"))
        == begin
            + "<schemas><schema><identifier>femto-security</identifier><version>2026-11-24</"
              "version>"
            + identityLeaf("format", "ncm", Monitoring, "yang")
            + "<namespace>urn:femtowatch:yang:femto-security</namespace>"
              "<location>NETCONF</location></schema></schemas></netconf-state></data>");
}

TEST_CASE("RFC 6022, 3.1: get-schema answers with text, or why not")
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
        return rpcError("application", "invalid-value", message);
    };
    CHECK(schema("<identifier>nope</identifier>") == error("there is no schema &quot;nope&quot;"));
    CHECK(schema("<identifier>femto-security</identifier><version>2001-01-01</version>")
        == error("there is no schema &quot;femto-security&quot; of version "
                 "&quot;2001-01-01&quot;"));
    CHECK(schema("<identifier>femto-security</identifier><format>yin</format>")
        == error("schemas are given in format yang, not ietf-netconf-monitoring:yin"));
}

TEST_CASE("RFC 6022, 3.1: every module of yang-library can be fetched, and they make a context by "
          "themselves")
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

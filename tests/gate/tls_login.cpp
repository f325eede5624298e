// Who gets in over TLS, and as whom (RFC 7589, sections 5 and 7; RFC 7407).
#include "tests/gate/tls_client.h"

#include <catch2/catch.hpp>

using namespace gate_test;
using netconf_frame::encode;
using netconf_frame::Framing;

namespace {

Issued named(const Issued& ca, const std::string& commonName, const std::string& alternative = {})
{
    Wish wish;
    wish.name = commonName;
    wish.alternative = alternative;
    return issue(wish, &ca);
}

} // namespace

TEST_CASE("a client with a certificate logs in and talks base:1.1 to the server, over TLS")
{
    const Issued ca = authority("ca");
    const Issued client = named(ca, "smf");
    TlsAgent agent({ anchor(ca), mapping(1, ca.fingerprint(), "common-name") });
    for (const int version : { TLS1_2_VERSION, TLS1_3_VERSION }) {
        auto [peer, server] = login(agent, client, {}, { version, version });
        CHECK(server.user == "smf");
        CHECK(server.address == "127.0.0.1");
        CHECK(server.kind == "listen");
        CHECK(server.transport == "tls");
        peer.write(encode(Framing::Chunked, "<rpc message-id=\"1\"/>"));
        CHECK(server.receive() == "<rpc message-id=\"1\"/>");
        server.send("<rpc-reply message-id=\"1\"/>");
        CHECK(peer.receive() == "<rpc-reply message-id=\"1\"/>");
    }
}

TEST_CASE("the name is read as the map type says")
{
    const Issued ca = authority("ca");
    const Issued all = named(
        ca, "Jo Doe", "URI:urn:x,IP:192.0.2.1,email:Jo.Doe@Example.COM,DNS:SMF.Example.COM,DNS:b");
    const Issued v6 = named(ca, "", "IP:2001:db8::1");
    struct Row {
        const char* map;
        const char* user;
    };
    for (const auto& [map, user] : { Row { "specified", "ann" }, Row { "common-name", "Jo Doe" },
             Row { "san-rfc822-name", "Jo.Doe@example.com" },
             Row { "san-dns-name", "smf.example.com" }, Row { "san-ip-address", "192.0.2.1" },
             Row { "san-any", "192.0.2.1" } }) {
        CAPTURE(map);
        TlsAgent agent({ anchor(ca), mapping(1, ca.fingerprint(), map, "ann") });
        CHECK(userOf(agent, all) == user);
        if (std::string(map) == "san-ip-address") {
            CHECK(userOf(agent, v6) == "20010db8000000000000000000000001");
        }
        if (std::string(map) == "common-name" || std::string(map) == "san-dns-name") {
            CHECK(userOf(agent, v6) == "refused");
        }
    }
}

TEST_CASE("entries are tried by id until one gives a name")
{
    const Issued ca = authority("ca");
    const Issued client = named(ca, "cn", "email:not-an-address,DNS:dns");
    const Issued other = named(ca, "other");
    TlsAgent agent({ anchor(ca), mapping(30, ca.fingerprint(), "common-name"),
        mapping(20, ca.fingerprint(), "san-dns-name"),
        mapping(5, other.fingerprint(), "specified", "chosen"),
        mapping(10, ca.fingerprint(), "san-rfc822-name") });
    CHECK(userOf(agent, client) == "dns");
    CHECK(userOf(agent, other) == "chosen");
    CHECK(userOf(agent, named(ca, "third")) == "third");
    CHECK(userOf(agent, named(ca, "")) == "refused");
    CHECK(userOf(agent, named(ca, "with\nnewline")) == "refused");
    CHECK(userOf(agent, named(ca, std::string("a\0b", 3))) == "refused");
}

TEST_CASE("the fingerprint may be of any certificate of the chain, by each of the hashes")
{
    const Issued root = authority("root");
    const Issued between = authority("between", &root);
    const Issued client = named(between, "smf");
    for (const Issued* const one : { &root, &between, &client }) {
        for (const EVP_MD* const hash : { EVP_sha256(), EVP_sha384(), EVP_sha512() }) {
            TlsAgent agent({ anchor(root), mapping(1, one->fingerprint(hash), "common-name") });
            CHECK(userOf(agent, client, { &between }) == "smf");
        }
    }
    const Issued stranger = authority("stranger");
    TlsAgent agent({ anchor(root), mapping(1, stranger.fingerprint(), "common-name"),
        mapping(2, "02:" + root.fingerprint().substr(3), "common-name") });
    // What is sent along and is no part of the verified chain does not count.
    CHECK(userOf(agent, client, { &between, &stranger }) == "refused");
}

TEST_CASE("a certificate must lead to an anchor, be valid, and be a client's")
{
    const Issued ca = authority("ca");
    const Issued other = authority("ca"); // of the same name
    TlsAgent agent({ anchor(ca), mapping(1, ca.fingerprint(), "common-name"),
        mapping(2, other.fingerprint(), "common-name") });
    const auto user
        = [&](const Wish& wish, const Issued& by) { return userOf(agent, issue(wish, &by)); };
    CHECK(user({ .name = "good" }, ca) == "good");
    CHECK(user({ .name = "any purpose", .purpose = "" }, ca) == "any purpose");
    CHECK(user({ .name = "expired", .until = -1 }, ca) == "refused");
    CHECK(user({ .name = "too early", .from = 1800 }, ca) == "refused");
    CHECK(user({ .name = "server", .purpose = "serverAuth" }, ca) == "refused");
    CHECK(user({ .name = "foreign" }, other) == "refused");
    CHECK(userOf(agent, issue({ .name = "alone" }, nullptr)) == "refused");
    const Issued noCa = issue({ .name = "no CA" }, &ca);
    CHECK(userOf(agent, issue({ .name = "below no CA" }, &noCa), { &noCa }) == "refused");
    const Issued between = authority("between", &ca);
    CHECK(userOf(agent, issue({ .name = "deep" }, &between)) == "refused"); // chain not sent
    CHECK(userOf(agent, issue({ .name = "deep" }, &between), { &between }) == "deep");
    for (const int version : { TLS1_2_VERSION, TLS1_3_VERSION }) {
        TlsClient none(connectTo(agent.tlsPort), nullptr, {}, { version, version });
        none.connect();
        CHECK(none.ends());
    }
    CHECK(agent.noSession(milliseconds(0)));
}

TEST_CASE("an anchor may be a CA within a chain")
{
    const Issued root = authority("root");
    const Issued between = authority("between", &root);
    TlsAgent agent({ anchor(between), mapping(1, between.fingerprint(), "common-name") });
    CHECK(userOf(agent, named(between, "below")) == "below");
    CHECK(userOf(agent, named(root, "beside")) == "refused");
}

TEST_CASE("a certificate that is pinned needs no anchor, and is none itself")
{
    const Issued ca = authority("ca");
    const Issued self = issue({ .name = "self" }, nullptr);
    const Issued issued = issue({ .name = "issued" }, &ca);
    const Issued pinnedCa = authority("pinned ca");
    const Issued old = issue({ .name = "old", .until = -1 }, nullptr);
    TlsAgent agent({ pinned(self), pinned(issued), pinned(pinnedCa), pinned(old),
        mapping(1, self.fingerprint(), "common-name"),
        mapping(2, issued.fingerprint(), "common-name"),
        mapping(3, pinnedCa.fingerprint(), "common-name"),
        mapping(4, old.fingerprint(), "common-name") });
    CHECK(userOf(agent, self) == "self");
    CHECK(userOf(agent, issued) == "issued");
    CHECK(userOf(agent, issued, { &ca }) == "issued");
    CHECK(userOf(agent, named(pinnedCa, "below")) == "refused");
    CHECK(userOf(agent, named(pinnedCa, "below"), { &pinnedCa }) == "refused");
    CHECK(userOf(agent, old) == "refused");
    CHECK(userOf(agent, issue({ .name = "self" }, nullptr)) == "refused");
}

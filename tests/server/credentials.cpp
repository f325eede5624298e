#include "tests/server/peer.h"

#include <catch2/catch.hpp>

namespace {

const std::string Access = "urn:femtowatch:yang:femto-agent-access";

/// One user who may do everything.
const char* const Startup = R"({"ietf-netconf-acm:nacm":{"enable-nacm":false}})";

std::string user(const std::string& algorithm, const std::string& key)
{
    return edit("<agent-access xmlns=\"" + Access
        + "\"><user><name>ann</name><authorized-key><name>laptop</name><algorithm>" + algorithm
        + "</algorithm><public-key>" + key
        + "</public-key></authorized-key></user></agent-access>");
}

std::string anchor(const std::string& list, const std::string& der)
{
    return edit("<agent-access xmlns=\"" + Access + "\"><tls><" + list
        + "><name>operator</name><certificate>" + der + "</certificate></" + list
        + "></tls></agent-access>");
}

std::string refused(const std::string& path, const std::string& message)
{
    return rpcError("application", "invalid-value", message, {}, {},
        "faa=\"" + Access + "\">/faa:agent-access" + path);
}

/// Self-signed, P-256; made by openssl req for this test, its key is gone.
const std::string Certificate
    = "MIIBbDCCAROgAwIBAgIUBvg/yZjSzhYJIzfg+0OU4eg1+N4wCgYIKoZIzj0EAwIwDDEKMAgGA1UE"
      "AwwBdDAeFw0yNjExMjgwMzI4MjFaFw0zNjExMjUwMzI4MjFaMAwxCjAIBgNVBAMMAXQwWTATBgcq"
      "hkjOPQIBBggqhkjOPQMBBwNCAAQvWoDY7gpUJT1rl38NisCkxv/J1drkJhaY9PvkvIpMwMEsrJ/m"
      "cw4hqA4w86/Tjsy8QQulQsJnBPHYcoujTCwVo1MwUTAdBgNVHQ4EFgQUmCTqBZyFtLVhE0BoHuMM"
      "+U0vyHMwHwYDVR0jBBgwFoAUmCTqBZyFtLVhE0BoHuMM+U0vyHMwDwYDVR0TAQH/BAUwAwEB/zAK"
      "BggqhkjOPQQDAgNHADBEAiA4uKRoH4b+1ewBAztklDSHZuD3Ihq5WCf++xZIX9ACIAIgaAUA7paS"
      "yGnbB/Ig0WYxXOgEjJp1XCqwx2oYweUwPi4=";

} // namespace

TEST_CASE("a key or certificate that is none is refused, and named")
{
    Node node(Startup);
    Peer peer(node, "sec");
    const std::string key = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
    const std::string path = "/faa:user[faa:name='ann']/faa:authorized-key[faa:name='laptop']"
                             "/faa:public-key";
    const std::string wanted = ": the second field of a public-key file is wanted";
    CHECK(peer.call(user("ssh-rsa", key))
        == refused(path, "public-key of &quot;laptop&quot; is not of ssh-rsa" + wanted));
    // the first line of a private key's file
    const std::string secret = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB";
    CHECK(peer.call(user("ssh-ed25519", secret))
        == refused(path, "public-key of &quot;laptop&quot; is not of ssh-ed25519" + wanted));
    CHECK(peer.call(user("ssh-ed25519", key)) == "<ok/>");

    for (const std::string list : { "trust-anchor", "client-certificate" }) {
        const std::string none
            = refused("/faa:tls/faa:" + list + "[faa:name='operator']/faa:certificate",
                list + " &quot;operator&quot; is no X.509 certificate in DER");
        CHECK(peer.call(anchor(list, Certificate.substr(0, Certificate.size() - 8))) == none);
        CHECK(peer.call(anchor(list, Certificate.substr(0, 100))) == none);
        CHECK(peer.call(anchor(list, Certificate)) == "<ok/>");
    }
}

// The key was made for this test, and its fingerprint printed, by ssh-keygen of OpenSSH 9.2.
#include "agent/prober/authorized_keys.h"

#include <catch2/catch.hpp>

using agent::authorizedKeyFiles;
using agent::parseAuthorizedKeys;

namespace {

const std::string Blob = "AAAAC3NzaC1lZDI1NTE5AAAAIB52TdrtsAWcJEiRLstfU9ZwpWbIXKl3hNG8sf0S5iol";
const std::string Key = "ssh-ed25519 " + Blob;
const std::string Fingerprint = "SHA256:0qRnB6Z0vBgRcWWMMnM13YqIg1YygFHVIH9bd5w5V8s";

} // namespace

TEST_CASE("a key is found with comments, options and blanks around it")
{
    const std::string line = GENERATE(as<std::string>(), Key, Key + " ann@home of ann",
        "\t " + Key + "\r", "ssh-ed25519\t" + Blob, "restrict " + Key,
        "from=\"10.0.0.0/8, *.lan\",no-pty \t" + Key, "command=\"echo \\\"a b\\\" c\" " + Key);
    CAPTURE(line);
    const agent::AuthorizedKeys keys = parseAuthorizedKeys(line + "\n");
    CHECK(keys.fingerprints == std::vector<std::string> { Fingerprint });
    CHECK(keys.unreadable.empty());
}

TEST_CASE("a line that is no key has its number told, and the next one counts")
{
    const std::string line
        = GENERATE(as<std::string>(), "ssh-ed25519", "ssh-ed25519 !!!!", "ssh-ed25519 AAAA",
            "ssh-rsa " + Blob, // another type than it says
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", // nothing behind the type
            "command=\"a b " + Key, // quotes that do not end
            "environment=\"A=\\\\\",no-pty " + Key, // the second backslash is before them
            "no-pty,restrict", Blob);
    CAPTURE(line);
    const agent::AuthorizedKeys keys
        = parseAuthorizedKeys("# keys\n\n" + line + "\n" + Key + "\n  # end");
    CHECK(keys.fingerprints == std::vector<std::string> { Fingerprint });
    CHECK(keys.unreadable == std::vector<size_t> { 3 });
}

TEST_CASE("AuthorizedKeysFile names files of a user by its tokens")
{
    using Files = std::vector<std::string>;
    CHECK(authorizedKeyFiles(".ssh/a  %h/b /etc/keys/%u.%U none", "ann", 1000, "/home/ann")
        == Files { "/home/ann/.ssh/a", "/home/ann/b", "/etc/keys/ann.1000" });
    CHECK(authorizedKeyFiles("/a%%u /b%x /c%", "ann", 1000, "/home/ann")
        == Files { "/a%u", "/b%x", "/c%" });
    CHECK(authorizedKeyFiles("none", "ann", 1000, "/home/ann").empty());
}

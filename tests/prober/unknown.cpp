// What could not be looked at is left unsaid, and said to be so in each reading.
#include "agent/prober/hash_cache.h"
#include "agent/prober/package_owner.h"
#include "agent/prober/probe.h"
#include "agent/prober/vendor/facts.h"
#include "tests/slurp.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>

namespace fs = std::filesystem;

namespace {

const std::string User
    = "/femto-security:femto-security/inventory/user-permissions/user[name='ann']";

/// Values of a leaf of user ann, after `change` was made to a system on which she is an operator
/// with a key and without a password.
std::vector<std::string> ofAnn(
    const std::string& leaf, const std::function<void(const fs::path&)>& change)
{
    const TemporaryFolder folder;
    for (const char* each : { "etc/ssh", "bin", "home/ann/.ssh" }) {
        fs::create_directories(folder.path / each);
    }
    std::ofstream(folder.path / "etc/passwd")
        << "root:x:0:0::/root:/bin/sh\nann:x:1001:1001::/home/ann:/bin/sh\n";
    std::ofstream(folder.path / "etc/shadow") << "root:*:1::::::\nann:*:1::::::\n";
    std::ofstream(folder.path / "etc/group") << "root:x:0:\nann:x:1001:\n";
    std::ofstream(folder.path / "etc/sudoers") << "root ALL=(ALL) ALL\n";
    std::ofstream(folder.path / "etc/ssh/sshd_config") << "PermitRootLogin no\n";
    std::ofstream(folder.path / "bin/sh") << "#!";
    fs::permissions(folder.path / "bin/sh", fs::perms::owner_all);
    fs::permissions(folder.path / "etc/sudoers", fs::perms::owner_read);
    change(folder.path);
    const yang::Context context = schemas::prober();
    agent::HashCache hashes;
    const agent::Probe* probe = nullptr;
    for (const agent::Probe& one : agent::probes()) {
        probe = std::string_view(one.name) == "user-permissions" ? &one : probe;
    }
    REQUIRE(probe);
    const agent::Root root(folder.path);
    agent::Facts facts(root, context, agent::Vendor());
    const agent::Result result = agent::run(*probe, root, {}, hashes, facts, context);
    std::vector<std::string> values;
    for (const yang::Node& node : result.tree.select(User + "/" + leaf)) {
        values.push_back(node.value());
    }
    return values;
}

void unreadable(const fs::path& file)
{
    fs::remove(file);
    fs::create_directory(file);
}

using Values = std::vector<std::string>;

} // namespace

TEST_CASE("nobody is said to be unprivileged where rules or groups could not be read")
{
    CHECK(ofAnn("privileged", [](const fs::path&) {}) == Values { "false" });
    for (const char* file : { "etc/group", "etc/sudoers" }) {
        INFO(file);
        CHECK(ofAnn("privileged", [&](const fs::path& root) { unreadable(root / file); }).empty());
    }
}

TEST_CASE("nobody is said to be without login where keys could not be looked for")
{
    CHECK(ofAnn("login-enabled", [](const fs::path&) {}) == Values { "false" });
    CHECK(ofAnn("login-enabled", [](const fs::path& root) {
        unreadable(root / "home/ann/.ssh/authorized_keys");
    }).empty());
    CHECK(ofAnn("login-enabled", [](const fs::path& root) {
        std::ofstream(root / "etc/ssh/sshd_config") << "AuthorizedKeysFil /keys/%u\n";
    }).empty());
}

TEST_CASE("a list of files that cannot be read is a failure each time a package is missed")
{
    const TemporaryFolder folder;
    const fs::path info = folder.path / "var/lib/dpkg/info";
    fs::create_directories(info / "odd.list");
    std::ofstream(info / "good.list") << "/usr/bin/good\n";
    const yang::Context context = schemas::prober();
    yang::Tree tree;
    const agent::Root root(folder.path);
    agent::HashCache hashes;
    const agent::Settings settings;
    for (int i = 0; i < 2; ++i) {
        agent::Reading reading { root,
            tree.at(context, "/femto-security:femto-security/inventory/running-processes"),
            settings, hashes };
        const Values owners = agent::packageOwners(reading, { "/usr/bin/good", "/usr/bin/lost" });
        CHECK(owners == Values { "good", "" });
        REQUIRE(reading.failures.size() == 1);
        CHECK(reading.failures[0].source == "/var/lib/dpkg/info/odd.list");
        agent::Reading content { root, reading.out, settings, hashes };
        CHECK(agent::packageOwners(content, { "/usr/bin/good" }) == Values { "good" });
        CHECK(content.failures.empty());
    }
}

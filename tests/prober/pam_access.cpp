// Each of these was tried with pam_access 1.5.2.
#include "agent/prober/pam_access.h"
#include "tests/slurp.h"

#include <catch2/catch.hpp>

namespace {

struct Case {
    std::string text;
    std::string origin;
    bool admits;
};

} // namespace

TEST_CASE("access.conf admits whom pam_access admits")
{
    const auto [text, origin, admits] = GENERATE(Case { "-:root:ALL\n", "10.1.1.1", false },
        Case { "-:root:ALL", "10.1.1.1", true }, Case { "-:root:0.0.0.0/0\n", "10.1.1.1", true },
        Case { "-:root:0.0.0.0/0\n", "0.0.0.0", false },
        Case { "-:ALL EXCEPT root:ALL\n", "10.1.1.1", true },
        Case { "-:root:ALL EXCEPT LOCAL\n", "10.1.1.1", false },
        Case { "-:ALL EXCEPT wheel (root):ALL\n", "10.1.1.1", true },
        Case { "-:ROOT:10.1. 2001:db8::/32\n", "10.1.1.1", false },
        Case { "-:ROOT:10.1. 2001:db8::/32\n", "10.11.1.1", true },
        Case { "-:ROOT:10.1. 2001:db8::/32\n", "2001:db8::5", false },
        Case { "-:ROOT:10.1. 2001:db8::/32\n", "2001:db9::5", true },
        Case { " -:root:ALL\n", "10.1.1.1", true }, Case { "- : root : ALL\n", "10.1.1.1", false },
        Case { ":-:root:ALL\n", "10.1.1.1", false }, Case { ":+:root:ALL\n", "10.1.1.1", false },
        Case { "#" + std::string(8190, 'x') + "-:root:ALL\n", "10.1.1.1", false },
        Case { "#" + std::string(9000, 'x') + "\n-:root:ALL\n", "10.1.1.1", false },
        Case { "-:root@ALL:ALL\n", "10.1.1.1", false }, Case { "-:@net:ALL\n", "10.1.1.1", true },
        Case { "-:root,bin:ALL\n", "10.1.1.1", false },
        Case { "-:root:.example.com\n", "a.example.com", false },
        Case { "-:root:.example.com\n", "example.com", true },
        Case { "-:root:ALL EXCEPT 10.0.0.0/8 EXCEPT 10.1.0.0/16\n", "10.1.1.1", false },
        Case { "-:root:ALL EXCEPT 10.0.0.0/8 EXCEPT 10.1.0.0/16\n", "10.2.1.1", true },
        Case { "-:root:ALL EXCEPT 10.0.0.0/8 EXCEPT 10.1.0.0/16\n", "192.0.2.1", false },
        Case { "-:root:10.0.0.0/255.0.0.0\n", "10.1.1.1", false },
        Case { "+ all:root:ALL\n-:ALL:ALL\n", "10.1.1.1", true },
        Case { "-:root:\n", "10.1.1.1", true }, Case { "-:root\n", "10.1.1.1", true },
        Case { "-:root:ALL # x\n", "10.1.1.1", false },
        Case { "-:root:10.0.0.0/0x8\n", "10.1.1.1", false },
        Case { "-:root:10.0.0.0/33\n", "10.0.0.0", true },
        Case { "-:(root):ALL\n", "10.1.1.1", false }, Case { "-:root:local\n", "10.1.1.1", true },
        Case { "-::root::ALL\n", "10.1.1.1", true }, Case { "-:root:tty1\n", "10.1.1.1", true },
        Case { "-:root:::1\n", "::1", false },
        Case { "+:root:ALL EXCEPT 10.1.1.1\n-:ALL:ALL\n", "10.1.1.1", false },
        Case { "-:root:NONE\n", "10.1.1.1", true }, Case { "-:root:ALL\r\n", "10.1.1.1", false },
        Case { "-:EXCEPT root:ALL\n", "10.1.1.1", true },
        Case { "-:root:10.1.1.1/\n", "10.1.1.1", true });
    CAPTURE(text.substr(0, 80), origin);
    const agent::AccessQuery root { "root", { "root" }, "node", origin, "" };
    CHECK(agent::accessVerdict(text, root, {}).value_or(true) == admits);
}

TEST_CASE("separators of access.conf can be others")
{
    const agent::AccessQuery root { "root", { "root", "field staff" }, "node", "::1", "" };
    CHECK(agent::accessVerdict("-|root|::1\n", root, { "|", ", \t", false }) == false);
    CHECK(agent::accessVerdict("-:field staff:ALL\n", root, { ":", ",", false }) == false);
    CHECK_FALSE(agent::accessVerdict("-:field staff:ALL\n", root, { ":", ",", true }));
}

TEST_CASE("a netgroup of which nothing is known may be one that lets root in")
{
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.path / "etc/security");
    const auto access = [&](const std::string& text) {
        std::ofstream(folder.path / "etc/security/access.conf") << text;
        const agent::Root root(folder.path);
        return agent::accessForRoot(agent::PamRule {}, root);
    };
    const agent::AccessForRoot hosts = access("+:root:@oam\n-:ALL:ALL\n");
    CHECK_FALSE(hosts.anywhere);
    CHECK(hosts.origins == std::set<std::string> { "@oam" });
    const agent::AccessForRoot users = access("+:@admins:ALL\n-:ALL:ALL\n");
    CHECK_FALSE(users.anywhere);
    CHECK(users.origins.empty());
    CHECK(users.netgroups == std::set<std::string> { "@admins" });
    const agent::AccessForRoot late = access("-:ALL:ALL\n+:@admins:@oam\n");
    CHECK((!late.anywhere && late.origins.empty() && late.netgroups.empty()));
}

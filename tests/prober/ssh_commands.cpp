// Command lines as sshd(8) and dropbear(8) take them, and as processes that rename themselves show
// them.
#include "agent/prober/ssh_daemons.h"

#include <catch2/catch.hpp>

using namespace agent;

namespace {

using Words = std::vector<std::string>;

} // namespace

TEST_CASE("arguments of a listening sshd are those behind its name")
{
    CHECK(sshdArguments({ "/usr/sbin/sshd", "-D", "-p", "22" }) == Words { "-D", "-p", "22" });
    CHECK(sshdArguments({ "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups" })
        == Words { "-D" });
    CHECK(sshdArguments({ "sshd: /usr/sbin/sshd -D -o AuthorizedKeysFile /a /b -o Port=2 -4"
                          " [listener] 0 of 10-100 startups" })
        == Words { "-D", "-o", "AuthorizedKeysFile /a /b", "-o", "Port=2", "-4" });
    CHECK(sshdArguments({ "sshd:  [listener] 0 of 10-100 startups" }) == Words {});
    CHECK_FALSE(sshdArguments({ "sshd: operator [priv]" }));
    CHECK_FALSE(sshdArguments({}));
}

TEST_CASE("options of sshd are bundled, and their values stand behind them or apart")
{
    const SshdCommand command = sshdCommand({ "-Def", "etc/other", "-oPort=1", "-o", "UsePAM yes",
        "-p22", "-g", "30", "-46", "--", "-t" });
    CHECK(command.config == "/etc/other");
    CHECK(command.options == Words { "Port=1", "UsePAM yes", "Port=22", "LoginGraceTime=30" });
    CHECK_FALSE(command.test);
    CHECK_FALSE(command.inetd);
    CHECK(sshdCommand({ "-De", "etc/other" }).config == "/etc/ssh/sshd_config");
    CHECK(sshdCommand({ "-f/etc/other", "x", "-t" }).config == "/etc/other");
    CHECK(sshdCommand({ "-D", "-f" }).config == "/");
    CHECK(sshdCommand({ "-Di" }).inetd);
    for (const char* test : { "-t", "-T", "-G", "-R", "-Dt" }) {
        CAPTURE(test);
        CHECK(sshdCommand({ test }).test);
    }
    CHECK_FALSE(sshdCommand({ "x", "-t" }).test);
    CHECK_FALSE(sshdCommand({ "-", "-t" }).test);
}

TEST_CASE("options of dropbear are what it allows")
{
    const Dropbear open = dropbearOptions({});
    CHECK(open.ports == std::vector<uint16_t> { 22 });
    CHECK(open.rootLogin);
    CHECK(open.rootPassword);
    CHECK(open.password);
    CHECK_FALSE(open.blankPassword);
    CHECK_FALSE(open.keyToo);
    CHECK(open.group.empty());
    CHECK(open.maxAuthTries == 10);
    CHECK(open.idleTimeout == 0);

    const Dropbear closed = dropbearOptions({ "-wgst", "-B", "-G", "ops", "-T3", "-I", "600", "-p",
        "[::1]:2222", "-p", "10.0.0.1:22", "-p2022", "-E" });
    CHECK(closed.ports == std::vector<uint16_t> { 2222, 22, 2022 });
    CHECK_FALSE(closed.rootLogin);
    CHECK_FALSE(closed.rootPassword);
    CHECK_FALSE(closed.password);
    CHECK(closed.blankPassword);
    CHECK(closed.keyToo);
    CHECK(closed.group == "ops");
    CHECK(closed.maxAuthTries == 3);
    CHECK(closed.idleTimeout == 600);

    // What is no number changes nothing, and a port that is none is not served.
    const Dropbear odd = dropbearOptions({ "-T", "many", "-I", "x", "-p", "65536", "-p", "a:b" });
    CHECK(odd.ports == std::vector<uint16_t> { 22 });
    CHECK(odd.maxAuthTries == 10);
    CHECK(odd.idleTimeout == 0);
}

TEST_CASE("of a file of /etc/default the last assignment counts")
{
    std::string where;
    CHECK(defaultsWords("# SSHD_OPTS=-4\nSSHD_OPTS=\"-D -6\"\n SSHD_OPTS='-o Port=22'\n"
                        "SSHD_OPTS2=-t\n",
              "SSHD_OPTS", "/etc/default/ssh", where)
        == Words { "-o", "Port=22" });
    CHECK(where == "/etc/default/ssh:3");
    CHECK(defaultsWords("A=1\nA=\n", "A", "f", where).empty());
    CHECK(where == "f:2");
    where.clear();
    CHECK(defaultsWords("export A=1\n", "A", "f", where).empty());
    CHECK(where.empty());
}

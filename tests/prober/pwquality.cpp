#include "agent/prober/pwquality.h"
#include "agent/prober/faillock.h"

#include <catch2/catch.hpp>

using namespace agent;

namespace {

Pwquality of(const std::string& text, const std::vector<std::string>& arguments = {})
{
    return parsePwquality(
        { { "/etc/security/pwquality.conf", text } }, arguments, "/etc/pam.d/x:1");
}

Faillock lock(const std::string& text, const std::vector<std::string>& arguments = {})
{
    PamRule rule;
    rule.module = "pam_faillock";
    rule.arguments = arguments;
    rule.where = "/etc/pam.d/x:1";
    return parseFaillock(text, rule);
}

} // namespace

TEST_CASE("credits shorten the least length, dictionary and classes bound it")
{
    CHECK(of("").shortest() == 8);
    CHECK(of("minlen = 12\ndcredit=1\nucredit=1\nlcredit=1\nocredit=1\n").shortest() == 8);
    CHECK(of("minlen = 14\ndcredit = 10\n").shortest() == 7);
    CHECK(of("minlen = 6\ndcredit = 4\ndictcheck = 0\n").shortest() == 3);
    CHECK(of("minlen = 6\ndcredit = 4\n").shortest() == 6); // cracklib wants 6
    CHECK(of("minlen = 3\n").shortest() == 6);
    CHECK(of("minlen = 14\ndcredit = -1\nucredit = 20\ndictcheck = 0\n").shortest() == 8);
    CHECK(of("ucredit = -12\n").shortest() == 12);
    CHECK(of("dcredit = -1\nucredit = -1\nlcredit = -1\n").classes() == 3);
    CHECK(of("minclass = 9\n").classes() == 4);
}

TEST_CASE("a line that libpwquality does not know ends its reading")
{
    const Pwquality all = of("minclass = 2\nfoo\nminlen = 14\n");
    CHECK(all.minLength.value == 8);
    CHECK(all.minClasses.value == 2);
    CHECK(all.remarks
        == std::vector<std::string> { "/etc/security/pwquality.conf:2: parse stops at line 2: "
                                      "unknown setting \"foo\"" });
    CHECK(of("minlen = 9x\nminclass = 2\n").minClasses.value == 0);
    CHECK(of("minlen =\n").remarks.size() == 1);
    CHECK(of(std::string(1100, '#') + "\nminlen = 14\n").minLength.value == 8);
    CHECK(of("MinLen 14 # yes\n").minLength.value == 14);
    CHECK(of("minlen==14\n").minLength.value == 8);
    CHECK(of("enforce_for_root = 0\n").enforceForRoot.value == 1); // only that it is there counts
}

TEST_CASE("arguments of the module overrule the file, wrong ones are skipped")
{
    const Pwquality all = of("minlen = 14\n", { "retry=3", "foo=1", "MINLEN=10", "minlen=ten" });
    CHECK(all.minLength.value == 10);
    CHECK(all.minLength.where == "pam_pwquality.so MINLEN=10 at /etc/pam.d/x:1");
    CHECK(all.remarks.size() == 2);
}

TEST_CASE("numbers of faillock.conf are what sscanf makes of them")
{
    CHECK(lock("").deny == 3);
    CHECK(lock("deny = 0\n").deny == 0);
    CHECK(lock("deny = 65536\n").deny == 0);
    CHECK(lock("deny = 65541\n").deny == 5);
    CHECK(lock("deny = -1\n").deny == 65535);
    CHECK(lock("deny = 5x\n").deny == 5);
    CHECK(lock("deny = five\n").deny == 3);
    CHECK(lock("DENY = 5\n").deny == 3); // names do not ignore case here
    CHECK(lock("unlock_time = never\n").unlockTime == 0);
    CHECK(lock("unlock_time = 604801\n").unlockTime == 600);
    CHECK(lock("deny = 9\n", { "authfail", "deny=4" }).deny == 4);
    CHECK(lock("deny = 9\n", { "authfail" }).act == Faillock::Act::Authfail);
    CHECK(lock("", { "even_deny_root" }).root);
}

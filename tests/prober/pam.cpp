#include "agent/prober/pam.h"
#include "agent/prober/pam_auth.h"
#include "agent/prober/pam_line.h"
#include "agent/prober/pam_password.h"

#include <catch2/catch.hpp>

using namespace agent;

namespace {

PamStack parsed(std::string_view text, const std::map<std::string, std::string>& files = {},
    std::vector<std::string>* missing = nullptr)
{
    std::vector<std::string> gone;
    PamStack stack;
    parsePam(
        text, "/etc/pam.d/test",
        [&](const std::string& path) {
            const auto file = files.find(path);
            return file == files.end() ? std::nullopt : std::optional(file->second);
        },
        stack, missing ? *missing : gone);
    return stack;
}

/// Runs rules whose modules are named after what they return.
int run(std::string_view text, const std::map<std::string, std::string>& files = {})
{
    return runPam(parsed(text, files), [](const PamRule& rule) -> int {
        return rule.module == "yes" ? PamSuccess : rule.module == "ign" ? PamIgnore : PamAuthErr;
    });
}

const Root Nothing("/proc/self/task"); // no /etc in there

PasswordPolicy policy(std::string_view text)
{
    return passwordPolicy(parsed(text), { Nothing, {}, true });
}

} // namespace

// Each of these was tried with libpam 1.5.2.
TEST_CASE("a stack is decided as libpam decides it")
{
    CHECK(run("auth required yes.so\n") == PamSuccess);
    CHECK(run("auth required no.so\nauth required yes.so\n") == PamAuthErr);
    CHECK(run("auth sufficient yes.so\nauth required no.so\n") == PamSuccess);
    CHECK(run("auth required no.so\nauth sufficient yes.so\nauth required yes.so\n") == PamAuthErr);
    CHECK(run("auth optional no.so\n") == PamPermDenied);
    CHECK(run("auth optional yes.so\n") == PamSuccess);
    CHECK(run("auth required ign.so\n") == PamPermDenied);
    CHECK(run("") == PamPermDenied);
    CHECK(
        run("auth [success=1 default=ignore] yes.so\nauth requisite no.so\nauth required yes.so\n")
        == PamSuccess);
    CHECK(run("auth [success=1 default=ignore] yes.so\nauth required yes.so\n") == PamPermDenied);
    CHECK(run("auth [success=5 default=ignore] yes.so\nauth required yes.so\n") == PamPermDenied);
    CHECK(run("auth [success=nonsense] yes.so\n") == PamPermDenied);
    CHECK(run("auth required yes.so\nauth [default=reset] no.so\nauth required yes.so\n")
        == PamSuccess);
}

TEST_CASE("'done' in a substack ends the substack only, in an include the whole")
{
    const std::map<std::string, std::string> files { { "/etc/pam.d/in",
        "auth sufficient yes.so\n" } };
    CHECK(run("auth substack in\nauth required no.so\n", files) == PamAuthErr);
    CHECK(run("auth include in\nauth required no.so\n", files) == PamSuccess);
    CHECK(run("auth [success=1 default=ignore] yes.so\nauth substack in\nauth required no.so\n",
              files)
        == PamAuthErr);
}

TEST_CASE("lines are continued, commented and bracketed as libpam reads them")
{
    const PamStack stack = parsed("# nothing\nAUTH Required \\\n  # still nothing\n\n"
                                  "  pam_unix.so nullok # debug\n"
                                  "-password optional /lib/security/pam_x.so [a b\\]c] d\n");
    REQUIRE(stack.size() == 2);
    CHECK(stack[0].where == "/etc/pam.d/test:2");
    CHECK(stack[0].module == "pam_unix");
    CHECK(stack[0].arguments == std::vector<std::string> { "nullok" });
    CHECK(stack[1].type == PamType::Password);
    CHECK(stack[1].module == "pam_x");
    CHECK(stack[1].arguments == std::vector<std::string> { "a b]c", "d" });
    CHECK_THROWS_AS(parsed("auth required pam_unix.so \\\n"), ParseError);
    CHECK_THROWS_AS(parsed("auth required " + std::string(2000, 'x') + "\n"), ParseError);
    CHECK_THROWS_AS(parsed("@include a", { { "/etc/pam.d/a", "@include a\n" } }), ParseError);
}

TEST_CASE("a file that is not there fails an include, and the service of an @include")
{
    std::vector<std::string> missing;
    const PamStack stack = parsed("auth include gone\n@include away\n", {}, &missing);
    REQUIRE(stack.size() == 1);
    CHECK(stack[0].kind == PamRule::Kind::MustFail);
    CHECK(missing
        == std::vector<std::string> {
            "/etc/pam.d/test:2: no file \"away\" to include, PAM refuses everybody" });
}

// Each of these was tried with pam_pwquality 1.4.5 and pam_unix 1.5.2: what was stored counts.
TEST_CASE("a module for quality counts only if what it refuses is not stored")
{
    const std::string unixModule = "password required pam_unix.so yescrypt";
    CHECK(policy("password requisite pam_pwquality.so\n" + unixModule + "\n").enforced);
    CHECK_FALSE(policy("password required pam_pwquality.so\n" + unixModule + "\n").enforced);
    CHECK(policy("password required pam_pwquality.so\n" + unixModule + " use_authtok\n").enforced);
    CHECK_FALSE(policy("password optional pam_pwquality.so\n" + unixModule + "\n").enforced);
    CHECK(policy("password optional pam_pwquality.so\n" + unixModule + " use_authtok\n").enforced);
    CHECK_FALSE(policy("password sufficient pam_unix.so\n"
                       "password required pam_pwquality.so\n")
                    .enforced);
    CHECK_FALSE(policy(unixModule + "\npassword required pam_pwquality.so\n").enforced);
    CHECK_FALSE(policy("password [success=1 default=1] pam_permit.so\n"
                       "password requisite pam_pwquality.so\n"
        + unixModule + "\n")
                    .enforced);
    CHECK_FALSE(
        policy("password requisite pam_pwquality.so enforcing=0\n" + unixModule + "\n").enforced);
    CHECK_FALSE(policy("password required pam_deny.so\n").changeable);
    CHECK_FALSE(policy(unixModule + " use_authtok\n").changeable);
}

TEST_CASE("the strictest of the modules that are enforced is the least length")
{
    CHECK(policy("password required pam_unix.so\n").minLength == 6);
    CHECK(policy("password required pam_unix.so minlen=4\n").minLength == 4);
    CHECK(policy("password requisite pam_pwquality.so minlen=9\n"
                 "password required pam_unix.so minlen=12 yescrypt\n")
              .minLength
        == 12);
    CHECK(policy("password required pam_unix.so minlen=12 des\n").minLength == 8);
    CHECK(policy("password required pam_unix.so\n").hashScheme == "descrypt");
    CHECK(policy("password required pam_unix.so sha512 md5\n").hashScheme == "md5crypt");
}

// What libc itself makes of odd account lines is the measure: fgetpwent(3) and its kin read a
// stream with the code of the name service "files".
#include "agent/prober/accounts.h"

#include <catch2/catch.hpp>
#include <grp.h>
#include <memory>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>

namespace {

struct CloseFile {
    void operator()(FILE* file) const noexcept { ::fclose(file); }
};
using Stream = std::unique_ptr<FILE, CloseFile>;

Stream stream(std::string& text)
{
    return Stream(::fmemopen(text.data(), text.size(), "r"));
}

bool compat(const char* name)
{
    return name[0] == '+' || name[0] == '-';
}

std::string passwdByLibc(std::string text)
{
    std::string out;
    const Stream file = stream(text);
    while (const passwd* user = ::fgetpwent(file.get())) {
        if (!compat(user->pw_name)) {
            out += std::string(user->pw_name) + "|" + std::to_string(user->pw_uid) + "|"
                + std::to_string(user->pw_gid) + "|" + user->pw_dir + "|" + user->pw_shell + "\n";
        }
    }
    return out;
}

std::string passwdByUs(const std::string& text)
{
    std::string out;
    for (const agent::User& user : agent::parsePasswd(text, "passwd")) {
        out += user.name + "|" + std::to_string(user.uid) + "|" + std::to_string(user.gid) + "|"
            + user.home + "|" + user.shell + "\n";
    }
    return out;
}

std::string groupByLibc(std::string text)
{
    std::string out;
    const Stream file = stream(text);
    while (const group* entry = ::fgetgrent(file.get())) {
        if (compat(entry->gr_name)) {
            continue;
        }
        out += std::string(entry->gr_name) + "|" + std::to_string(entry->gr_gid);
        for (char** member = entry->gr_mem; *member; ++member) {
            out += "|" + std::string(*member);
        }
        out += "\n";
    }
    return out;
}

std::string groupByUs(const std::string& text)
{
    std::string out;
    for (const agent::Group& entry : agent::parseGroup(text, "group")) {
        out += entry.name + "|" + std::to_string(entry.gid);
        for (const std::string& member : entry.members) {
            out += "|" + member;
        }
        out += "\n";
    }
    return out;
}

std::string shadowByLibc(std::string text)
{
    std::map<std::string, std::string> out;
    const Stream file = stream(text);
    while (const spwd* entry = ::fgetspent(file.get())) {
        if (!compat(entry->sp_namp)) {
            out.try_emplace(entry->sp_namp,
                std::to_string(entry->sp_lstchg) + "|" + std::to_string(entry->sp_max) + "|"
                    + std::to_string(entry->sp_inact) + "|" + std::to_string(entry->sp_expire));
        }
    }
    std::string all;
    for (const auto& [name, rest] : out) {
        all += name + "|" + rest + "\n";
    }
    return all;
}

std::string shadowByUs(const std::string& text)
{
    std::string out;
    for (const auto& [name, entry] : agent::parseShadow(text)) {
        out += name + "|" + std::to_string(entry.changed) + "|" + std::to_string(entry.most) + "|"
            + std::to_string(entry.inactive) + "|" + std::to_string(entry.expires) + "\n";
    }
    return out;
}

} // namespace

TEST_CASE("passwd lines mean what libc takes them for")
{
    const char* number = GENERATE("0", "00", "+0", "-0", " 0", "\t0", "-1", "4294967296", "0x0",
        "0 ", "", "18446744073709551616", "-4294967296", "99999999999999999999999", "+", "- 0",
        "1000", "0\r", "-18446744073709551615");
    const std::string line = std::string("toor:x:") + number;
    const std::string all = "root:x:0:0:root:/root:/bin/bash\n" + line + ":0:a:/b:/c\n" + line
        + ":0\n" + line + ":" + number + ":::\n" + line + "\nlast:x:1:" + number;
    CHECK(passwdByUs(all) == passwdByLibc(all));
}

TEST_CASE("odd passwd lines are read as libc reads them")
{
    const char* line = GENERATE("  toor:x:0:0::/:/bin/sh\n", "\v\f\rx:x:0:0::/:/bin/sh\n",
        "# toor:x:0:0::/:/bin/sh\n", " #x:x:0:0:::\n", ":x:0:0::/:/bin/sh\n", "+\n", "+::::::\n",
        "-bad::0:0:::\n", "+@group::::::\n", "a\n", "a:\n", "a::\n", "a:b:0\n", "a:b:0:\n",
        "a:b:0:0\n", "a:b:0:0:\n", "a::0:0\n", "\n\n a::0:0:g:h:s:more:fields\n",
        "a:x:0:0:g:/h:/bin/sh\r\n", "\xef\xbb\xbfroot:x:0:0:r:/root:/bin/sh\n",
        "\xff\xfe:x:5:5:::");
    const std::string all = std::string(line) + "next:x:7:7::/n:/bin/n\n" + line;
    CHECK(passwdByUs(all) == passwdByLibc(all));
}

TEST_CASE("group lines mean what libc takes them for")
{
    const char* line = GENERATE("g:x:5:a,b,c\n", "g:x:5: a , b,,c,\n", "g:x:5\n", "g:x:5:\n",
        "g:x: 05:a\n", "g:x:5:a b,c\n", "g::-0:a", "g:x\n", "g\n", ":x:0:a\n", "+\n", "+:::\n",
        "-g:x:5:a\n", " g:x:5:a:b\n", "#g:x:5:a\n", "g:x:5:a,b\r\n", "g:x:5:,,,\n", "g:x:x:a\n");
    const std::string all = std::string(line) + "\nnext:x:7:n\n" + line;
    CHECK(groupByUs(all) == groupByLibc(all));
}

TEST_CASE("shadow lines mean what libc takes them for")
{
    const char* line = GENERATE("a:*:19000:0:99999:7:::\n", "a\n", "a:\n", "a::\n", "a:::\n",
        "a::::\n", "a:::::\n", "a::::: \n", "a::::::::\n", "a:*:1:2:3\n", "a:*:1:2:3:4\n",
        "a:*:1:2:3:4:5:6\n", "a:*:1:2:3:4:5:6:\n", "a:*:x:2:3:4:5:6:\n", "a:*:-1:0:3:4: 5: 6:\n",
        "a:*:0:0:4294967295:7:30:18000:\n", " a:*:1:0:9:7:::\n", "#a:*:1:0:9:7:::\n",
        "+a::::::::\n", "a:*:1:0:9:7:::9\n", "a:*:1:2:3: 4 :5:6:\n");
    const std::string all = std::string(line) + "\nb:*:1:0:9:7:::\n" + line;
    CHECK(shadowByUs(all) == shadowByLibc(all));
}

TEST_CASE("a password field tells its state and its scheme")
{
    using State = agent::Password::State;
    struct Case {
        const char* field;
        State state;
        const char* scheme;
    };
    const auto [field, state, scheme] = GENERATE(Case { "x", State::InShadow, "" },
        Case { "", State::Empty, "" }, Case { "*", State::Unusable, "" },
        Case { "!", State::Unusable, "" }, Case { "!!", State::Unusable, "" },
        Case { "!*", State::Unusable, "" }, Case { "$6$salt$hash", State::Set, "sha512crypt" },
        Case { "!$6$salt$hash", State::Locked, "sha512crypt" },
        Case { "$y$j9T$salt$hash", State::Set, "yescrypt" },
        Case { "$gy$j9T$salt$hash", State::Set, "gost-yescrypt" },
        Case { "$2b$05$abcdefghijklmnopqrstuu", State::Set, "bcrypt" },
        Case { "$1$salt$hash", State::Set, "md5crypt" },
        Case { "abCdEfGhIjKl.", State::Set, "descrypt" },
        Case { "abCdEfGhIjKl.abCdEfGhIjK", State::Set, "bigcrypt" },
        Case { "secret", State::Unusable, "" }, Case { "$9$new", State::Set, "unknown" },
        Case { "*LK*", State::Unusable, "" });
    CAPTURE(field);
    const agent::Password password = agent::classify(field);
    CHECK(password.state == state);
    CHECK(password.scheme == scheme);
}

TEST_CASE("a message keeps no more of a hash than its scheme")
{
    CHECK(agent::withoutHashes("no \"$6$salt$aB/.0\", but $y$j9T$a$b")
        == "no \"$6$...\", but $y$...");
    CHECK(agent::withoutHashes("$pbkdf2-sha256$29000$N2Yt$XYz") == "$pbkdf2-sha256$...");
    for (const char* text : { "", "$", "$$", "5 $ and 6 $", "a$1", "costs $5" }) {
        CHECK(agent::withoutHashes(text) == text);
    }
}

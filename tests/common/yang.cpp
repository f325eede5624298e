#include "common/yang.h"
#include "tests/slurp.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>
#include <libyang/version.h>

namespace fs = std::filesystem;

// tests/yang/<module>/<case>.json must be valid; with <case>.error beside it, it must be refused
// with exactly that text, or that of <case>.error-3 where libyang 3 has words of its own.
TEST_CASE("data of each module is accepted and refused as its cases say")
{
    const yang::Context context = schemas::management();
    const bool update = getenv("UPDATE") != nullptr;
    for (const auto& entry : fs::recursive_directory_iterator(SOURCE_DIR "/tests/yang")) {
        if (entry.path().extension() != ".json") {
            continue;
        }
        DYNAMIC_SECTION(
            entry.path().parent_path().filename().string() << " " << entry.path().stem().string())
        {
            fs::path error = entry.path();
            error.replace_extension(".error");
            std::string said;
            try {
                yang::Tree::parse(context, slurp(entry.path()));
            } catch (const yang::Error& e) {
                said = e.what() + std::string("\n");
            }
            const bool refused = fs::exists(error);
            const fs::path own = error.string() + "-" + std::to_string(LY_VERSION_MAJOR);
            if (fs::exists(own) || (update && LY_VERSION_MAJOR > 2 && slurp(error) != said)) {
                error = own;
            }
            if (update && refused) {
                std::ofstream(error) << said;
            }
            CHECK(said == (refused ? slurp(error) : ""));
        }
    }
}

TEST_CASE("the data of a fresh agent is a valid configuration")
{
    const yang::Context context = schemas::server();
    CHECK(yang::Tree::parseConfig(context, schemas::file("startup.json")));
}

TEST_CASE("the canonical text does not depend on the order of entries")
{
    const yang::Context context = schemas::node();
    const auto groups = [&](const std::string& list) {
        return yang::Tree::parse(context,
            R"({"femto-security:femto-security":{"inventory":{"user-permissions":{"group":[)" + list
                + "]}}}}");
    };
    const yang::Tree a = groups(R"({"name":"a","member":["x","y"]},{"name":"b"})");
    const yang::Tree b = groups(R"({"name":"b"},{"name":"a","member":["y","x"]})");
    const yang::Tree c = groups(R"({"name":"b"},{"name":"a","member":["y","z"]})");
    CHECK(a.canonical() == b.canonical());
    CHECK(a.canonical() != c.canonical());
}

TEST_CASE("a list key takes any name")
{
    const yang::Context context = schemas::node();
    yang::Tree tree;
    const yang::Node users
        = tree.at(context, "/femto-security:femto-security/inventory/user-permissions");
    users.entry("user", "it's\"x']").leaf("uid", 7);
    tree.validate(context);
    CHECK(users.child("user")->value("uid") == "7");
    CHECK_THROWS_AS(users.entry("privilege-grant", "one key"), yang::Error);
}

TEST_CASE("a date has the same canonical text in every time zone")
{
    setenv("TZ", "Asia/Tokyo", 1);
    const yang::Context context = schemas::node();
    yang::Tree tree;
    const yang::Node users
        = tree.at(context, "/femto-security:femto-security/inventory/user-permissions");
    users.entry("user", "a").leaf("password-changed", "2026-11-24T12:00:00+09:00");
    CHECK(users.child("user")->value("password-changed") == "2026-11-24T03:00:00+00:00");
}

// The file that keeps what running was before a commit that is not confirmed.
#include "agent/server/datastore.h"
#include "tests/server/peer.h"

#include <catch2/catch.hpp>
#include <fstream>

namespace {

const std::string Interval = "/femto-security:femto-security/collection/heartbeat-interval";

struct Stored {
    Folder folder {};
    std::unique_ptr<agent::Datastore> datastore {};

    Stored() { start(); }
    void start()
    {
        datastore = std::make_unique<agent::Datastore>(serverContext(), folder.path, "");
    }
    void commit(const char* seconds)
    {
        yang::Tree next = datastore->running().copy();
        next.find(Interval)->remove();
        next.at(serverContext(), Interval, seconds);
        datastore->validate(next);
        datastore->commit(std::move(next));
    }
    std::string value() const { return datastore->running().find(Interval)->value(); }
    std::string path(const std::string& name) const { return folder.path + "/" + name; }
};

} // namespace

TEST_CASE("if what is kept is damaged, running is not the commit that nobody confirmed")
{
    Stored stored;
    stored.commit("61");
    stored.datastore->keep();
    stored.commit("62");
    std::ofstream(stored.path("running.unconfirmed.json")) << "{";
    for (int i = 0; i < 2; ++i) { // and stays what it is
        stored.start();
        CHECK(stored.value() == "61");
    }
    CHECK(std::filesystem::exists(stored.path("running.unconfirmed.json.broken")));
}

TEST_CASE("what could not be stored when it came back does not come back over a later commit")
{
    Stored stored;
    stored.commit("61");
    stored.datastore->keep();
    stored.commit("62");
    // A folder in its place, so that nothing can be renamed to it.
    std::filesystem::remove(stored.path("running.json"));
    std::filesystem::create_directories(stored.path("running.json/x"));
    stored.datastore->restore();
    CHECK(stored.value() == "61");
    std::filesystem::remove_all(stored.path("running.json"));
    SECTION("nothing else happens")
    {
        stored.start();
        CHECK(stored.value() == "61");
    }
    SECTION("a commit")
    {
        stored.commit("63");
        stored.start();
        CHECK(stored.value() == "63");
    }
}

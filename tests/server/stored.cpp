// The file of the running configuration.
#include "common/fd.h"
#include "tests/server/peer.h"

#include <catch2/catch.hpp>
#include <fstream>

namespace {

const std::string Name = "/fs:femto-security/fs:collection/fs:node-id";

std::string named(const std::string& node)
{
    return edit("<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><collection><node-id>"
        + node + "</node-id></collection></femto-security>");
}

} // namespace

TEST_CASE("a configuration that cannot be stored is not taken over")
{
    Node node;
    Peer peer(node, "sec");
    std::filesystem::create_directory(node.folder.path + "/running.json.new");
    std::ofstream(node.folder.path + "/running.json.new/x") << "in the way";
    const std::string reply = peer.call(named("x"));
    CHECK(reply.find("the configuration cannot be stored") != std::string::npos);
    CHECK(reply.find("<error-tag>operation-failed</error-tag>") != std::string::npos);
    CHECK(config(peer, Name).find("<node-id>") == std::string::npos);
    CHECK_FALSE(std::filesystem::exists(node.folder.path + "/running.json"));
}

TEST_CASE("a damaged file is put aside and the copy before it is used")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(named("one")) == "<ok/>");
    CHECK(peer.call(named("two")) == "<ok/>");
    const std::string file = node.folder.path + "/running.json";
    std::ofstream(file + ".cut") << fd::readFile(file, 1u << 20).substr(0, 300);
    std::filesystem::rename(file + ".cut", file);
    node.restart();
    Peer again(node, "sec");
    CHECK(config(again, Name).find("<node-id>one</node-id>") != std::string::npos);
    CHECK(std::filesystem::exists(file + ".broken"));

    // both damaged: what the operator gave at the start, and nobody more than that
    std::ofstream(file) << "{";
    std::ofstream(node.folder.path + "/running.previous.json") << "{";
    node.restart();
    Peer third(node, "sec");
    CHECK(config(third, Name).find("<node-id>") == std::string::npos);
    Peer none(node, "none");
    CHECK(config(none, "/*").find("access-denied") != std::string::npos);
}

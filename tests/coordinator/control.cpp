#include "collector/coordinator/control.h"
#include "collector/coordinator/watched_file.h"
#include "collector/messages.h"
#include "tests/slurp.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

using namespace std::chrono_literals;
using collector::Message;
using nlohmann::json;

namespace {

fd::Fd connectTo(const std::string& path)
{
    fd::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address {};
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const auto* const where = reinterpret_cast<const sockaddr*>(&address);
    REQUIRE(::connect(socket.get(), where, sizeof address) == 0);
    return socket;
}

struct Served {
    TemporaryFolder folder {};
    std::string path = folder.path / "control";
    loop::Loop loop {};
    collector::Store store { ":memory:", 10 };
    int changes = 0;
    collector::Control control { loop, path,
        [this](const collector::Verb& verb, const json& arguments, const std::string& actor) {
            return verb.answer(
                { store, arguments, actor, "femto-baseline", {}, [this] { ++changes; } });
        } };

    std::string ask(const std::string& verb, const std::string& arguments)
    {
        frame::Channel channel(connectTo(path));
        channel.send({ static_cast<uint16_t>(Message::Request), { verb, arguments }, {} });
        for (int round = 0; round < 500; ++round) {
            loop.once(10ms);
            if (const auto answer = channel.receive()) {
                const bool reply = answer->type == static_cast<uint16_t>(Message::Reply);
                return (reply ? "" : "refused: ") + answer->at(0);
            }
        }
        return "no answer";
    }
};

const std::string Node = R"({"node":"n1","address":"127.0.0.1","user":"oam",)"
                         R"("fingerprint":"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"})";

} // namespace

TEST_CASE("a node is enrolled over the control socket and listed")
{
    Served served;
    CHECK(served.ask("enroll", Node) == R"({"enrolled":"n1"})");
    CHECK(served.changes == 1);
    const json nodes = json::parse(served.ask("nodes", "{}")).at("nodes");
    REQUIRE(nodes.size() == 1);
    CHECK(nodes.at(0).at("verdict") == "indeterminate"); // nothing is known of it: not compliant
    CHECK(nodes.at(0).at("connection") == "never");
}

TEST_CASE("a bad question gets one line that names what is wrong")
{
    Served served;
    CHECK(served.ask("frobnicate", "{}") == "refused: there is no request \"frobnicate\"");
    CHECK(served.ask("node", R"({"node":"n9"})") == "refused: there is no node n9");
    CHECK(served.ask("enroll", R"({"node":"n1","address":"::1","user":"u","fingerprint":"MD5:00"})")
        == "refused: fingerprint: \"MD5:00\" is not SHA256: and 43 characters of base64");
    CHECK(served.ask("nodes", "{").starts_with("refused: nodes: "));
    CHECK(served.changes == 0);
}

TEST_CASE("a client that breaks the framing is dropped and others are served")
{
    Served served;
    const fd::Fd bad = connectTo(served.path);
    REQUIRE(::send(bad.get(), "\xff\xff\xff\xff\xff\xff", 6, 0) == 6);
    CHECK(json::parse(served.ask("nodes", "{}")).at("nodes").empty());
    char byte = 0;
    CHECK(::recv(bad.get(), &byte, 1, MSG_DONTWAIT) == 0);
}

TEST_CASE("a file is seen to change when it is written and when it is replaced")
{
    const TemporaryFolder folder;
    const std::string file = folder.path / "policy.json";
    std::ofstream(file) << "a";
    loop::Loop loop;
    int changed = 0;
    const collector::WatchedFile watched(loop, file, [&] { ++changed; });
    const auto round = [&] {
        for (int i = 0; i < 20; ++i) {
            loop.once(5ms);
        }
        return std::exchange(changed, 0);
    };
    CHECK(round() == 0);
    std::ofstream(file) << "b";
    CHECK(round() >= 1);
    fd::replaceFile(file, "c");
    CHECK(round() >= 1);
    std::ofstream(folder.path / "other") << "x";
    CHECK(round() == 0);
}

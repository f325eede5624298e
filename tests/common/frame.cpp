#include "common/frame.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace std::string_literals;

TEST_CASE("a message arrives as it was sent, with its descriptor")
{
    auto [a, b] = fd::socketPair();
    frame::Channel left(std::move(a));
    frame::Channel right(std::move(b));
    left.send({ 7, { "one", "", "\0\xff"s }, fd::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)) });
    left.send({ 8, {}, {} });
    const auto first = right.receive();
    REQUIRE(first);
    CHECK(first->type == 7);
    CHECK(first->fields == std::vector<std::string> { "one", "", "\0\xff"s });
    CHECK(first->attached);
    CHECK(right.receive()->type == 8);
    CHECK_FALSE(right.receive());
    CHECK_FALSE(right.ended());
}

TEST_CASE("more than a socket buffer holds arrives whole")
{
    auto [a, b] = fd::socketPair();
    frame::Channel left(std::move(a));
    frame::Channel right(std::move(b));
    left.send({ 1, { std::string(5'000'000, 'x') }, {} });
    std::optional<frame::Message> got;
    while (!(got = right.receive())) {
        left.flush();
    }
    CHECK(got->at(0).size() == 5'000'000);
}

TEST_CASE("a message over the limit is refused on both sides")
{
    auto [a, b] = fd::socketPair();
    const int raw = b.get();
    frame::Channel left(std::move(a), 1000);
    CHECK_THROWS_AS(left.send({ 1, { std::string(1001, 'x') }, {} }), frame::Broken);
    const std::string huge = "\xff\xff\xff\x7f\1\0"s;
    REQUIRE(::send(raw, huge.data(), huge.size(), 0) == 6);
    CHECK_THROWS_AS(left.receive(), frame::Broken);
}

TEST_CASE("a field that is longer than its message is refused")
{
    auto [a, b] = fd::socketPair();
    frame::Channel left(std::move(a));
    const std::string bad = "\x08\0\0\0\1\0\xff\0\0\0xx"s;
    REQUIRE(::send(b.get(), bad.data(), bad.size(), 0) > 0);
    CHECK_THROWS_AS(left.receive(), frame::Broken);
}

TEST_CASE("the end of the other side is seen after all it sent")
{
    auto [a, b] = fd::socketPair();
    frame::Channel left(std::move(a));
    {
        frame::Channel right(std::move(b));
        right.send({ 3, { "last" }, {} });
    }
    CHECK(left.receive()->at(0) == "last");
    CHECK_FALSE(left.receive());
    CHECK(left.ended());
}

#include "common/netconf_frame.h"

#include <catch2/catch.hpp>
#include <vector>

using netconf_frame::Broken;
using netconf_frame::Decoder;
using netconf_frame::encode;
using netconf_frame::Framing;
using namespace std::string_literals;

namespace {

constexpr size_t Most = 100;

/// All messages of `stream`, given in pieces of `step` bytes.
std::vector<std::string> decoded(
    Framing framing, const std::string& stream, size_t step, size_t most = Most)
{
    Decoder decoder(most, framing);
    std::vector<std::string> messages;
    for (size_t i = 0; i < stream.size(); i += step) {
        decoder.add(std::string_view(stream).substr(i, step));
        while (auto message = decoder.next()) {
            messages.push_back(std::move(*message));
        }
    }
    return messages;
}

std::string refusal(Framing framing, const std::string& stream, size_t most = Most)
{
    std::string whole = "accepted";
    std::string bytewise = "accepted";
    try {
        decoded(framing, stream, stream.size(), most);
    } catch (const Broken& e) {
        whole = e.what();
    }
    try {
        decoded(framing, stream, 1, most);
    } catch (const Broken& e) {
        bytewise = e.what();
    }
    CHECK(whole == bytewise);
    return whole;
}

} // namespace

TEST_CASE("messages come out whole, however the stream is cut")
{
    using Messages = std::vector<std::string>;
    for (const size_t step : { 1u, 2u, 3u, 5u, 7u, 1000u }) {
        CAPTURE(step);
        CHECK(decoded(Framing::EndOfMessage, "<a/>]]>]]><b>]]>]]</b>]]>]]>\n<c/>]]>]]>rest", step)
            == Messages { "<a/>", "<b>]]>]]</b>", "<c/>" });
        CHECK(decoded(Framing::EndOfMessage, "]]>]]]]>]]>", step) == Messages { "]]>]]" });
        CHECK(decoded(
                  Framing::Chunked, "\n#4\n<rpc\n#17\n>\n##\n</rpc>123456\n##\n\n#1\nx\n##\n", step)
            == Messages { "<rpc>\n##\n</rpc>123456", "x" });
    }
}

TEST_CASE("framing is switched behind a hello whose successor has already arrived")
{
    Decoder decoder(Most);
    decoder.add("<hello/>]]>]]>\n#6\n<rpc/>\n##\n<notframed");
    CHECK(decoder.next() == "<hello/>");
    decoder.use(Framing::Chunked);
    CHECK(decoder.next() == "<rpc/>");
    CHECK_THROWS_AS(decoder.next(), Broken);
}

TEST_CASE("a broken chunk is refused by name")
{
    const auto chunked
        = [](const std::string& stream) { return refusal(Framing::Chunked, stream); };
    CHECK(chunked("\n##\n") == "message without a chunk");
    CHECK(chunked("\n#0\nx")
        == "byte 0x30 where a chunk size from 1 on, without leading zero, is needed");
    CHECK(chunked("\n#01\nx")
        == "byte 0x30 where a chunk size from 1 on, without leading zero, is needed");
    CHECK(chunked("\n#-1\n")
        == "byte 0x2d where a chunk size from 1 on, without leading zero, is needed");
    CHECK(chunked("\n# 1\n")
        == "byte 0x20 where a chunk size from 1 on, without leading zero, is needed");
    CHECK(chunked("\n#\n")
        == "byte 0x0a where a chunk size from 1 on, without leading zero, is needed");
    CHECK(chunked("\n#1x\n") == "byte 0x78 where a digit of the chunk size is needed");
    CHECK(chunked("\n#1\r\nx") == "byte 0x0d where a digit of the chunk size is needed");
    CHECK(chunked("\r\n#1\n") == "byte 0x0d where a line feed is needed");
    CHECK(chunked("\n\n#1\n") == "byte 0x0a where '#' is needed");
    CHECK(chunked("<rpc/>]]>]]>") == "byte 0x3c where a line feed is needed");
    CHECK(chunked("\n#1\nx\n#") == "accepted");
    CHECK(chunked("\n#1\nxx\n##\n") == "byte 0x78 where a line feed is needed");
    CHECK(chunked("\n#1\nx\n###") == "byte 0x23 where a line feed is needed");
    CHECK(chunked("\n#1\nx\n##\n\n##\n") == "message without a chunk");
}

TEST_CASE("sizes neither overflow nor reserve memory")
{
    constexpr size_t Huge = SIZE_MAX;
    CHECK(refusal(Framing::Chunked, "\n#4294967295\nx", Huge) == "accepted");
    CHECK(refusal(Framing::Chunked, "\n#4294967296\nx", Huge) == "chunk size is above 4294967295");
    CHECK(refusal(Framing::Chunked, "\n#18446744073709551615\nx", Huge)
        == "chunk size is above 4294967295");
    CHECK(refusal(Framing::Chunked, "\n#18446744073709551617\nx", Huge)
        == "chunk size is above 4294967295");
    CHECK(refusal(Framing::Chunked, "\n#4000000000\nx") == "message is larger than 100 bytes");
}

TEST_CASE("the largest message is accepted and one byte more is not")
{
    const std::string largest(Most, 'x');
    for (const Framing framing : { Framing::EndOfMessage, Framing::Chunked }) {
        CHECK(refusal(framing, encode(framing, largest)) == "accepted");
        CHECK(
            refusal(framing, encode(framing, largest + "x")) == "message is larger than 100 bytes");
    }
    CHECK(refusal(Framing::EndOfMessage, largest + "]]>]]") == "accepted");
    CHECK(refusal(Framing::EndOfMessage, largest + largest) == "message is larger than 100 bytes");
    CHECK(refusal(Framing::Chunked, "\n#100\n" + largest + "\n#1\nx")
        == "message is larger than 100 bytes");
    CHECK(refusal(Framing::Chunked, "\n#60\n" + std::string(60, 'x') + "\n#41\n")
        == "message is larger than 100 bytes");
}

TEST_CASE("an empty message is refused in both directions")
{
    CHECK(refusal(Framing::EndOfMessage, "]]>]]>") == "message is empty");
    CHECK(refusal(Framing::EndOfMessage, "\n \n]]>]]>") == "message is empty");
    CHECK_THROWS_AS(encode(Framing::Chunked, ""), Broken);
    CHECK_THROWS_AS(encode(Framing::EndOfMessage, ""), Broken);
    CHECK_THROWS_AS(encode(Framing::EndOfMessage, "<!-- ]]>]]> -->"), Broken);
}

TEST_CASE("it is known whether a message has begun")
{
    Decoder decoder(Most);
    CHECK_FALSE(decoder.within());
    decoder.add(" \n");
    CHECK_FALSE(decoder.next());
    CHECK_FALSE(decoder.within());
    decoder.add("<");
    CHECK_FALSE(decoder.next());
    CHECK(decoder.within());
    decoder.add("a/>]]>]]>");
    CHECK(decoder.next() == "<a/>");
    CHECK_FALSE(decoder.next());
    CHECK_FALSE(decoder.within());
    decoder.use(Framing::Chunked);
    for (const char c : "\n#2\nab\n##"s) {
        decoder.add({ &c, 1 });
        CHECK_FALSE(decoder.next());
        CHECK(decoder.within());
    }
    decoder.add("\n");
    CHECK(decoder.next() == "ab");
    CHECK_FALSE(decoder.next());
    CHECK_FALSE(decoder.within());
}

TEST_CASE("a large message that comes byte by byte costs no more than its bytes")
{
    // Quadratic copying would take hours here, not a moment.
    const std::string message(1 << 20, ']');
    for (const Framing framing : { Framing::EndOfMessage, Framing::Chunked }) {
        const std::string stream = encode(framing, message + "x") + encode(framing, "<next/>");
        const auto messages = decoded(framing, stream, 1, message.size() + 1);
        REQUIRE(messages.size() == 2);
        CHECK(messages[0] == message + "x");
        CHECK(messages[1] == "<next/>");
    }
}

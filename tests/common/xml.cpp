// Events of XML, and what is refused.
#include "common/xml.h"

#include <catch2/catch.hpp>

namespace {

/// Events as one text.
std::string told(std::string_view all, xml::Form form = {})
{
    std::string out;
    xml::Events events;
    events.begin = [&](std::string_view name, const auto& attributes, const xml::Place& place) {
        out += '<' + std::string(name);
        for (const auto& [key, value] : attributes) {
            out += ' ' + key + '=' + value;
        }
        out += '@' + std::to_string(place.line) + '>';
    };
    events.end = [&](std::string_view, const xml::Place& place) {
        out += '/' + std::to_string(place.end);
    };
    events.text = [&](std::string_view part) { out += part; };
    events.declared = [&](std::string_view prefix, std::string_view space) {
        out += '[' + std::string(prefix) + ' ' + std::string(space);
    };
    events.undeclared = [&] { out += ']'; };
    xml::read(all, events, form);
    return out;
}

} // namespace

TEST_CASE("elements, attributes and text come in order, with their places")
{
    CHECK(told("<a x='1'>t&lt;<b/>\n<c></c></a>") == "<a x=1@1>t<<b@1>/18\n<c@2>/26/30");
    CHECK(told("<n:a xmlns:n='urn:n'/>") == "<n:a xmlns:n=urn:n@1>/22");
    CHECK(told("<n:a xmlns:n='urn:n'/>", { .namespaces = true }) == "[n urn:n<urn:n\na@1>/22]");
}

TEST_CASE("what is not well-formed, too deep or brings entities ends with its line")
{
    CHECK_THROWS_WITH(told("<a>\n<b></a>"), Catch::StartsWith("2: column"));
    CHECK_THROWS_AS(told(""), xml::Error);
    const std::string type = "<!DOCTYPE a SYSTEM 'a.dtd'><a/>";
    CHECK_THROWS_WITH(told(type), "1: a document type is not read");
    CHECK(told(type, { .documentType = true }) == "<a@1>/31");
    CHECK_THROWS_AS(
        told("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", { .documentType = true }), xml::Error);
    CHECK_THROWS_AS(told("<!DOCTYPE a SYSTEM 'a.dtd'><a>&e;</a>"), xml::Error);
    std::string deep;
    for (size_t i = 0; i <= xml::MostDepth; ++i) {
        deep += "<a>";
    }
    CHECK_THROWS_AS(told(deep), std::length_error);
}

TEST_CASE("what an event throws comes out, and no event after it")
{
    xml::Events events;
    int count = 0;
    events.begin = [&](std::string_view, const auto&, const xml::Place&) {
        ++count;
        throw std::out_of_range("event");
    };
    events.end = [&](std::string_view, const xml::Place&) { ++count; };
    events.text = [&](std::string_view) { ++count; };
    CHECK_THROWS_AS(xml::read("<a>t<b/></a>", events), std::out_of_range);
    CHECK(count == 1);
}

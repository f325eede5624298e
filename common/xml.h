// XML 1.0 as a row of events, by expat. For text that is no YANG data; of that libyang knows more.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace xml {

/// Not well-formed, or refused: begins with the line, and quotes nothing of the text.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Where an event is in the text.
struct Place {
    size_t line = 0; // from 1
    size_t begin = 0; // bytes: of the tag, or where it is implied
    size_t end = 0; // behind the tag
};

struct Events {
    /// What is thrown ends the reading.
    std::function<void(std::string_view name, const std::map<std::string, std::string>& attributes,
        const Place& place)>
        begin;
    std::function<void(std::string_view name, const Place& place)> end;
    std::function<void(std::string_view part)> text; // a text comes in parts
    /// Prefixes of namespaces, from where they are declared to where that ends; if `namespaces`.
    std::function<void(std::string_view prefix, std::string_view space)> declared {};
    std::function<void()> undeclared {};
};

struct Form {
    bool namespaces = false; // names are "namespace\nname"; else as they are written
    /// There may be a document type that names a DTD, which is not read. One that declares
    /// something, such as an entity, is refused anyway.
    bool documentType = false;
};

/// Throws Error, std::length_error for elements deeper than MostDepth, and what the events throw.
void read(std::string_view all, const Events& events, Form form = {});

constexpr size_t MostDepth = 1024;

} // namespace xml

// XML 1.0: text and attributes of elements, by path. A document type is refused, and with it every
// entity that is not one of XML's own.
#include "agent/prober/probe.h"
#include "agent/prober/vendor/flat_settings.h"
#include "common/text.h"
#include "common/xml.h"

#include <vector>

namespace agent {

namespace {

constexpr size_t MostDepth = 64;

struct Level {
    std::string path;
    std::string text {};
    size_t line = 0;
};

} // namespace

FlatSettings parseXml(std::string_view text)
try {
    FlatSettings out;
    std::vector<Level> levels;
    xml::Events events;
    events.begin = [&](std::string_view name, const auto& attributes, const xml::Place& place) {
        if (levels.size() == MostDepth) {
            throw ParseError(std::to_string(place.line) + ": more than " + std::to_string(MostDepth)
                + " elements deep");
        }
        std::string path = (levels.empty() ? "" : levels.back().path) + "/" + std::string(name);
        path.resize(std::min(path.size(), MostKey + 1)); // then it is not kept, nor what is in it
        for (const auto& [key, value] : attributes) {
            addSetting(out, path + "/@" + key, value, place.line);
        }
        levels.push_back({ std::move(path), {}, place.line });
    };
    events.text = [&](std::string_view part) { levels.back().text += part; };
    events.end = [&](std::string_view, const xml::Place&) {
        const Level& level = levels.back();
        addSetting(out, level.path, std::string(text::trim(level.text)), level.line);
        levels.pop_back();
    };
    xml::read(text, events);
    return out;
} catch (const xml::Error& e) {
    throw ParseError(e.what());
}

} // namespace agent

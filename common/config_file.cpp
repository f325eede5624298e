#include "common/config_file.h"
#include "common/fd.h"
#include "common/text.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace config_file {

namespace {

constexpr size_t Largest = 1u << 20;

std::string_view unquoted(std::string_view value)
{
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
        return value.substr(1, value.size() - 2);
    }
    return value;
}

} // namespace

void read(const std::string& file, const std::vector<std::pair<std::string_view, Setter>>& names)
{
    const std::string all = fd::readFile(file, Largest);
    std::set<std::string_view> seen;
    size_t number = 0;
    for (const std::string_view raw : text::allLines(all)) {
        ++number;
        const std::string_view line = text::trim(raw);
        if (line.empty() || line.front() == '#') {
            continue;
        }
        const auto wrong = [&](const std::string& what) {
            return std::runtime_error(
                file + ":" + std::to_string(number) + ": " + what + ": " + text::quoted(line));
        };
        const size_t equals = line.find('=');
        if (equals == line.npos) {
            throw wrong("no '='");
        }
        const std::string_view name = text::trim(line.substr(0, equals));
        const auto found
            = std::ranges::find(names, name, &std::pair<std::string_view, Setter>::first);
        if (found == names.end()) {
            throw wrong("there is no setting of this name");
        }
        if (!seen.insert(found->first).second) {
            throw wrong("set a second time");
        }
        try {
            found->second(unquoted(text::trim(line.substr(equals + 1))));
        } catch (const std::invalid_argument& e) {
            throw wrong(e.what());
        }
    }
}

Setter text(std::string& into)
{
    return [&into](std::string_view value) { into = value; };
}

Setter path(std::string& into)
{
    return [&into](std::string_view value) {
        if (!value.starts_with('/')) {
            throw std::invalid_argument("not an absolute path");
        }
        into = value;
    };
}

Setter number(unsigned& into, unsigned least, unsigned most)
{
    return [&into, least, most](std::string_view value) {
        const auto parsed = text::number<unsigned>(value);
        if (!parsed || *parsed < least || *parsed > most) {
            throw std::invalid_argument(
                "not a number from " + std::to_string(least) + " to " + std::to_string(most));
        }
        into = *parsed;
    };
}

} // namespace config_file

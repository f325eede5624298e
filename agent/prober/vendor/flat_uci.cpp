// UCI: "config TYPE [NAME]", "option NAME VALUE" and "list NAME VALUE", one a line, with words in
// quotes as in a shell (openwrt.org, "The UCI system"; libuci, file.c).
#include "agent/prober/probe.h"
#include "agent/prober/vendor/flat_settings.h"
#include "common/text.h"

namespace agent {

namespace {

[[noreturn]] void refuse(size_t line, const std::string& what)
{
    throw ParseError(std::to_string(line) + ": " + what);
}

bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/// Words of a line; quoted pieces that touch are one word, and '#' outside of them ends the line.
std::vector<std::string> wordsOf(std::string_view line, size_t number)
{
    std::vector<std::string> out;
    bool inWord = false;
    char quote = 0;
    for (size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote == 0 && (blank(c) || c == '#')) {
            if (c == '#') {
                break;
            }
            inWord = false;
            continue;
        }
        if (!inWord) {
            out.emplace_back();
            inWord = true;
        }
        if (c == '\\' && quote != '\'') {
            if (++i == line.size()) {
                refuse(number, "a line that goes on is not read");
            }
            out.back() += line[i];
        } else if (quote != 0 ? c == quote : c == '"' || c == '\'') {
            quote = quote != 0 ? char(0) : c;
        } else {
            out.back() += c;
        }
    }
    if (quote != 0) {
        refuse(number, "a quote is not closed");
    }
    return out;
}

} // namespace

FlatSettings parseUci(std::string_view all)
{
    FlatSettings out;
    std::map<std::string, size_t> sections; // how many of a type
    std::string byType;
    std::string byName;
    size_t number = 0;
    for (const std::string_view line : text::allLines(all)) {
        const std::vector<std::string> words = wordsOf(line, ++number);
        if (words.empty() || words[0] == "package") {
            continue;
        }
        if (words[0] == "config" && (words.size() == 2 || words.size() == 3)) {
            // Cut, a name is so long that no key of it is kept.
            const std::string type = words[1].substr(0, MostKey);
            byType = "@" + type + "[" + std::to_string(sections[type]++) + "].";
            byName = words.size() == 3 ? words[2].substr(0, MostKey) + "." : "";
        } else if ((words[0] == "option" || words[0] == "list") && words.size() == 3
            && !byType.empty()) {
            addSetting(out, byType + words[1], words[2], number);
            if (!byName.empty()) {
                addSetting(out, byName + words[1], words[2], number);
            }
        } else {
            refuse(number, "neither config, option nor list");
        }
    }
    return out;
}

} // namespace agent

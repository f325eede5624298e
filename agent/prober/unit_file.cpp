#include "agent/prober/unit_file.h"

#include "common/text.h"

namespace agent {

std::vector<std::string> unitWords(std::string_view value)
{
    std::vector<std::string> words;
    std::string word;
    bool any = false;
    char quote = '\0';
    for (size_t i = 0; i <= value.size(); ++i) {
        const char c = i < value.size() ? value[i] : ' ';
        if (quote != '\0' && c == quote && i < value.size()) {
            quote = '\0';
        } else if (quote == '\0' && (c == '"' || c == '\'')) {
            quote = c;
            any = true;
        } else if (c == '\\' && i + 1 < value.size()) {
            word += value[++i];
            any = true;
        } else if (quote == '\0' && (c == ' ' || c == '\t')) {
            if (any) {
                words.push_back(std::move(word));
            }
            word.clear();
            any = false;
        } else if (i < value.size()) {
            word += c;
            any = true;
        }
    }
    if (any) {
        words.push_back(std::move(word));
    }
    return words;
}

std::vector<UnitAssignment> parseUnit(std::string_view all)
{
    std::vector<UnitAssignment> assignments;
    std::string section;
    std::string line;
    if (all.starts_with("\xef\xbb\xbf")) { // config_parse() of systemd skips it
        all.remove_prefix(3);
    }
    for (std::string_view piece : text::fields(all, '\n')) {
        piece = text::trim(piece);
        if (piece.starts_with('#') || piece.starts_with(';')) {
            continue; // also between the lines of a continued one
        }
        line += piece;
        if (line.ends_with('\\')) {
            line.back() = ' ';
            continue;
        }
        const std::string_view whole = text::trim(line);
        const size_t equals = whole.find('=');
        if (whole.starts_with('[') && whole.ends_with(']')) {
            section = whole.substr(1, whole.size() - 2);
        } else if (equals != whole.npos) {
            assignments.push_back(
                { section + "." + std::string(text::trim(whole.substr(0, equals))),
                    std::string(text::trim(whole.substr(equals + 1))) });
        }
        line.clear();
    }
    return assignments;
}

} // namespace agent

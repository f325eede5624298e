// Entries of pklocalauthority(8), which polkit 105 and Debian's polkitd-pkla read: as one function,
// of which the last entry that matches counts.
#include "agent/prober/polkit_rules.h"
#include "agent/prober/probe.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

using Kind = PolkitCondition::Kind;

struct Entry {
    PolkitCondition who { Kind::Or };
    PolkitCondition what { Kind::Or };
    std::string any {};
    std::string active {};
};

PolkitCondition identity(std::string_view word)
{
    constexpr std::string_view User = "unix-user:";
    constexpr std::string_view Group = "unix-group:";
    if (word == "*" || word == "unix-user:*") {
        return {};
    }
    return word.starts_with(User)
        ? PolkitCondition { Kind::User, std::string(word.substr(User.size())) }
        : word.starts_with(Group)
        ? PolkitCondition { Kind::Group, std::string(word.substr(Group.size())) }
        : PolkitCondition { Kind::Never };
}

} // namespace

PolkitScript parsePkla(std::string_view all, const std::string& path)
{
    PolkitScript script;
    std::vector<Entry> entries;
    size_t number = 0;
    for (std::string_view line : text::allLines(all)) {
        ++number;
        line = text::trim(line);
        if (line.empty() || line.front() == '#') {
            continue;
        }
        if (line.front() == '[') {
            entries.emplace_back();
            continue;
        }
        const size_t equals = line.find('=');
        if (equals == line.npos || entries.empty()) {
            throw ParseError(path + ":" + std::to_string(number) + ": " + text::quoted(line));
        }
        const std::string_view key = text::trim(line.substr(0, equals));
        const std::string_view value = text::trim(line.substr(equals + 1));
        Entry& entry = entries.back();
        for (const std::string_view word : text::fields(value, ';')) {
            if (key == "Identity" && !word.empty()) {
                entry.who.parts.push_back(identity(word));
                if (entry.who.parts.back().kind == Kind::Never) {
                    script.undecided.push_back(number);
                }
            } else if (key == "Action" && !word.empty()) {
                entry.what.parts.push_back({ Kind::Action, std::string(word) });
            }
        }
        if (key == "ResultAny") {
            entry.any = value;
        } else if (key == "ResultActive") {
            entry.active = value;
        }
    }
    PolkitFunction out;
    out.where = path;
    std::ranges::reverse(entries);
    for (Entry& entry : entries) {
        const PolkitCondition when { Kind::And, "", { entry.who, entry.what } };
        if (!entry.active.empty()) {
            out.returns.push_back(
                { { Kind::And, "", { when, { Kind::Local, "active" } } }, { entry.active } });
        }
        if (!entry.any.empty()) {
            out.returns.push_back({ when, { entry.any } });
        }
    }
    script.functions.push_back(std::move(out));
    return script;
}

} // namespace agent

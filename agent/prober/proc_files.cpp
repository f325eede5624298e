#include "agent/prober/proc_files.h"
#include "agent/prober/probe.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

[[noreturn]] void notUnderstood(
    const std::string& file, std::string_view what, std::string_view text)
{
    throw ParseError(file + ": " + std::string(what) + " in " + text::quoted(text));
}

template <std::integral T>
T numberOf(std::string_view word, const std::string& file, std::string_view what, int base = 10)
{
    const std::optional<T> value = text::number<T>(word, base);
    if (!value) {
        notUnderstood(file, what, word);
    }
    return *value;
}

/// What stands behind "\nname:" up to the end of the line.
std::string_view statusLine(std::string_view all, std::string_view name, const std::string& file)
{
    const size_t at = all.find(name);
    if (at == all.npos) {
        throw ParseError(
            file + ": no line " + text::quoted(name.substr(1)) + " in " + text::quoted(all));
    }
    const std::string_view rest = all.substr(at + name.size());
    return rest.substr(0, rest.find('\n'));
}

bool octal(char c)
{
    return c >= '0' && c <= '7';
}

/// Blank, tab, newline and backslash are written as \040 and so on.
std::string unescaped(std::string_view word)
{
    std::string out;
    for (size_t i = 0; i < word.size(); ++i) {
        if (word[i] == '\\' && i + 3 < word.size() && octal(word[i + 1]) && octal(word[i + 2])
            && octal(word[i + 3])) {
            out += static_cast<char>(
                (word[i + 1] - '0') * 64 + (word[i + 2] - '0') * 8 + (word[i + 3] - '0'));
            i += 3;
        } else {
            out += word[i];
        }
    }
    return out;
}

} // namespace

ProcessStat parseStat(std::string_view all, const std::string& file)
{
    constexpr size_t StartTime = 19; // counted from the state, which is field 3 of proc(5)
    const size_t open = all.find(" (");
    const size_t close = all.rfind(") ");
    if (open == all.npos || close == all.npos || close < open + 2) {
        notUnderstood(file, "no name in brackets", all);
    }
    ProcessStat stat;
    stat.pid = numberOf<uint32_t>(all.substr(0, open), file, "process id");
    stat.name = all.substr(open + 2, close - open - 2);
    const auto words = text::words(text::trim(all.substr(close + 2)));
    if (words.size() <= StartTime || words[0].size() != 1) {
        notUnderstood(file, "too few fields", all);
    }
    stat.state = words[0][0];
    stat.parent = numberOf<uint32_t>(words[1], file, "parent");
    stat.flags = numberOf<uint32_t>(words[6], file, "flags");
    stat.threads = numberOf<uint32_t>(words[17], file, "number of threads");
    stat.startTicks = numberOf<uint64_t>(words[StartTime], file, "start time");
    return stat;
}

ProcessStatus parseStatus(std::string_view all, const std::string& file)
{
    // Real, effective, saved and file system id. The name, in the first line, is escaped.
    const auto users = text::words(statusLine(all, "\nUid:", file));
    const auto groups = text::words(statusLine(all, "\nGid:", file));
    if (users.size() != 4 || groups.size() != 4) {
        notUnderstood(file, "not four ids", all);
    }
    ProcessStatus status;
    status.user = numberOf<uid_t>(users[1], file, "user id");
    status.group = numberOf<gid_t>(groups[1], file, "group id");
    status.capabilities = numberOf<uint64_t>(
        text::trim(statusLine(all, "\nCapEff:", file)), file, "capabilities", 16);
    return status;
}

std::vector<std::string> parseArguments(std::string_view all)
{
    std::vector<std::string> arguments;
    while (!all.empty()) {
        const size_t end = std::min(all.find('\0'), all.size());
        arguments.emplace_back(all.substr(0, end));
        all.remove_prefix(std::min(end + 1, all.size()));
    }
    return arguments;
}

std::optional<uint64_t> namespaceInode(std::string_view link, std::string_view kind)
{
    if (!link.starts_with(kind) || !link.substr(kind.size()).starts_with(":[")
        || !link.ends_with(']')) {
        return std::nullopt;
    }
    link.remove_prefix(kind.size() + 2);
    link.remove_suffix(1);
    return text::number<uint64_t>(link);
}

std::optional<std::string> unitOfCgroup(std::string_view all)
{
    for (const std::string_view line : text::lines(all)) {
        // hierarchy:controllers:path; version 2, or systemd's own hierarchy of version 1.
        const size_t first = line.find(':');
        const size_t second = first == line.npos ? first : line.find(':', first + 1);
        if (second == line.npos) {
            continue;
        }
        const std::string_view controllers = line.substr(first + 1, second - first - 1);
        if (!controllers.empty() && controllers != "name=systemd") {
            continue;
        }
        for (const std::string_view part : text::fields(line.substr(second + 1), '/')) {
            if (part.ends_with(".service")
                || (part.ends_with(".scope") && !part.starts_with("session-"))) {
                return std::string(part);
            }
        }
    }
    return std::nullopt;
}

std::vector<Mount> parseMountinfo(std::string_view all, const std::string& file)
{
    std::vector<Mount> mounts;
    for (const std::string_view line : text::lines(all)) {
        // id parent major:minor root point options optional... - type source super-options
        const auto words = text::words(line);
        const auto dash = std::ranges::find(words, "-");
        if (words.size() < 9 || dash - words.begin() < 6 || words.end() - dash < 3) {
            notUnderstood(file, "no mount", line);
        }
        mounts.push_back({ unescaped(words[3]), unescaped(words[4]), unescaped(dash[1]),
            words.end() - dash > 3 ? std::string(dash[3]) : std::string() });
    }
    return mounts;
}

} // namespace agent

// sshd_config(5) as sshd reads it: first value wins, Include where it stands, Match blocks as
// scopes. OpenSSH 9.2, servconf.c; keywords up to 10.5 are known.
#pragma once

#include "agent/prober/probe.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct SshdValue {
    std::vector<std::string> words; // without quotes and escapes
    std::string where; // "/etc/ssh/sshd_config:12", "command line"
    std::string keyword; // as it was written
};

/// By keyword in lower case, aliases resolved. More than one value only for the keywords that sshd
/// adds up (Port, ListenAddress, HostKey, AllowUsers, ...).
using SshdValues = std::map<std::string, std::vector<SshdValue>, std::less<>>;

/// One criterion of a Match line.
struct SshdCriterion {
    std::string name; // as sshd_config(5) spells it: "Address"
    std::string argument;
    bool operator==(const SshdCriterion&) const = default;
};

/// A Match block, with the criteria of the block that includes its file. 'Match all' has none.
struct SshdScope {
    std::vector<SshdCriterion> criteria;
    std::string condition; // such as "Match Address 10.0.0.0/8"
    std::string where;
    SshdValues values;
};

struct SshdConfig {
    SshdValues global;
    std::vector<SshdScope> scopes; // in the order of the file: the first that matches wins
    std::vector<std::string> files; // that were read
    std::string optionsFrom; // `where` of the values of options

    /// Values for a connection for which exactly the scopes in `matching` (indices, ascending)
    /// match, and those of 'Match all': the first block that has the keyword, else the global part.
    std::vector<SshdValue> values(
        std::string_view keyword, const std::vector<size_t>& matching = {}) const;
    std::optional<SshdValue> value(
        std::string_view keyword, const std::vector<size_t>& matching = {}) const;
    /// First word of the value, or `otherwise`.
    std::string word(std::string_view keyword, std::string_view otherwise,
        const std::vector<size_t>& matching = {}) const;
};

/// Files that a pattern of Include stands for, with their text.
using SshdInclude
    = std::function<std::vector<std::pair<std::string, std::string>>(const std::string& pattern)>;

/// Parses the text of a configuration. `options` are those given by -o, which win. Throws
/// ParseError for what sshd refuses to start with.
SshdConfig parseSshdConfig(std::string_view text, const std::string& path,
    const SshdInclude& include, const std::vector<std::string>& options = {},
    const std::string& optionsFrom = "command line");

/// The same from files. Throws Absent if there is no such file.
SshdConfig readSshdConfig(const Root& root, const std::string& path = "/etc/ssh/sshd_config",
    const std::vector<std::string>& options = {}, const std::string& optionsFrom = "command line");

/// Seconds of a time such as "90", "1h30m", "2d" (convtime of OpenSSH); nothing if it is none.
std::optional<uint32_t> sshdTime(std::string_view text);
/// Whether `text` matches a pattern of ssh_config(5), PATTERNS ('*', '?').
bool sshdPattern(std::string_view text, std::string_view pattern);
/// The same for a list with ',' between and '!' for negation.
bool sshdPatternList(std::string_view text, std::string_view list);

struct SshdKeyword {
    const char* name;
    const char* meaning; // name it is an alias of; the same name otherwise
    enum class Kind { First, Added, Ignored } kind;
    bool inMatch; // allowed inside a Match block
};
/// Nothing if sshd knows no such keyword.
const SshdKeyword* sshdKeyword(std::string_view name);

} // namespace agent

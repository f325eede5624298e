#include "agent/prober/sshd_config.h"
#include "agent/prober/sshd_line.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

constexpr int MaxDepth = 16; // SERVCONF_MAX_DEPTH
constexpr size_t MaxScopes = 512;
constexpr size_t MaxFiles = 1024;

/// One reading of a configuration: the state that process_server_config_line() keeps.
class Reader {
public:
    Reader(SshdConfig& config, const SshdInclude& include)
        : config_(config)
        , include_(include)
    {
    }

    void option(const std::string& text)
    {
        const std::string& where = config_.optionsFrom;
        const auto line = sshdLine(text, where);
        if (!line) {
            throw ParseError(where + ": sshd has no argument in -o " + text::quoted(text));
        }
        const SshdKeyword& keyword = known(*line, where);
        if (std::string_view(keyword.name) == "match"
            || std::string_view(keyword.name) == "include") {
            throw ParseError(where + ": sshd allows no " + text::quoted(line->keyword) + " in -o");
        }
        put(config_.global, keyword, *line, where);
    }

    /// `enclosing`: the scope that the file is included from, or -1.
    void file(const std::string& path, std::string_view text, long enclosing, int depth)
    {
        if (depth > MaxDepth) {
            throw ParseError(path + ": more than 16 levels of Include");
        }
        if (config_.files.size() >= MaxFiles) {
            throw ParseError(path + ": more than " + std::to_string(MaxFiles) + " included files");
        }
        config_.files.push_back(path);
        long scope = enclosing;
        size_t number = 0;
        for (const std::string_view raw : text::allLines(text)) {
            const std::string where = path + ":" + std::to_string(++number);
            const auto line = sshdLine(raw, where);
            if (!line) {
                continue;
            }
            const SshdKeyword& keyword = known(*line, where);
            const std::string_view name = keyword.name;
            if (name == "match") {
                scope = match(*line, where, enclosing);
            } else if (name == "include") {
                includeAll(*line, where, scope, depth);
            } else {
                if (scope >= 0 && !keyword.inMatch) {
                    throw ParseError(where + ": sshd allows no " + text::quoted(line->keyword)
                        + " within a Match block");
                }
                SshdValues& values = scope < 0 ? config_.global
                                               : config_.scopes[static_cast<size_t>(scope)].values;
                put(values, keyword, *line, where);
            }
        }
    }

private:
    static const SshdKeyword& known(const SshdLine& line, const std::string& where)
    {
        const SshdKeyword* keyword = sshdKeyword(line.keyword);
        if (!keyword) {
            throw ParseError(where + ": sshd knows no keyword " + text::quoted(line.keyword)
                + " and will not start");
        }
        return *keyword;
    }

    static void put(SshdValues& values, const SshdKeyword& keyword, const SshdLine& line,
        const std::string& where)
    {
        if (keyword.kind == SshdKeyword::Kind::Ignored) {
            return;
        }
        std::vector<std::string> words = sshdWords(line.rest, where);
        if (words.empty()) {
            throw ParseError(where + ": sshd finds no argument of " + text::quoted(line.keyword));
        }
        std::vector<SshdValue>& all = values[keyword.meaning];
        if (all.empty() || keyword.kind == SshdKeyword::Kind::Added) {
            all.push_back({ std::move(words), where, line.keyword });
        }
    }

    long match(const SshdLine& line, const std::string& where, long enclosing)
    {
        if (config_.scopes.size() >= MaxScopes) {
            throw ParseError(where + ": more than " + std::to_string(MaxScopes) + " Match blocks");
        }
        SshdScope scope;
        scope.where = where;
        scope.criteria = sshdCriteria(line.rest, where);
        scope.condition = "Match";
        for (const SshdCriterion& criterion : scope.criteria) {
            scope.condition += " " + criterion.name;
            scope.condition += criterion.argument.empty() ? "" : " " + criterion.argument;
        }
        if (scope.criteria.empty()) {
            scope.condition += " all";
        }
        if (enclosing >= 0) {
            const SshdScope& outer = config_.scopes[static_cast<size_t>(enclosing)];
            if (scope.criteria.empty()) {
                scope.condition = outer.condition;
            } else if (!outer.criteria.empty()) {
                scope.condition = outer.condition + " and " + scope.condition;
            }
            scope.criteria.insert(
                scope.criteria.begin(), outer.criteria.begin(), outer.criteria.end());
        }
        config_.scopes.push_back(std::move(scope));
        return static_cast<long>(config_.scopes.size()) - 1;
    }

    void includeAll(const SshdLine& line, const std::string& where, long scope, int depth)
    {
        const std::vector<std::string> patterns = sshdWords(line.rest, where);
        if (patterns.empty()) {
            throw ParseError(where + ": sshd finds no file name after Include");
        }
        for (const std::string& pattern : patterns) {
            if (pattern.empty()) {
                throw ParseError(where + ": sshd refuses an empty file name after Include");
            }
            const bool absolute = pattern[0] == '/' || pattern[0] == '~';
            for (const auto& [path, text] : include_(absolute ? pattern : "/etc/ssh/" + pattern)) {
                file(path, text, scope, depth + 1);
            }
        }
    }

    SshdConfig& config_;
    const SshdInclude& include_;
};

} // namespace

std::vector<SshdValue> SshdConfig::values(
    std::string_view keyword, const std::vector<size_t>& matching) const
{
    const SshdKeyword* known = sshdKeyword(keyword);
    const bool added = known && known->kind == SshdKeyword::Kind::Added;
    std::vector<SshdValue> out;
    for (size_t i = 0; i < scopes.size(); ++i) {
        const bool in = scopes[i].criteria.empty() || std::ranges::binary_search(matching, i);
        const auto found = in ? scopes[i].values.find(keyword) : scopes[i].values.end();
        if (found != scopes[i].values.end() && (added || out.empty())) {
            out.insert(out.end(), found->second.begin(), found->second.end());
        }
    }
    if (!out.empty()) {
        return out;
    }
    const auto found = global.find(keyword);
    return found == global.end() ? out : found->second;
}

std::optional<SshdValue> SshdConfig::value(
    std::string_view keyword, const std::vector<size_t>& matching) const
{
    const std::vector<SshdValue> all = values(keyword, matching);
    return all.empty() ? std::nullopt : std::optional(all.front());
}

std::string SshdConfig::word(
    std::string_view keyword, std::string_view otherwise, const std::vector<size_t>& matching) const
{
    const auto found = value(keyword, matching);
    return found ? found->words.front() : std::string(otherwise);
}

SshdConfig parseSshdConfig(std::string_view text, const std::string& path,
    const SshdInclude& include, const std::vector<std::string>& options,
    const std::string& optionsFrom)
{
    SshdConfig config;
    config.optionsFrom = optionsFrom;
    Reader reader(config, include);
    for (const std::string& option : options) {
        reader.option(option);
    }
    reader.file(path, text, -1, 0);
    return config;
}

SshdConfig readSshdConfig(const Root& root, const std::string& path,
    const std::vector<std::string>& options, const std::string& optionsFrom)
{
    const SshdInclude include = [&root](const std::string& pattern) {
        std::vector<std::pair<std::string, std::string>> files;
        for (const std::string& found : root.glob(pattern)) {
            files.emplace_back(found, root.read(found));
        }
        return files;
    };
    return parseSshdConfig(root.read(path), path, include, options, optionsFrom);
}

} // namespace agent

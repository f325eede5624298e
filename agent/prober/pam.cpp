#include "agent/prober/pam.h"
#include "agent/prober/pam_line.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

constexpr int MaxLevel = 16; // PAM_SUBSTACK_MAX_LEVEL
constexpr int MaxDepth = 64; // of includes; libpam has no limit but its stack
constexpr size_t MaxRules = 10'000;
constexpr std::string_view Folders[] = { "/etc/pam.d/", "/usr/lib/pam.d/" };

std::optional<PamType> typeOf(std::string_view word)
{
    constexpr std::pair<std::string_view, PamType> Types[]
        = { { "auth", PamType::Auth }, { "account", PamType::Account },
              { "session", PamType::Session }, { "password", PamType::Password } };
    for (const auto& [name, type] : Types) {
        if (text::equalsIgnoringCase(word, name)) {
            return type;
        }
    }
    return std::nullopt;
}

std::string moduleName(const std::string& path)
{
    const std::string name = path.substr(path.rfind('/') + 1);
    return name.substr(0, name.rfind('.'));
}

class Reader {
public:
    Reader(const PamFiles& files, PamStack& out, std::vector<std::string>& missing)
        : files_(files)
        , out_(out)
        , missing_(missing)
    {
    }

    /// `only`: the type of the rule that includes this text; others are left out.
    void text(std::string_view all, const std::string& path, std::optional<PamType> only, int level,
        int depth)
    {
        for (const PamLine& line : pamLines(all, path)) {
            rule(line.text, path + ":" + std::to_string(line.number), only, level, depth);
        }
    }

    void rule(std::string_view rest, const std::string& where, std::optional<PamType> only,
        int level, int depth)
    {
        PamRule rule;
        rule.where = where;
        rule.level = level;
        std::string word = pamWord(rest).value_or("");
        if (text::equalsIgnoringCase(word, "@include")) {
            includeAll(pamWord(rest), where, only, level, depth);
            return;
        }
        if (word.starts_with('-')) {
            word.erase(0, 1); // only that a missing module is not logged
        }
        const auto type = typeOf(word);
        rule.type = type.value_or(only.value_or(PamType::Auth));
        rule.kind = type ? PamRule::Kind::Module : PamRule::Kind::MustFail;
        if (only && rule.type != *only) {
            return;
        }
        const auto control = pamWord(rest);
        const std::string name = text::lower(control.value_or(""));
        if (name == "include" || name == "substack") {
            include(rule, pamWord(rest), name == "substack", depth);
            return;
        }
        rule.actions = pamControl(control.value_or(""));
        const auto module = pamWord(rest);
        if (!control || !module) {
            rule.kind = PamRule::Kind::MustFail;
        } else {
            rule.module = moduleName(*module);
        }
        while (auto argument = pamWord(rest)) {
            rule.arguments.push_back(std::move(*argument));
        }
        add(std::move(rule));
    }

private:
    void add(PamRule rule)
    {
        if (out_.size() >= MaxRules) {
            throw ParseError(rule.where + ": more than " + std::to_string(MaxRules) + " rules");
        }
        out_.push_back(std::move(rule));
    }

    std::optional<std::pair<std::string, std::string>> find(const std::string& name) const
    {
        if (name.starts_with('/')) {
            auto text = files_(name);
            return text ? std::optional(std::pair(name, std::move(*text))) : std::nullopt;
        }
        for (const std::string_view folder : Folders) {
            const std::string path = std::string(folder) + name;
            if (auto text = files_(path)) {
                return std::pair(path, std::move(*text));
            }
        }
        return std::nullopt;
    }

    /// @include of Debian. A file that is not there makes libpam give up the whole service.
    void includeAll(const std::optional<std::string>& name, const std::string& where,
        std::optional<PamType> only, int level, int depth)
    {
        const auto file = name ? find(*name) : std::nullopt;
        if (!file) {
            missing_.push_back(where + ": no file " + text::quoted(name.value_or(""))
                + " to include, PAM refuses everybody");
            return;
        }
        deeper(where, depth);
        text(file->second, file->first, only, level, depth + 1);
    }

    /// 'include' and 'substack': a file that is not there is a rule that fails.
    void include(PamRule rule, const std::optional<std::string>& name, bool substack, int depth)
    {
        const auto file = name ? find(*name) : std::nullopt;
        const int level = rule.level + (substack ? 1 : 0);
        const PamType only = rule.type;
        const std::string where = rule.where;
        if (substack) {
            PamRule mark = rule;
            mark.kind = PamRule::Kind::Substack;
            add(std::move(mark));
        }
        if (!file || level >= MaxLevel) {
            rule.kind = PamRule::Kind::MustFail;
            rule.actions.fill(PamActBad);
            add(std::move(rule));
            return;
        }
        deeper(where, depth);
        text(file->second, file->first, only, level, depth + 1);
    }

    static void deeper(const std::string& where, int depth)
    {
        if (depth >= MaxDepth) {
            throw ParseError(where + ": files include each other without end");
        }
    }

    const PamFiles& files_;
    PamStack& out_;
    std::vector<std::string>& missing_;
};

/// Folders that modules are loaded from, and what is in them.
std::vector<std::string> installedModules(const Root& root)
{
    std::vector<std::string> names;
    for (const char* pattern : { "/lib/security", "/lib/*/security", "/lib64/security",
             "/usr/lib/security", "/usr/lib/*/security", "/usr/lib64/security" }) {
        for (const std::string& folder : root.glob(pattern)) {
            for (const std::string& name : root.list(folder)) {
                if (name.starts_with("pam_") && name.ends_with(".so")) {
                    names.push_back(name.substr(0, name.size() - 3));
                }
            }
        }
    }
    return names;
}

} // namespace

bool PamRule::has(std::string_view argument) const
{
    return std::ranges::find(arguments, argument) != arguments.end();
}

std::optional<std::string> PamRule::value(std::string_view name) const
{
    std::optional<std::string> found;
    for (const std::string& argument : arguments) {
        if (argument.size() > name.size() && argument.starts_with(name)
            && argument[name.size()] == '=') {
            found = argument.substr(name.size() + 1);
        }
    }
    return found;
}

PamStack PamService::stack(PamType type) const
{
    const auto ofType = [type](const PamStack& all) {
        PamStack some;
        std::ranges::copy_if(all, std::back_inserter(some),
            [type](const PamRule& rule) { return rule.type == type; });
        return some;
    };
    PamStack mine = ofType(rules);
    return mine.empty() ? ofType(other) : mine;
}

void parsePam(std::string_view text, const std::string& path, const PamFiles& files, PamStack& out,
    std::vector<std::string>& missing)
{
    Reader(files, out, missing).text(text, path, std::nullopt, 0, 0);
}

void parsePamConf(std::string_view text, const std::string& path, const PamFiles& files,
    const std::string& service, PamStack& out, std::vector<std::string>& missing)
{
    Reader reader(files, out, missing);
    for (const PamLine& line : pamLines(text, path)) {
        std::string_view rest = line.text;
        const std::string name = pamWord(rest).value_or("");
        if (text::equalsIgnoringCase(name, service)) {
            reader.rule(rest, path + ":" + std::to_string(line.number), std::nullopt, 0, 0);
        }
    }
}

std::optional<PamService> readPam(const Root& root, const std::string& service)
{
    const PamFiles files = [&root](const std::string& path) { return root.readIfThere(path); };
    PamService out { service, false, {}, {}, {} };
    const bool folder = root.exists("/etc/pam.d") || root.exists("/usr/lib/pam.d");
    bool any = false;
    if (folder) {
        for (const auto& [name, rules] :
            { std::pair(service, &out.rules), std::pair(std::string("other"), &out.other) }) {
            for (const std::string_view at : Folders) {
                const std::string path = std::string(at) + name;
                if (const auto text = root.readIfThere(path)) {
                    parsePam(*text, path, files, *rules, out.missing);
                    out.own = out.own || name == service;
                    any = true;
                    break;
                }
            }
        }
    } else if (const auto text = root.readIfThere("/etc/pam.conf")) {
        parsePamConf(*text, "/etc/pam.conf", files, service, out.rules, out.missing);
        parsePamConf(*text, "/etc/pam.conf", files, "other", out.other, out.missing);
        out.own = !out.rules.empty();
        any = true;
    }
    if (!any) {
        return std::nullopt;
    }
    const std::vector<std::string> modules = installedModules(root);
    for (PamStack* rules : { &out.rules, &out.other }) {
        for (PamRule& rule : *rules) {
            rule.missing = rule.kind == PamRule::Kind::Module && !modules.empty()
                && std::ranges::find(modules, rule.module) == modules.end();
        }
    }
    return out;
}

} // namespace agent

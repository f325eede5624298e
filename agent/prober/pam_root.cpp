// Rules of PAM that keep root out: pam_succeed_if(8), pam_listfile(8), pam_securetty(8),
// pam_usertype(8), pam_access(8).
#include "agent/prober/pam_access.h"
#include "agent/prober/pam_auth.h"
#include "common/text.h"

#include <algorithm>
#include <optional>

namespace agent {

namespace {

/// One condition of pam_succeed_if for root; nothing if it is not about what is known of root.
std::optional<bool> condition(std::string_view left, std::string_view is, std::string_view right)
{
    if (left == "user") {
        if (is == "=" || is == "!=") {
            return (right == "root") == (is == "=");
        }
        if (is == "in" || is == "notin") {
            const auto names = text::fields(right, ':');
            return (std::ranges::find(names, "root") != names.end()) == (is == "in");
        }
        return std::nullopt;
    }
    const auto number = text::number<uint32_t>(right);
    if (left != "uid" || !number) {
        return std::nullopt;
    }
    return is == "ge" || is == ">=" ? *number == 0
        : is == "gt" || is == ">"   ? false
        : is == "lt" || is == "<"   ? *number > 0
        : is == "le" || is == "<="  ? true
        : is == "eq" || is == "="   ? *number == 0
        : is == "ne" || is == "!="  ? *number != 0
                                    : std::optional<bool>();
}

bool succeeds(const PamRule& rule)
{
    std::vector<std::string> words;
    for (const std::string& argument : rule.arguments) {
        constexpr std::string_view Flags[]
            = { "debug", "use_uid", "quiet", "quiet_fail", "quiet_success", "audit" };
        if (std::ranges::find(Flags, argument) == std::end(Flags)) {
            words.push_back(argument);
        }
    }
    for (size_t i = 0; i + 2 < words.size(); i += 3) {
        if (condition(words[i], words[i + 1], words[i + 2]) == false) {
            return false;
        }
    }
    return true;
}

bool listAdmits(const PamRule& rule, const Root& root)
{
    const auto file = rule.value("file");
    if (rule.value("item") != "user" || !file) {
        return true;
    }
    const auto text = root.readIfThere(*file);
    if (!text) {
        return rule.value("onerr") == "succeed";
    }
    const auto lines = text::lines(*text);
    const bool listed = std::ranges::find(lines, "root") != lines.end();
    return listed == (rule.value("sense") == "allow");
}

/// Without the file every terminal is secure; a terminal of a network is listed as "pts/0" or
/// "ssh".
bool terminalAdmits(const Root& root)
{
    const auto text = root.readIfThere("/etc/securetty");
    if (!text) {
        return true;
    }
    const auto lines = text::lines(*text);
    return std::ranges::any_of(
        lines, [](std::string_view line) { return line.starts_with("pts/") || line == "ssh"; });
}

/// In from somewhere, though maybe from there only, which is told.
bool accessAdmits(const PamRule& rule, const Root& root, std::set<std::string>& evidence)
{
    const AccessForRoot access = accessForRoot(rule, root);
    if (!access.anywhere) {
        for (const std::string& origin : access.origins) {
            evidence.insert(access.where + ": root is let in from " + text::carried(origin));
        }
        for (const std::string& netgroup : access.netgroups) {
            evidence.insert(
                access.where + ": root is let in if it is in netgroup " + text::carried(netgroup));
        }
    }
    return access.anywhere || !access.origins.empty() || !access.netgroups.empty();
}

} // namespace

bool admitsRoot(const PamStack& stack, const Root& root, std::set<std::string>& evidence)
{
    std::set<std::string> refusing;
    std::set<std::string> admitting;
    const auto module = [&](const PamRule& rule) -> int {
        const bool passes = rule.module == "pam_succeed_if" ? succeeds(rule)
            : rule.module == "pam_listfile"                 ? listAdmits(rule, root)
            : rule.module == "pam_securetty"                ? terminalAdmits(root)
            : rule.module == "pam_access"                   ? accessAdmits(rule, root, admitting)
            : rule.module == "pam_usertype"                 ? !rule.has("isregular")
                                                            : rule.module != "pam_deny";
        if (!passes) {
            refusing.insert(rule.module + ".so at " + rule.where + " refuses root");
        }
        return passes ? PamSuccess : PamAuthErr;
    };
    const bool in = stack.empty() || runPam(stack, module) == PamSuccess;
    const std::set<std::string>& why = in ? admitting : refusing;
    evidence.insert(why.begin(), why.end());
    return in;
}

} // namespace agent

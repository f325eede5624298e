#include "agent/prober/faillock.h"
#include "agent/prober/config_line.h"
#include "common/text.h"

#include <algorithm>
#include <limits>

namespace agent {

namespace {

constexpr uint32_t MaxInterval = 604800; // MAX_TIME_INTERVAL

/// What sscanf() takes for "%u" from the start of a text: blanks, a sign, digits; what follows does
/// not matter. A sign negates the unsigned value, too much becomes the largest.
std::optional<uint64_t> scanned(std::string_view text)
{
    while (!text.empty() && isConfigSpace(text[0])) {
        text.remove_prefix(1);
    }
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    text = text.substr(0, text.find_first_not_of("0123456789"));
    if (text.empty()) {
        return std::nullopt;
    }
    const auto value = text::number<uint64_t>(text);
    if (!value) {
        return std::numeric_limits<uint64_t>::max();
    }
    return negative ? ~*value + 1 : *value;
}

/// "%hu": the low 16 bits.
void setDeny(Faillock& all, std::string_view value, const std::string& where)
{
    if (const auto number = scanned(value)) {
        all.deny = static_cast<uint16_t>(*number);
        all.denyWhere = where;
    }
}

/// "%u": the low 32 bits, and not more than a week.
std::optional<uint32_t> interval(std::string_view value)
{
    const auto number = scanned(value);
    const uint32_t seconds = number ? static_cast<uint32_t>(*number) : MaxInterval + 1;
    return seconds > MaxInterval ? std::nullopt : std::optional(seconds);
}

void set(Faillock& all, std::string_view name, std::string_view value, const std::string& where)
{
    if (name == "deny") {
        setDeny(all, value, where);
    } else if (name == "fail_interval") {
        all.failInterval = interval(value).value_or(all.failInterval);
    } else if (name == "unlock_time") {
        const auto seconds = value == "never" ? 0 : interval(value);
        if (seconds) {
            all.unlockTime = *seconds;
            all.unlockWhere = where;
        }
    } else if (name == "even_deny_root") {
        all.root = true;
    } else if (name == "nodelay") {
        all.delay = false;
    }
}

} // namespace

Faillock parseFaillock(const std::optional<std::string>& text, const PamRule& rule)
{
    Faillock all;
    const auto conf = rule.value("conf");
    all.path = conf.value_or(all.path);
    if (!text && conf) {
        all.broken = true;
        return all;
    }
    const ConfigLines config = configLines(text.value_or(""));
    for (const ConfigLine& line : config.lines) {
        set(all, line.name, line.value,
            all.path + ":" + std::to_string(line.number) + ": " + line.name + " = " + line.value);
    }
    all.broken = config.malformed.has_value();
    for (const std::string& argument : rule.arguments) {
        if (argument == "preauth") {
            all.act = Faillock::Act::Preauth;
        } else if (argument == "authfail") {
            all.act = Faillock::Act::Authfail;
        } else if (argument == "authsucc") {
            all.act = Faillock::Act::Authsucc;
        } else {
            const size_t at = std::min(argument.find('='), argument.size());
            set(all, argument.substr(0, at), argument.substr(std::min(at + 1, argument.size())),
                "pam_faillock.so " + argument + " at " + rule.where);
        }
    }
    return all;
}

Faillock readFaillock(const Root& root, const PamRule& rule)
{
    return parseFaillock(
        root.readIfThere(rule.value("conf").value_or("/etc/security/faillock.conf")), rule);
}

Faillock tally(const PamRule& rule)
{
    Faillock all;
    all.act = Faillock::Act::Tally;
    all.delay = false;
    all.deny = 0;
    all.unlockTime = 0;
    all.failInterval = 0; // failures are counted for ever
    all.denyWhere = all.unlockWhere = rule.module + " default";
    for (const std::string& argument : rule.arguments) {
        const std::string where = rule.module + ".so " + argument + " at " + rule.where;
        const size_t at = std::min(argument.find('='), argument.size());
        const std::string name = argument.substr(0, at);
        const auto number = text::number<uint32_t>(
            std::string_view(argument).substr(std::min(at + 1, argument.size())));
        if (name == "deny" && number) {
            all.deny = *number;
            all.denyWhere = where;
        } else if (name == "unlock_time" && number) {
            all.unlockTime = *number;
            all.unlockWhere = where;
        } else if (name == "even_deny_root" || name == "even_deny_root_account") {
            all.root = true;
        }
    }
    return all;
}

} // namespace agent

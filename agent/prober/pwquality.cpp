#include "agent/prober/pwquality.h"
#include "agent/prober/config_line.h"
#include "common/text.h"

#include <algorithm>
#include <climits>
#include <optional>

namespace agent {

namespace {

const std::string Main = "/etc/security/pwquality.conf";
constexpr int Floor = 6; // PWQ_BASE_MIN_LENGTH
constexpr int Classes = 4;
constexpr int DictionaryFloor = 6; // MINLEN of cracklib's FascistCheck()
constexpr size_t MaxOption = 79; // of a name in a PAM argument

enum class Kind { Number, Text, Flag };

struct Known {
    const char* name;
    Kind kind;
    Setting Pwquality::*setting; // nothing: of no consequence here
};

constexpr Known Settings[] = {
    { "difok", Kind::Number, nullptr },
    { "minlen", Kind::Number, &Pwquality::minLength },
    { "dcredit", Kind::Number, &Pwquality::digitCredit },
    { "ucredit", Kind::Number, &Pwquality::upperCredit },
    { "lcredit", Kind::Number, &Pwquality::lowerCredit },
    { "ocredit", Kind::Number, &Pwquality::otherCredit },
    { "minclass", Kind::Number, &Pwquality::minClasses },
    { "maxrepeat", Kind::Number, nullptr },
    { "maxclassrepeat", Kind::Number, nullptr },
    { "maxsequence", Kind::Number, nullptr },
    { "gecoscheck", Kind::Number, nullptr },
    { "dictcheck", Kind::Number, &Pwquality::dictionary },
    { "usercheck", Kind::Number, &Pwquality::username },
    { "usersubstr", Kind::Number, nullptr },
    { "enforcing", Kind::Number, &Pwquality::enforcing },
    { "badwords", Kind::Text, nullptr },
    { "dictpath", Kind::Text, nullptr },
    { "retry", Kind::Number, nullptr },
    { "enforce_for_root", Kind::Flag, &Pwquality::enforceForRoot },
    { "local_users_only", Kind::Flag, &Pwquality::localUsersOnly },
};

/// strtol() over the whole text: blanks and a sign may stand before it.
std::optional<int> wholeNumber(std::string_view text)
{
    while (!text.empty() && isConfigSpace(text[0])) {
        text.remove_prefix(1);
    }
    if (text.starts_with('+') && !text.starts_with("+-")) {
        text.remove_prefix(1);
    }
    const auto value = text::number<long>(text);
    return value && *value<INT_MAX&& * value> INT_MIN ? std::optional(static_cast<int>(*value))
                                                      : std::nullopt;
}

/// set_name_value(); what is wrong with it, or nothing.
std::optional<std::string> set(
    Pwquality& all, std::string_view name, std::string_view value, const std::string& where)
{
    const auto* known = std::ranges::find_if(Settings,
        [name](const Known& setting) { return text::equalsIgnoringCase(setting.name, name); });
    if (known == std::end(Settings)) {
        return "unknown setting " + text::quoted(name);
    }
    std::optional<int> number = 1;
    if (known->kind == Kind::Number) {
        number = wholeNumber(value);
        if (!number) {
            return std::string(known->name) + " is " + text::quoted(value);
        }
    }
    if (known->setting == &Pwquality::minLength) {
        number = std::max(*number, Floor);
    } else if (known->setting == &Pwquality::minClasses) {
        number = std::min(*number, Classes);
    }
    if (known->setting) {
        all.*known->setting = { *number, where };
    }
    return std::nullopt;
}

Pwquality defaults()
{
    const Setting none { 0, "libpwquality default" };
    const Setting on { 1, none.where };
    Pwquality all;
    all.minLength = { 8, none.where };
    all.digitCredit = all.upperCredit = all.lowerCredit = all.otherCredit = none;
    all.minClasses = all.enforceForRoot = all.localUsersOnly = none;
    all.dictionary = all.username = all.enforcing = on;
    return all;
}

/// False if the library stops here, and reads no further file either.
bool readFile(Pwquality& all, const PwqualityFile& file)
{
    const ConfigLines config = configLines(file.text);
    for (const ConfigLine& line : config.lines) {
        const std::string where = file.path + ":" + std::to_string(line.number);
        if (const auto wrong = set(all, line.name, line.value, where)) {
            all.remarks.push_back(
                where + ": parse stops at line " + std::to_string(line.number) + ": " + *wrong);
            return false;
        }
    }
    if (config.malformed) {
        all.remarks.push_back(file.path + ": parse stops at line "
            + std::to_string(*config.malformed) + ": malformed");
    }
    return !config.malformed;
}

/// filter_conf(): the first ".conf" in the name must be its end.
bool isDropIn(const std::string& name)
{
    const size_t at = name.find(".conf");
    return at != name.npos && at + 5 == name.size();
}

} // namespace

int Pwquality::shortest() const
{
    int required = 0; // by negative credits; these characters give no credit
    int credit = 0; // characters that count twice
    for (const Setting& one : { digitCredit, upperCredit, lowerCredit, otherCredit }) {
        constexpr int Enough = 1 << 20;
        required += std::min(Pwquality::required(one), Enough);
        credit += std::clamp(one.value, 0, Enough);
    }
    const long length = minLength.value;
    const long twice = (length + required + 1) / 2; // as long as every other character has credit
    long shortest = std::max({ twice, length - credit, long { required }, long { classes() }, 1L });
    if (dictionary.value != 0) {
        shortest = std::max<long>(shortest, DictionaryFloor);
    }
    return static_cast<int>(std::min<long>(shortest, INT_MAX));
}

int Pwquality::classes() const
{
    int negative = 0;
    for (const Setting& one : { digitCredit, upperCredit, lowerCredit, otherCredit }) {
        negative += one.value < 0 ? 1 : 0;
    }
    return std::clamp(std::max(minClasses.value, negative), 0, Classes);
}

Pwquality parsePwquality(const std::vector<PwqualityFile>& files,
    const std::vector<std::string>& arguments, const std::string& where)
{
    Pwquality all = defaults();
    for (const PwqualityFile& file : files) {
        if (!readFile(all, file)) {
            break;
        }
    }
    // Arguments of the module come behind the files; one that is wrong is skipped.
    constexpr std::string_view Others[] = { "type=", "difignore=", "reject_username",
        "authtok_type", "use_authtok", "use_first_pass", "try_first_pass" };
    for (const std::string& argument : arguments) {
        const auto same = [&](std::string_view other) { return argument.starts_with(other); };
        if (argument == "debug" || std::ranges::any_of(Others, same)) {
            continue;
        }
        const size_t at = std::min(argument.find('='), argument.size());
        if (at > MaxOption) {
            continue;
        }
        const std::string value = argument.substr(std::min(at + 1, argument.size()));
        const std::string from = "pam_pwquality.so " + argument + " at " + where;
        if (const auto wrong = set(all, argument.substr(0, at), value, from)) {
            all.remarks.push_back(where + ": pam_pwquality.so ignores " + text::quoted(argument));
        }
    }
    return all;
}

Pwquality readPwquality(const Root& root, const PamRule& rule)
{
    std::vector<PwqualityFile> files;
    for (const std::string& name : root.list(Main + ".d")) {
        const std::string path = Main + ".d/" + name;
        if (!isDropIn(name)) {
            continue;
        }
        if (const auto text = root.readIfThere(path)) {
            files.push_back({ path, *text });
        }
    }
    if (const auto text = root.readIfThere(Main)) {
        files.push_back({ Main, *text });
    }
    return parsePwquality(files, rule.arguments, rule.where);
}

} // namespace agent

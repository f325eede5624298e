#include "agent/prober/pam_quality.h"
#include "agent/prober/pwquality.h"
#include "common/text.h"

#include <algorithm>
#include <climits>

namespace agent {

namespace {

/// strtol() of what stands at the start; 0 if it is no number.
int leadingNumber(std::string_view text)
{
    const bool negative = text.starts_with('-');
    const size_t end = text.find_first_not_of("0123456789", negative ? 1 : 0);
    const auto value = text::number<long>(text.substr(0, end));
    return value ? static_cast<int>(std::clamp<long>(*value, INT_MIN, INT_MAX)) : 0;
}

void note(Demand& demand, const char* name, const Setting& setting)
{
    const bool file = setting.where.starts_with('/');
    demand.evidence.insert(file || setting.where == "libpwquality default"
            ? setting.where + ": " + name + " = " + std::to_string(setting.value)
            : setting.where);
}

void takeCredits(Demand& demand, const Pwquality& settings)
{
    demand.minLength = settings.shortest();
    demand.minClasses = settings.classes();
    demand.minUpper = Pwquality::required(settings.upperCredit);
    demand.minLower = Pwquality::required(settings.lowerCredit);
    demand.minDigit = Pwquality::required(settings.digitCredit);
    demand.minSpecial = Pwquality::required(settings.otherCredit);
}

Demand pwquality(const PamRule& rule, const Root& root)
{
    const Pwquality settings = readPwquality(root, rule);
    Demand demand;
    demand.refuses = settings.enforcing.value != 0;
    demand.quality = true;
    demand.root = settings.enforceForRoot.value != 0;
    takeCredits(demand, settings);
    demand.dictionary = settings.dictionary.value != 0;
    demand.username = settings.username.value != 0;
    note(demand, "minlen", settings.minLength);
    const std::pair<const char*, const Setting*> others[] = { { "minclass", &settings.minClasses },
        { "dcredit", &settings.digitCredit }, { "ucredit", &settings.upperCredit },
        { "lcredit", &settings.lowerCredit }, { "ocredit", &settings.otherCredit },
        { "enforcing", &settings.enforcing }, { "dictcheck", &settings.dictionary },
        { "usercheck", &settings.username }, { "enforce_for_root", &settings.enforceForRoot } };
    for (const auto& [name, setting] : others) {
        if (setting->where != settings.dictionary.where
            || setting->where != "libpwquality default") {
            if (setting->where != "libpwquality default") {
                note(demand, name, *setting);
            }
        }
    }
    demand.evidence.insert(settings.remarks.begin(), settings.remarks.end());
    return demand;
}

/// pam_cracklib(8) of Linux-PAM 1.4: credits are 1 unless said otherwise.
Demand cracklib(const PamRule& rule)
{
    const std::string where = "pam_cracklib.so at " + rule.where;
    const auto number = [&](const char* name, int otherwise) {
        const auto value = rule.value(name);
        return Setting { value ? leadingNumber(*value) : otherwise, where };
    };
    Pwquality settings;
    settings.minLength = number("minlen", 9);
    settings.minLength.value = std::max(settings.minLength.value, 5); // CO_MIN_LENGTH_BASE
    settings.digitCredit = number("dcredit", 1);
    settings.upperCredit = number("ucredit", 1);
    settings.lowerCredit = number("lcredit", 1);
    settings.otherCredit = number("ocredit", 1);
    settings.minClasses = number("minclass", 0);
    settings.minClasses.value = std::clamp(settings.minClasses.value, 0, 4);
    settings.dictionary = { 1, where };
    Demand demand;
    demand.refuses = demand.quality = demand.dictionary = true;
    demand.root = rule.has("enforce_for_root");
    demand.username = rule.has("reject_username");
    takeCredits(demand, settings);
    demand.evidence.insert(where + ": minlen " + std::to_string(settings.minLength.value));
    return demand;
}

/// passwdqc(5), option min=N0,N1,N2,N3,N4: lengths for passwords of one class, of two, passphrases,
/// of three and of four classes.
Demand passwdqc(const PamRule& rule, const Root& root)
{
    std::string lengths = "disabled,24,11,8,7";
    std::string where = "passwdqc default";
    std::string enforce = "everyone";
    std::vector<std::string> options;
    for (const std::string& argument : rule.arguments) {
        if (!argument.starts_with("config=")) {
            options.push_back(argument);
            continue;
        }
        const std::string file = root.read(argument.substr(7));
        for (const std::string_view line : text::allLines(file)) {
            if (!text::trim(line).empty() && text::trim(line)[0] != '#') {
                options.emplace_back(text::trim(line));
            }
        }
    }
    for (const std::string& option : options) {
        if (option.starts_with("min=")) {
            lengths = option.substr(4);
            where = "pam_passwdqc.so " + option + " at " + rule.where;
        } else if (option.starts_with("enforce=")) {
            enforce = option.substr(8);
        }
    }
    Demand demand;
    demand.quality = demand.dictionary = demand.username = true;
    demand.refuses = enforce != "none";
    demand.root = enforce == "everyone";
    demand.minLength = INT_MAX;
    constexpr int ClassesOf[] = { 1, 2, 2, 3, 4 }; // words of a passphrase, and what is between
    demand.minClasses = 4;
    size_t kind = 0;
    for (const std::string_view part : text::fields(lengths, ',')) {
        const auto length = text::number<int>(part);
        if (kind >= std::size(ClassesOf) || (!length && part != "disabled")) {
            throw ParseError(rule.where + ": pam_passwdqc.so min is " + text::quoted(lengths));
        }
        if (length) {
            demand.minLength = std::min(demand.minLength, *length);
            demand.minClasses = std::min(demand.minClasses, ClassesOf[kind]);
        }
        ++kind;
    }
    demand.evidence.insert(where + ": min " + lengths);
    return demand;
}

Demand unixModule(const PamRule& rule, const PasswordSources& sources)
{
    Demand demand;
    demand.refuses = true;
    const auto length = rule.value("minlen");
    demand.minLength = length ? leadingNumber(*length) : sources.debian ? 6 : 0;
    const auto [scheme, from] = hashScheme(rule, sources.defs);
    if (scheme == "descrypt") {
        demand.minLength = std::min(demand.minLength, 8); // more cannot be told apart
    }
    demand.evidence.insert(length ? "pam_unix.so minlen=" + *length + " at " + rule.where
                                  : "pam_unix default: minlen " + std::to_string(demand.minLength));
    if (const auto remember = rule.value("remember")) {
        demand.history = std::clamp(leadingNumber(*remember), 0, 400);
        demand.evidence.insert("pam_unix.so remember=" + *remember + " at " + rule.where);
    }
    return demand;
}

/// pam_pwhistory(8); pwhistory.conf is read since Linux-PAM 1.5.3.
Demand pwhistory(const PamRule& rule, const Root& root)
{
    Demand demand;
    demand.history = 10;
    std::string where = "pam_pwhistory default";
    const std::string path = rule.value("conf").value_or("/etc/security/pwhistory.conf");
    if (const auto text = root.readIfThere(path)) {
        size_t number = 0;
        for (const std::string_view raw : text::allLines(*text)) {
            ++number;
            const std::string_view line = text::trim(raw.substr(0, raw.find('#')));
            const size_t at = std::min(line.find_first_of(" \t="), line.size());
            const size_t value = line.find_first_not_of(" \t=", at);
            if (text::equalsIgnoringCase(line.substr(0, at), "remember") && value != line.npos) {
                demand.history = leadingNumber(line.substr(value));
                where = path + ":" + std::to_string(number);
            } else if (text::equalsIgnoringCase(line.substr(0, at), "enforce_for_root")) {
                demand.root = true;
            }
        }
    }
    for (const std::string& argument : rule.arguments) {
        const std::string lower = text::lower(argument);
        if (lower.starts_with("remember=")) {
            demand.history = leadingNumber(argument.substr(9));
            where = "pam_pwhistory.so " + argument + " at " + rule.where;
        } else if (lower == "enforce_for_root") {
            demand.root = true;
        }
    }
    demand.history = std::clamp(demand.history, 0, 400);
    demand.refuses = demand.history > 0;
    demand.evidence.insert(where + ": remember " + std::to_string(demand.history));
    return demand;
}

} // namespace

bool isQualityModule(const std::string& module)
{
    return module == "pam_pwquality" || module == "pam_cracklib" || module == "pam_passwdqc";
}

bool isStore(const std::string& module)
{
    constexpr std::string_view Stores[] = { "pam_unix", "pam_unix2", "pam_tcb", "pam_sss",
        "pam_ldap", "pam_krb5", "pam_winbind", "pam_smbpass", "pam_userdb", "pam_pwdb" };
    return std::ranges::find(Stores, module) != std::end(Stores);
}

Demand demandOf(const PamRule& rule, const PasswordSources& sources)
{
    if (rule.module == "pam_pwquality") {
        return pwquality(rule, sources.root);
    }
    if (rule.module == "pam_cracklib") {
        return cracklib(rule);
    }
    if (rule.module == "pam_passwdqc") {
        return passwdqc(rule, sources.root);
    }
    if (rule.module == "pam_pwhistory") {
        return pwhistory(rule, sources.root);
    }
    if (rule.module == "pam_unix") {
        return unixModule(rule, sources);
    }
    return {};
}

} // namespace agent

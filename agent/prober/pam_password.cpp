#include "agent/prober/pam_password.h"
#include "agent/prober/pam_quality.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

/// What came of a change of password in which one rule refuses whatever is proposed.
struct Outcome {
    bool success = false; // pam_chauthtok(3) says so
    bool stored = false; // a module wrote the password, whatever came behind
};

/// The second pass over the stack; in the first one every module that is asked agrees. A module
/// takes the password that one before it asked for, unless that one threw it away; with
/// use_authtok it asks for none itself (pam_get_authtok(3)).
Outcome change(const PamStack& stack, const PamRule* refusing)
{
    Outcome outcome;
    bool token = false;
    const auto module = [&](const PamRule& rule) -> int {
        if (rule.module == "pam_deny") {
            return PamAuthtokErr;
        }
        const bool asks = isQualityModule(rule.module) || rule.module == "pam_pwhistory";
        if (!asks && !isStore(rule.module)) {
            return rule.module == "pam_warn" ? PamIgnore : PamSuccess;
        }
        if (!token && (rule.has("use_authtok") || rule.has("use_first_pass"))) {
            return PamAuthtokErr;
        }
        // A local user is none of the other stores'.
        if (isStore(rule.module) && rule.module != "pam_unix" && rule.module != "pam_tcb"
            && rule.module != "pam_unix2") {
            return PamUserUnknown;
        }
        token = &rule != refusing;
        if (!token) {
            return PamAuthtokErr;
        }
        outcome.stored = outcome.stored || isStore(rule.module);
        return PamSuccess;
    };
    outcome.success = runPam(stack, module) == PamSuccess;
    return outcome;
}

void take(PasswordPolicy& policy, const Demand& demand)
{
    policy.minLength = std::max(policy.minLength, demand.minLength);
    policy.minClasses = std::max(policy.minClasses, demand.minClasses);
    policy.minUpper = std::max(policy.minUpper, demand.minUpper);
    policy.minLower = std::max(policy.minLower, demand.minLower);
    policy.minDigit = std::max(policy.minDigit, demand.minDigit);
    policy.minSpecial = std::max(policy.minSpecial, demand.minSpecial);
    policy.history = std::max(policy.history, demand.history);
    policy.dictionary = policy.dictionary || demand.dictionary;
    policy.username = policy.username || demand.username;
    policy.enforcedForRoot = policy.enforcedForRoot || (demand.quality && demand.root);
    policy.evidence.insert(demand.evidence.begin(), demand.evidence.end());
}

std::string bypassed(const PamRule& rule)
{
    return rule.module + ".so at " + rule.where
        + " is not enforced: what it refuses is stored all the same";
}

} // namespace

std::pair<std::string, std::string> hashScheme(const PamRule& rule, const LoginDefs& defs)
{
    // In the order of the table of pam_unix, which compares the start of a word.
    constexpr std::pair<std::string_view, const char*> Schemes[]
        = { { "md5", "md5crypt" }, { "bigcrypt", "bigcrypt" }, { "sha256", "sha256crypt" },
              { "sha512", "sha512crypt" }, { "blowfish", "bcrypt" }, { "des", "descrypt" },
              { "gost_yescrypt", "gost-yescrypt" }, { "yescrypt", "yescrypt" } };
    const auto named = [&](std::string_view text) -> const char* {
        for (const auto& [token, scheme] : Schemes) {
            if (text.starts_with(token)) {
                return scheme;
            }
        }
        return nullptr;
    };
    std::pair<std::string, std::string> found { "descrypt",
        "pam_unix default: DES, without ENCRYPT_METHOD in /etc/login.defs" };
    if (const auto method = defs.pam("ENCRYPT_METHOD")) {
        const char* scheme = named(text::lower(method->text));
        found = { scheme ? scheme : "descrypt",
            method->where + ": ENCRYPT_METHOD " + text::carried(method->text) };
    }
    for (const std::string& argument : rule.arguments) {
        if (const char* scheme = named(argument)) {
            found = { scheme, "pam_unix.so " + argument + " at " + rule.where };
        }
    }
    return found;
}

PasswordPolicy passwordPolicy(const PamStack& stack, const PasswordSources& sources)
{
    PasswordPolicy policy;
    const Outcome willing = change(stack, nullptr);
    policy.changeable = willing.stored;
    if (!policy.changeable) {
        policy.evidence.insert(stack.empty()
                ? "no password rules in PAM: no password can be set"
                : "no password can be set through the rules from " + stack.front().where);
    }
    bool quality = false;
    for (const PamRule& rule : stack) {
        if (rule.kind != PamRule::Kind::Module) {
            continue;
        }
        if (rule.missing) {
            policy.evidence.insert(rule.module + ".so at " + rule.where + " is not installed");
            continue;
        }
        const Demand demand = demandOf(rule, sources);
        if (isQualityModule(rule.module) && !demand.refuses) {
            policy.evidence.insert(demand.evidence.begin(), demand.evidence.end());
            policy.evidence.insert(rule.module + ".so at " + rule.where + " only warns");
        }
        if (!demand.refuses) {
            continue;
        }
        if (change(stack, &rule).stored) {
            policy.evidence.insert(bypassed(rule));
            continue;
        }
        take(policy, demand);
        quality = quality || demand.quality
            || (rule.module == "pam_unix" && rule.value("minlen").has_value());
    }
    for (const PamRule& rule : stack) {
        if (rule.module == "pam_unix" && rule.kind == PamRule::Kind::Module && !rule.missing) {
            const auto [scheme, where] = hashScheme(rule, sources.defs);
            policy.hashScheme = scheme;
            policy.evidence.insert(where);
            break;
        }
    }
    if (policy.changeable && std::ranges::none_of(stack, [](const PamRule& rule) {
            return rule.kind == PamRule::Kind::Module && isQualityModule(rule.module);
        })) {
        policy.evidence.insert(
            "no pam_pwquality, pam_cracklib or pam_passwdqc in the password rules");
    }
    policy.enforced = quality || !policy.changeable;
    return policy;
}

} // namespace agent

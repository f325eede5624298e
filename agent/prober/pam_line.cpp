#include "agent/prober/pam_line.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

constexpr size_t MaxLine = 1023; // BUF_SIZE of pam_handlers.c
constexpr int Unset = -6;
constexpr int MaxJump = 1'000'000;

constexpr std::string_view Returns[] = { "success", "open_err", "symbol_err", "service_err",
    "system_err", "buf_err", "perm_denied", "auth_err", "cred_insufficient", "authinfo_unavail",
    "user_unknown", "maxtries", "new_authtok_reqd", "acct_expired", "session_err", "cred_unavail",
    "cred_expired", "cred_err", "no_module_data", "conv_err", "authtok_err", "authtok_recover_err",
    "authtok_lock_busy", "authtok_disable_aging", "try_again", "ignore", "abort", "authtok_expired",
    "module_unknown", "bad_item", "conv_again", "incomplete", "default" };
constexpr std::string_view Actions[] = { "ignore", "ok", "done", "bad", "die", "reset" };
constexpr int NewAuthtokReqd = 12;

using Control = std::array<int, PamReturns>;

void setDefault(Control& control, int action)
{
    std::ranges::replace(control, Unset, action);
}

bool isSpace(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

void skipSpace(std::string_view& rest)
{
    while (!rest.empty() && isSpace(rest[0])) {
        rest.remove_prefix(1);
    }
}

/// A name at the start of the text, as strncmp() finds it: what follows does not matter.
template <size_t N>
std::optional<int> take(std::string_view& rest, const std::string_view (&names)[N])
{
    for (size_t i = 0; i < N; ++i) {
        if (rest.starts_with(names[i])) {
            rest.remove_prefix(names[i].size());
            return static_cast<int>(i);
        }
    }
    return std::nullopt;
}

std::optional<int> takeJump(std::string_view& rest)
{
    int jump = 0;
    while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
        jump = std::min(jump * 10 + (rest[0] - '0'), MaxJump);
        rest.remove_prefix(1);
    }
    return jump == 0 ? std::nullopt : std::optional(jump);
}

/// One "value=action"; false if it is not understood.
bool takePair(std::string_view& rest, Control& control)
{
    const auto value = take(rest, Returns);
    skipSpace(rest);
    if (!value || !rest.starts_with('=')) {
        return false;
    }
    rest.remove_prefix(1);
    skipSpace(rest);
    std::optional<int> action = take(rest, Actions);
    action = action ? std::optional(-*action) : takeJump(rest);
    if (!action) {
        return false;
    }
    if (*value == PamReturns) {
        setDefault(control, *action);
    } else {
        control[static_cast<size_t>(*value)] = *action;
    }
    return true;
}

} // namespace

std::vector<PamLine> pamLines(std::string_view all, const std::string& path)
{
    std::vector<PamLine> lines;
    std::optional<PamLine> open; // continued
    size_t number = 0;
    for (const std::string_view raw : text::allLines(all)) {
        ++number;
        const std::string where = path + ":" + std::to_string(number);
        if (raw.size() >= MaxLine || (open && open->text.size() + raw.size() >= MaxLine)) {
            throw ParseError(where + ": a line of " + std::to_string(raw.size())
                + " bytes, which libpam cuts in pieces");
        }
        if (raw.find('\0') != raw.npos) {
            throw ParseError(where + ": a NUL byte"); // arguments of modules may be secrets
        }
        const size_t first = raw.find_first_not_of(" \t");
        if (first == raw.npos || raw[first] == '#') {
            continue; // also between the parts of a continued line
        }
        std::string_view text = raw.substr(first);
        const size_t comment = text.find('#');
        const size_t last = text.find_last_not_of(" \t");
        const bool continued = comment == text.npos && text[last] == '\\';
        text = text.substr(0, continued ? last : comment);
        if (!open) {
            open = PamLine { "", number };
        }
        open->text += text;
        if (continued) {
            open->text += ' ';
        } else {
            lines.push_back(std::move(*open));
            open.reset();
        }
    }
    if (open) {
        throw ParseError(path + ":" + std::to_string(open->number)
            + ": the last line is continued, libpam gives up the file");
    }
    return lines;
}

std::optional<std::string> pamWord(std::string_view& rest)
{
    rest.remove_prefix(std::min(rest.find_first_not_of(" \n\t"), rest.size()));
    if (rest.empty()) {
        return std::nullopt;
    }
    if (rest[0] != '[') {
        const size_t end = std::min(rest.find_first_of(" \n\t"), rest.size());
        std::string word(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        return word;
    }
    std::string word;
    size_t i = 1;
    for (; i < rest.size() && rest[i] != ']'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size() && rest[i + 1] == ']') {
            ++i;
        }
        word += rest[i];
    }
    rest.remove_prefix(std::min(i + 1, rest.size()));
    return word;
}

Control pamControl(const std::string& word)
{
    Control control;
    control.fill(Unset);
    const std::string name = text::lower(word);
    const bool sufficient = name == "sufficient";
    if (name == "required" || name == "requisite" || name == "optional" || sufficient) {
        control[PamSuccess] = sufficient ? PamActDone : PamActOk;
        control[NewAuthtokReqd] = sufficient ? PamActDone : PamActOk;
        if (name == "required" || name == "requisite") {
            control[PamIgnore] = PamActIgnore;
        }
        setDefault(control,
            name == "required"        ? PamActBad
                : name == "requisite" ? PamActDie
                                      : PamActIgnore);
        return control;
    }
    std::string_view rest = word;
    for (skipSpace(rest); !rest.empty(); skipSpace(rest)) {
        if (!takePair(rest, control)) {
            control.fill(PamActBad);
            break;
        }
    }
    setDefault(control, PamActBad);
    return control;
}

} // namespace agent

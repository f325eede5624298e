// Running a stack of PAM rules: _pam_dispatch_aux() of Linux-PAM 1.5.2 with Debian's patch that a
// jump counts as 'ignore'.
#include "agent/prober/pam.h"

namespace agent {

namespace {

enum class Impression { None, Positive, Negative };

struct State {
    Impression impression = Impression::None;
    int status = PamPermDenied;
};

/// Index of the last rule in the substack that starts behind `at`, or `at` itself.
size_t lastWithin(const PamStack& stack, size_t at, int level)
{
    while (at + 1 < stack.size() && stack[at + 1].level > level) {
        ++at;
    }
    return at;
}

} // namespace

int runPam(const PamStack& stack, const std::function<int(const PamRule&)>& module)
{
    State now;
    std::map<int, State> before { { 0, now } }; // at the entry of each level
    int previous = 0;
    for (size_t i = 0; i < stack.size(); ++i) {
        const PamRule& rule = stack[i];
        const int level = rule.level;
        if (previous < level) {
            before[level] = now;
        }
        previous = level;
        if (rule.kind == PamRule::Kind::Substack) {
            continue;
        }
        const int value = rule.kind == PamRule::Kind::MustFail ? PamPermDenied
            : rule.missing                                     ? PamModuleUnknown
                                                               : module(rule);
        const int action = rule.actions.at(static_cast<size_t>(value));
        bool decided = false;
        switch (action) {
        case PamActReset:
            now = before[level];
            break;
        case PamActOk:
        case PamActDone:
            if (now.impression == Impression::None
                || (now.impression == Impression::Positive && now.status == PamSuccess)) {
                now = { Impression::Positive, value };
            }
            decided = action == PamActDone && now.impression == Impression::Positive;
            break;
        case PamActBad:
        case PamActDie:
            if (now.impression != Impression::Negative) {
                now = { Impression::Negative, value == PamIgnore ? PamPermDenied : value };
            }
            decided = action == PamActDie;
            break;
        case PamActIgnore:
            break;
        default: {
            int left = action;
            while (left > 0 && i + 1 < stack.size() && stack[i + 1].level >= level) {
                i = lastWithin(stack, i + 1, level);
                --left;
            }
            if (left > 0) { // a jump behind the end
                now = { Impression::Negative, PamPermDenied };
            }
        }
        }
        while (decided && i + 1 < stack.size() && stack[i + 1].level >= level) {
            ++i;
        }
    }
    if (now.status == PamSuccess && now.impression != Impression::Positive) {
        return PamPermDenied;
    }
    return now.status;
}

} // namespace agent

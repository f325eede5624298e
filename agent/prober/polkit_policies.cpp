#include "agent/prober/polkit_policies.h"

#include "agent/prober/probe.h"
#include "common/text.h"
#include "common/xml.h"

#include <vector>

namespace agent {

namespace {

constexpr std::string_view RunsProgram = "org.freedesktop.policykit.exec.path";

struct Action {
    std::string id;
    std::string permitted; // allow_any
    bool runsProgram = false;
};

} // namespace

std::set<std::string> polkitRootActions()
{
    return { "org.freedesktop.policykit.exec", "org.freedesktop.systemd1.manage-units",
        "org.freedesktop.systemd1.manage-unit-files", "org.freedesktop.systemd1.set-environment",
        "org.freedesktop.machine1.host-shell", "org.freedesktop.machine1.host-login",
        "org.freedesktop.portable1.attach-images", "org.freedesktop.packagekit.package-install",
        "org.freedesktop.packagekit.package-install-untrusted",
        "org.freedesktop.accounts.user-administration", "org.libvirt.unix.manage" };
}

void readPolkitPolicy(std::string_view text, const std::string& path, PolkitPolicies& out)
try {
    std::vector<std::string> open; // elements
    std::optional<Action> action;
    std::vector<Action> found;
    xml::Events events;
    events.begin = [&](std::string_view name, const auto& attributes, const xml::Place& place) {
        const auto is = [&](const char* key, std::string_view value) {
            const auto at = attributes.find(key);
            return at != attributes.end() && at->second == value;
        };
        if (name == "action") {
            const auto id = attributes.find("id");
            if (id == attributes.end() || id->second.empty()) {
                throw ParseError(
                    path + ":" + std::to_string(place.line) + ": an action without an id");
            }
            action = Action { id->second, "" };
        } else if (action && name == "annotate" && is("key", RunsProgram)) {
            action->runsProgram = true;
        }
        open.emplace_back(name);
    };
    events.text = [&](std::string_view part) {
        if (action && open.back() == "allow_any") {
            action->permitted += part;
        }
    };
    events.end = [&](std::string_view name, const xml::Place&) {
        open.pop_back();
        if (action && name == "action") {
            found.push_back(std::move(*action));
            action.reset();
        }
    };
    xml::read(text, events, { .documentType = true });
    for (const Action& each : found) { // all of a file or nothing, as polkitd does it
        if (each.runsProgram) {
            out.actions.insert(each.id);
        }
        out.forAll[each.id] = text::trim(each.permitted);
        out.where[each.id] = path;
    }
} catch (const xml::Error& e) {
    throw ParseError(path + ":" + e.what());
}

} // namespace agent

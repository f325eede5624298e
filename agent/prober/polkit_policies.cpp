#include "agent/prober/polkit_policies.h"

#include "agent/prober/probe.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

std::string_view between(std::string_view all, std::string_view open, std::string_view close)
{
    const size_t from = all.find(open);
    const size_t to = from == all.npos ? from : all.find(close, from + open.size());
    return to == all.npos ? "" : all.substr(from + open.size(), to - from - open.size());
}

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

void readPolkitPolicy(std::string text, const std::string& path, PolkitPolicies& out)
{
    for (size_t open = text.find("<!--"); open != text.npos; open = text.find("<!--", open)) {
        const size_t close = text.find("-->", open);
        text.erase(open, close == text.npos ? close : close + 3 - open);
    }
    for (size_t at = text.find("<action"); at != text.npos; at = text.find("<action", at + 1)) {
        const std::string_view action = std::string_view(text).substr(
            at, std::min(text.find("</action>", at), text.size()) - at);
        std::string_view id = between(action, "id=\"", "\"");
        id = id.empty() ? between(action, "id='", "'") : id;
        if (id.empty()) {
            throw ParseError(path + ": " + text::quoted(action) + " has no id");
        }
        if (action.find("org.freedesktop.policykit.exec.path") != action.npos) {
            out.actions.emplace(id);
        }
        out.forAll[std::string(id)] = text::trim(between(action, "<allow_any>", "</allow_any>"));
        out.where[std::string(id)] = path;
    }
}

} // namespace agent

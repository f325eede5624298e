#include "collector/worker/report.h"
#include "common/clock.h"
#include "common/text.h"

#include <array>

namespace collector {

namespace {

struct KindName {
    ReportKind kind;
    const char* notification;
    const char* name;
};

constexpr std::array Kinds = {
    KindName { ReportKind::Full, "security-report", "full" },
    KindName { ReportKind::Change, "security-change", "change" },
    KindName { ReportKind::Heartbeat, "collection-heartbeat", "heartbeat" },
    KindName { ReportKind::ConfigChanged, "collection-config-changed", "config-changed" },
};

} // namespace

const char* name(ReportKind kind)
{
    for (const KindName& one : Kinds) {
        if (one.kind == kind) {
            return one.name;
        }
    }
    return "";
}

Report readReport(yang::Tree notification, const std::string& time)
{
    Report out;
    out.tree = std::move(notification);
    const yang::Node root = out.root();
    const KindName* kind = nullptr;
    for (const KindName& one : Kinds) {
        if (root.module() == "femto-security" && root.name() == one.notification) {
            kind = &one;
        }
    }
    const auto sequence = text::number<uint64_t>(root.valueOr("sequence-number", ""));
    if (!kind || !sequence) {
        throw yang::Error("not a report: " + root.module() + ":" + root.name());
    }
    if (!wall::parse(time)) {
        throw yang::Error("eventTime is " + text::quoted(time));
    }
    out.kind = kind->kind;
    out.place = { root.valueOr("epoch", ""), *sequence };
    out.node = root.valueOr("node-id", "");
    out.configDigest = root.valueOr("collection-config-digest", "");
    out.time = time;
    out.received = wall::now();
    return out;
}

} // namespace collector

#include "agent/prober/vendor/merge.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

/// Whether all that `fact` says is said by `there` too, how sure that is and by whose word aside.
bool saidAlready(yang::Node there, yang::Node fact)
{
    if (fact.isLeaf()) {
        return there.value() == fact.value();
    }
    return std::ranges::all_of(fact.children(), [&](yang::Node child) {
        if (child.implied() || child.name() == "confidence" || child.name() == "evidence") {
            return true;
        }
        const auto same = there.instance(child);
        return same && saidAlready(*same, child);
    });
}

/// "policy femto-security-types:web-login" for a message.
std::string nameOf(yang::Node node)
{
    std::string out = node.name();
    for (const auto& [name, value] : node.keys()) {
        out += " " + text::quoted(value);
    }
    return out;
}

/// What the agent sees with its own eyes, so that its absence is a finding too: files of the node,
/// and programs that it runs. Key of the lists in question.
bool isOurs(yang::Node entry)
{
    const std::string category = entry.parent() ? entry.parent()->name() : "";
    const char* key = category == "software-integrity" ? "name"
        : category == "running-processes"              ? "executable"
                                                       : nullptr;
    return key && entry.valueOr(key, "").starts_with("/");
}

/// Says of an entry of ours by whose word it is, where the schema has room for that.
void sign(const yang::Context& context, yang::Node entry, const std::string& source)
{
    if (entry.module() != "femto-security") {
        return;
    }
    const std::string at
        = "/femto-security:femto-security/inventory/" + entry.parent()->name() + "/" + entry.name();
    const auto given = entry.child("confidence");
    if (given && given->value() == "effective") {
        given->remove();
    }
    if (context.kindOf(at + "/confidence") == "leaf" && !entry.child("confidence")) {
        entry.leaf("confidence", "declared");
    }
    if (context.kindOf(at + "/evidence") == "leaf-list") {
        entry.leaf("evidence", text::carried(source));
    }
}

} // namespace

std::vector<std::string> mergeFacts(
    const yang::Context& context, yang::Node content, yang::Node facts, const std::string& source)
{
    std::vector<std::string> conflicts;
    for (const yang::Node& fact : facts.children()) {
        if (fact.implied()) {
            continue;
        }
        if (const auto there = content.instance(fact)) {
            if (!saidAlready(*there, fact)) {
                conflicts.push_back(nameOf(fact) + " is known already, with other values");
            }
            continue;
        }
        if (fact.isList() && isOurs(fact)) {
            conflicts.push_back(nameOf(fact) + " is what the agent looks at itself");
            continue;
        }
        const yang::Node added = content.copy(fact);
        if (added.isList()) {
            sign(context, added, source);
        }
    }
    return conflicts;
}

} // namespace agent

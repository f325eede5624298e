#include "agent/server/change_report.h"
#include "common/instance_path.h"
#include "common/yang_version.h"

#include <algorithm>

namespace agent {

namespace {

const std::string Home = "/femto-security:femto-security/inventory";

class Edits {
public:
    Edits(yang::Node out, const ContentChange& change)
        : out_(out)
        , change_(change)
        , before_(out.children("edit").size())
        , last_(before_)
    {
    }

    void remove(const std::string& target) { begin("delete", target); }
    void create(const std::string& target, yang::Node node) { put("create", target, node); }
    void replace(const std::string& target, yang::Node node) { put("replace", target, node); }
    size_t count() const { return last_ - before_; }

private:
    yang::Node begin(const char* operation, const std::string& target)
    {
        const yang::Node edit = out_.entry("edit", std::to_string(++last_));
        edit.leaf("operation", operation);
        edit.leaf("target", target);
        edit.leaf("category", change_.category);
        edit.leaf("previous-generation", change_.previousGeneration);
        return edit;
    }

    void put(const char* operation, const std::string& target, yang::Node node)
    {
        const yang::Node edit = begin(operation, target);
        lyd_node* copy = nullptr;
        LY_ERR rc
            = lyd_dup_single(node.raw(), nullptr, LYD_DUP_RECURSIVE | LYD_DUP_WITH_PARENTS, &copy);
        while (rc == LY_SUCCESS && lyd_parent(copy)) {
            copy = lyd_parent(copy);
        }
        yang::Tree value(copy);
        if (rc == LY_SUCCESS) {
            rc = yang::newAny(edit.raw(), nullptr, "value", value.raw(), nullptr);
        }
        if (rc != LY_SUCCESS) {
            throw yang::Error("no value for the change of " + target);
        }
        value.release(); // it is the edit's now
    }

    yang::Node out_;
    const ContentChange& change_;
    size_t before_;
    size_t last_;
};

/// Whether the content consists of nothing but lists and leafs, each of which can be a target.
bool divisible(yang::Node content)
{
    return !content.isList() && std::ranges::all_of(content.children(), [](yang::Node child) {
        return child.isList() || (child.isLeaf() && child.raw()->schema->nodetype == LYS_LEAF);
    });
}

std::string pathOf(yang::Node content)
{
    return Home + instance_path::step(content, "femto-security");
}

} // namespace

size_t addEdits(yang::Node securityChange, const ContentChange& change)
{
    Edits edits(securityChange, change);
    const auto& [category, generation, former, now] = change;
    if (!former || !now) {
        // An empty container is as good as none.
        if (former && (former->isList() || !former->children().empty())) {
            edits.remove(pathOf(*former));
        }
        if (now && (now->isList() || !now->children().empty())) {
            edits.create(pathOf(*now), *now);
        }
        return edits.count();
    }
    const std::string path = pathOf(*now);
    if (!divisible(*former) || !divisible(*now)) {
        if (!former->equals(*now)) {
            edits.replace(path, *now);
        }
        return edits.count();
    }
    for (const yang::Node& child : former->children()) {
        const auto next = now->instance(child);
        const std::string target = path + instance_path::step(child, "femto-security");
        if (!next) {
            edits.remove(target);
        } else if (!child.equals(*next)) {
            edits.replace(target, *next);
        }
    }
    for (const yang::Node& child : now->children()) {
        if (!former->instance(child)) {
            edits.create(path + instance_path::step(child, "femto-security"), child);
        }
    }
    return edits.count();
}

} // namespace agent

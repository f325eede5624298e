#include "common/yang.h"
#include "common/yang_internal.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <stdlib.h>

namespace yang {

void check(LY_ERR rc, const ly_ctx* ctx, const std::string& doing)
{
    if (rc == LY_SUCCESS) {
        return;
    }
    const ly_err_item* const last = ctx ? ly_err_last(ctx) : nullptr;
    const std::string where = last ? placeOf(*last) : "";
    throw Error(doing + ": "
        + (last && last->msg ? std::string(last->msg) : "libyang error " + std::to_string(rc))
        + (where.empty() ? "" : " (" + where + ")"));
}

namespace {

LYD_FORMAT of(Format format)
{
    return format == Format::Json ? LYD_JSON : LYD_XML;
}

} // namespace

void silence()
{
    discardLog();
    ly_log_options(LY_LOLOG | LY_LOSTORE_LAST);
}

void Context::Free::operator()(ly_ctx* ctx) const noexcept
{
    ly_ctx_destroy(ctx);
}

const char* Context::Library::find(std::string_view name) const
{
    for (const Module& module : fixed) {
        if (name == module.name) {
            return module.text;
        }
    }
    const auto found = offered.find(name);
    return found == offered.end() ? nullptr : found->second.c_str();
}

Context::Context(std::span<const Module> library)
    : library_(new Library { library, {} })
{
    silence();
    // libyang's canonical form of a date-and-time is in the local time zone, so that the digest of
    // one content would be another on the node and at the collector.
    setenv("TZ", "UTC0", 1);
    tzset();
    ly_ctx* ctx = nullptr;
    check(ly_ctx_new(nullptr, LY_CTX_DISABLE_SEARCHDIRS | LY_CTX_DISABLE_SEARCHDIR_CWD, &ctx),
        nullptr, "no libyang context");
    ctx_.reset(ctx);
    const ly_module_imp_clb findModule
        = [](const char* name, const char*, const char* submodule, const char*, void* known,
              LYS_INFORMAT* format, const char** text, ly_module_imp_data_free_clb* release) {
              *text = static_cast<const Library*>(known)->find(submodule ? submodule : name);
              *format = LYS_IN_YANG;
              *release = nullptr;
              return *text ? LY_SUCCESS : LY_ENOTFOUND;
          };
    ly_ctx_set_module_imp_clb(ctx, findModule, library_.get());
}

void Tree::Free::operator()(lyd_node* node) const noexcept
{
    lyd_free_all(node);
}

Tree Tree::parse(const Context& context, std::string_view text, Format format, bool validate)
{
    lyd_node* root = nullptr;
    const std::string whole(text);
    const uint32_t options = LYD_PARSE_STRICT | (validate ? 0 : LYD_PARSE_ONLY);
    const LY_ERR rc = lyd_parse_data_mem(context.raw(), whole.c_str(), of(format), options,
        validate ? LYD_VALIDATE_PRESENT : 0, &root);
    Tree tree(root);
    check(rc, context.raw(), "not valid data");
    return tree;
}

Tree Tree::parseConfig(const Context& context, std::string_view text, Format format)
{
    lyd_node* root = nullptr;
    const std::string whole(text);
    const LY_ERR rc = lyd_parse_data_mem(context.raw(), whole.c_str(), of(format),
        LYD_PARSE_STRICT | LYD_PARSE_NO_STATE, LYD_VALIDATE_NO_STATE, &root);
    Tree tree(root);
    check(rc, context.raw(), "not a valid configuration");
    return tree;
}

Tree Tree::parseNotification(const Context& context, std::string_view xml, std::string* time)
{
    const std::string whole(xml);
    ly_in* in = nullptr;
    check(ly_in_new_memory(whole.c_str(), &in), context.raw(), "notification");
    const std::unique_ptr<ly_in, void (*)(ly_in*)> guard(in, [](ly_in* it) { ly_in_free(it, 0); });
    lyd_node* envelope = nullptr;
    lyd_node* body = nullptr;
    const LY_ERR rc = lyd_parse_op(
        context.raw(), nullptr, in, LYD_XML, LYD_TYPE_NOTIF_NETCONF, &envelope, &body);
    const Tree outer(envelope);
    Tree tree(body);
    check(rc, context.raw(), "notification");
    if (time && envelope) {
        for (const lyd_node* child = lyd_child(envelope); child; child = child->next) {
            if (!child->schema && strcmp(LYD_NAME(child), "eventTime") == 0) {
                *time = lyd_get_value(child);
            }
        }
    }
    lyd_node* first = tree.release();
    const LY_ERR valid = lyd_validate_op(first, nullptr, LYD_TYPE_NOTIF_YANG, nullptr);
    tree = Tree(first);
    check(valid, context.raw(), "notification");
    return tree;
}

Node Tree::at(const Context& context, const std::string& path, const char* value)
{
    lyd_node* first = nullptr;
    lyd_node* made = nullptr;
    check(lyd_new_path2(root_.get(), context.raw(), path.c_str(), value, 0, LYD_ANYDATA_STRING,
              LYD_NEW_PATH_UPDATE, &first, &made),
        context.raw(), path);
    // libyang keeps top-level nodes in schema order: ours may no longer be the first
    lyd_node* any = root_ ? root_.release() : first;
    root_.reset(lyd_first_sibling(any));
    if (!made) {
        check(lyd_find_path(root_.get(), path.c_str(), false, &made), context.raw(), path);
    }
    return Node(made);
}

std::optional<Node> Tree::find(const std::string& path) const
{
    lyd_node* found = nullptr;
    if (!root_ || lyd_find_path(root_.get(), path.c_str(), false, &found) != LY_SUCCESS) {
        return std::nullopt;
    }
    return Node(found);
}

std::vector<Node> Tree::select(const std::string& xpath) const
{
    return root_ ? root().select(xpath) : std::vector<Node> {};
}

std::vector<std::string> Tree::paths(const std::string& xpath) const
{
    std::vector<std::string> out;
    for (const Node& node : select(xpath)) {
        out.push_back(node.path());
    }
    return out;
}

void Tree::validate(const Context& context)
{
    lyd_node* root = root_.release();
    const LY_ERR rc = lyd_validate_all(&root, context.raw(), LYD_VALIDATE_PRESENT, nullptr);
    root_.reset(root);
    check(rc, context.raw(), "the tree breaks its schema");
}

void Tree::addDefaults(const Context& context)
{
    lyd_node* root = root_.release();
    const LY_ERR rc = lyd_new_implicit_all(&root, context.raw(), 0, nullptr);
    root_.reset(root);
    check(rc, context.raw(), "defaults");
}

Tree Tree::copy() const
{
    lyd_node* out = nullptr;
    if (root_) {
        check(lyd_dup_siblings(root_.get(), nullptr, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &out),
            LYD_CTX(root_.get()), "copy");
    }
    return Tree(out);
}

void Tree::merge(const Tree& other)
{
    if (!other) {
        return;
    }
    lyd_node* root = root_.release();
    const LY_ERR rc = lyd_merge_siblings(&root, other.raw(), 0);
    root_.reset(root);
    check(rc, LYD_CTX(other.raw()), "merge");
}

Tree Tree::diff(const Tree& next) const
{
    lyd_node* out = nullptr;
    check(lyd_diff_siblings(root_.get(), next.root_.get(), 0, &out), nullptr, "diff");
    return Tree(out);
}

std::string Tree::print(Format format) const
{
    char* out = nullptr;
    check(lyd_print_mem(&out, root_.get(), of(format), LYD_PRINT_WITHSIBLINGS), nullptr, "print");
    const Text text(out);
    return text ? text.get() : "";
}

std::string Tree::canonical() const
{
    std::string out;
    if (root_) {
        for (const Node& node : root().siblings()) {
            out += node.canonical();
        }
    }
    return out;
}

} // namespace yang

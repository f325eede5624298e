// RAII over the part of libyang that we use. A Context and a Tree own memory; a Node is a cursor
// into a Tree, valid as long as that Tree, and is never stored.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct ly_ctx;
struct lyd_node;

namespace yang {

/// What libyang says, with the path of the offending node where it knows one.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A module that libyang refuses.
struct SchemaError : Error {
    SchemaError(const std::string& what, size_t at)
        : Error(what)
        , line(at)
    {
    }
    size_t line; // 0 if it is not known
};

struct Module {
    const char* name;
    const char* text;
};

enum class Format { Json, Xml };

class Context {
public:
    /// Modules are found in `library` and nowhere else; the span must outlive the context. Puts the
    /// process into UTC.
    explicit Context(std::span<const Module> library);

    /// One more module or submodule that can be found, such as a vendor's.
    void offer(const std::string& name, const std::string& text);
    /// Implements a module (identities of a module that is only imported are refused). Throws
    /// SchemaError; what had been made of the module may then be left in the context.
    void implement(const std::string& module, const std::vector<std::string>& features = {});
    /// Text of a module that was offered or is of the library; nothing if it is neither.
    std::optional<std::string> text(const std::string& module) const;
    /// The first thing that an implemented module does besides defining types, identities and
    /// state data of its own: configuration, an rpc, a notification, a change to another module.
    std::optional<std::string> beyondState(const std::string& module) const;
    bool implementsNamespace(const std::string& space) const;
    /// Names of its top-level data nodes.
    std::vector<std::string> topNodes(const std::string& module) const;

    /// What the schema has at a path such as /m:a/b: "container", "list", "leaf", "leaf-list",
    /// "anydata", or nothing if no module has such a node.
    std::string kindOf(const std::string& path) const;
    /// Names of the keys of the list at that path.
    std::vector<std::string> keysOf(const std::string& path) const;
    /// Identities that are derived from one of a module, over any number of steps, as
    /// "module:name", sorted. None if there is no such identity.
    std::vector<std::string> derivedFrom(
        const std::string& module, const std::string& identity) const;
    /// How many schema nodes `xpath` selects, seen from the one at `from`. Throws Error if it is
    /// none.
    size_t checkXPath(const std::string& from, const std::string& xpath) const;

    ly_ctx* raw() const { return ctx_.get(); }

private:
    struct Free {
        void operator()(ly_ctx* ctx) const noexcept;
    };
    struct Library {
        std::span<const Module> fixed;
        std::map<std::string, std::string, std::less<>> offered;
        const char* find(std::string_view name) const;
    };
    std::unique_ptr<Library> library_; // its address is known to libyang
    std::unique_ptr<ly_ctx, Free> ctx_;
};

class Node {
public:
    explicit Node(lyd_node* node)
        : node_(node)
    {
    }

    // Building, top-down.
    Node container(const char* name) const;
    /// A list entry; keys in the order of the schema. An entry with these keys must not be there
    /// yet.
    Node entry(const char* list, std::span<const std::string> keys) const;
    Node entry(const char* list, std::initializer_list<std::string> keys) const
    {
        return entry(list, std::span(keys.begin(), keys.size()));
    }
    Node entry(const char* list, const std::string& key) const { return entry(list, { key }); }
    /// A leaf, or one more value of a leaf-list. Throws Error if the value is not of its type.
    void leaf(const char* name, const std::string& value) const;
    void leaf(const char* name, std::string_view value) const { leaf(name, std::string(value)); }
    void leaf(const char* name, const char* value) const { leaf(name, std::string(value)); }
    void leaf(const char* name, std::integral auto value) const
    {
        leaf(name, std::to_string(value));
    }
    void leaf(const char* name, bool value) const { leaf(name, value ? "true" : "false"); }
    /// Whether the schema describes this node and all below it. Within anydata libyang takes
    /// whatever comes, and keeps what it can make nothing of.
    bool described() const;
    /// An anydata node with a copy of `content`.
    void anydata(const char* name, Node content) const;
    void remove() const;
    /// Copies a whole node in as a child; it must be of the schema of such a child.
    Node copy(Node other) const;
    /// Copies the children of `like` in, by name: those of another use of the same grouping, such
    /// as the inventory of a notification and that of the data tree.
    void fill(Node like) const;

    // Reading.
    std::string name() const;
    std::string module() const;
    /// Canonical value of a leaf or leaf-list node; empty for others.
    std::string value() const;
    /// value(), of an identity without the name of its module.
    std::string local() const;
    /// Value of the child leaf, if there is one.
    std::optional<std::string> value(std::string_view child) const;
    std::string valueOr(std::string_view child, std::string_view otherwise) const;
    bool flag(std::string_view child) const { return value(child) == "true"; }
    /// Values of a leaf-list.
    std::vector<std::string> values(std::string_view child) const;
    std::optional<Node> child(std::string_view name) const;
    /// The child that is the same instance as `like`: same schema node, and same keys or value. By
    /// hash, so that it costs the same in a list of any length.
    std::optional<Node> instance(Node like) const;
    /// The entry of a list with these keys, in the order of the schema; by hash.
    std::optional<Node> instance(const char* list, const std::vector<std::string>& keys) const;
    /// Names and values of the keys of a list entry.
    std::vector<std::pair<std::string, std::string>> keys() const;
    /// Equal with all that is below, whatever the order of state lists and leaf-lists.
    bool equals(Node other) const;
    std::optional<Node> parent() const;
    std::vector<Node> children() const;
    std::vector<Node> children(std::string_view name) const;
    std::vector<Node> siblings() const;
    bool isList() const;
    bool isLeaf() const;
    /// Made by validation: a default value, or a container with nothing but such in it.
    bool implied() const;
    /// Content of an anydata node that holds a data tree.
    std::optional<Node> content() const;
    /// XPath evaluated with this node as context. Throws Error if it is not one.
    std::vector<Node> select(const std::string& xpath) const;
    bool test(const std::string& xpath) const;
    /// Instance path with module names as prefixes, such as /m:a/b[k='v'].
    std::string path() const;
    /// Text that is equal for equal content whatever the order of system-ordered entries, and
    /// whether a default value is given or implied.
    std::string canonical() const;
    std::string print(Format format) const;

    lyd_node* raw() const { return node_; }

private:
    lyd_node* node_;
};

class Tree {
public:
    Tree() = default;
    explicit Tree(lyd_node* owned)
        : root_(owned)
    {
    }

    /// Data parsed strictly. With validate, also valid as a whole for what modules are present.
    static Tree parse(const Context& context, std::string_view text, Format format = Format::Json,
        bool validate = true);
    /// Configuration only: state data are refused.
    static Tree parseConfig(
        const Context& context, std::string_view text, Format format = Format::Json);
    /// The same, but entries of the list at path `list` whose keys the context's modules do not
    /// know, as identities of a module that has gone, are left out and named in `lost`. Without
    /// `validate` it may be a part of a configuration, to be merged into another.
    static Tree parseConfigKnown(const Context& context, std::string_view json,
        const std::string& list, std::vector<std::string>& lost, bool validate = true);
    /// A notification: the whole <notification> element in XML. `time` receives its eventTime.
    static Tree parseNotification(
        const Context& context, std::string_view xml, std::string* time = nullptr);

    /// The node at `path` (module names as prefixes), made if it is not there.
    Node at(const Context& context, const std::string& path, const char* value = nullptr);
    std::optional<Node> find(const std::string& path) const;
    std::vector<Node> select(const std::string& xpath) const;
    std::vector<std::string> paths(const std::string& xpath) const;

    void validate(const Context& context);
    /// Default values are made explicit in the tree.
    void addDefaults(const Context& context);
    Tree copy() const;
    /// Takes the content of `other` in; its values win.
    void merge(const Tree& other);
    /// What turns this tree into `next`: a tree with yang:operation metadata; empty if equal.
    Tree diff(const Tree& next) const;

    std::string print(Format format) const;
    std::string json() const { return print(Format::Json); }
    std::string canonical() const;

    Node root() const { return Node(root_.get()); }
    explicit operator bool() const { return root_ != nullptr; }
    lyd_node* raw() const { return root_.get(); }
    lyd_node* release() { return root_.release(); }

private:
    struct Free {
        void operator()(lyd_node* node) const noexcept;
    };
    std::unique_ptr<lyd_node, Free> root_;
};

/// Operation that a diff has for a node: "create", "delete", "replace" or "none"; inherited ones
/// included.
std::string diffOperation(Node node);

/// Sends libyang's own log to nowhere: errors come as exceptions. Call it first thing in main.
void silence();

} // namespace yang

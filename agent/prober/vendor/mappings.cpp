#include "agent/prober/vendor/mappings.h"
#include "agent/prober/password.h"
#include "agent/prober/vendor/flat_settings.h"
#include "agent/prober/vendor/json_outline.h"
#include "agent/prober/vendor/merge.h"
#include "common/text.h"
#include "common/trusted.h"

#include <cctype>

namespace agent {

namespace {

/// The list in the category's container that a mapping makes an entry of; nothing for a category
/// that mappings have no part in.
const char* listOf(const std::string& category)
{
    return category == Standard + "password-configuration" ? "policy"
        : category == Standard + "remote-login"            ? "login-policy"
                                                           : nullptr;
}

yang::Tree parseMapping(const yang::Context& context, const std::string& text)
{
    if (const auto error = outlineOf(text).error) {
        throw ParseError(*error);
    }
    yang::Tree tree = yang::Tree::parse(context, text);
    for (const yang::Node& top : tree ? tree.root().siblings() : std::vector<yang::Node>()) {
        if (!top.implied() && top.module() + ":" + top.name() != "femto-vendor:mapping") {
            throw ParseError("holds " + text::quoted(top.module() + ":" + top.name()));
        }
    }
    if (!tree || !tree.find("/femto-vendor:mapping")) {
        throw ParseError("holds no femto-vendor:mapping");
    }
    return tree;
}

/// A value of the file in the words of the leaf.
std::string translated(yang::Node rule, const std::string& value)
{
    for (const yang::Node& each : rule.children("value")) {
        if (each.valueOr("from", "") == value) {
            return each.valueOr("to", "");
        }
    }
    const auto factor = text::number<uint32_t>(rule.valueOr("multiply", ""));
    if (!factor) {
        return value;
    }
    const auto number = text::number<int32_t>(value);
    if (!number) {
        throw ParseError("is no number: " + text::quoted(value));
    }
    return std::to_string(int64_t { *number } * int64_t { *factor });
}

constexpr size_t MostEvidence = 64;

/// What is a hash itself becomes the name of its scheme. Throws for all but such names: a leaf
/// that takes any text would take a password, too.
std::string schemeIn(const std::string& value)
{
    if (isHashScheme(value)) {
        return value;
    }
    const Password password = classify(value);
    if (password.scheme.empty()) {
        throw ParseError("is no hash-scheme");
    }
    return password.scheme;
}

/// Writes one leaf. Throws Absent if the file has no such key.
void writeLeaf(
    yang::Node entry, yang::Node rule, const FlatSettings& settings, const std::string& source)
{
    const std::string key = rule.valueOr("key", "");
    const auto found = settings.find(key);
    if (found == settings.end()) {
        throw Absent(source + ": has no " + key);
    }
    const FlatSetting& setting = found->second;
    const std::string where
        = source + (setting.line ? ":" + std::to_string(setting.line) : "") + ": " + key;
    if (setting.repeated) {
        throw ParseError(where + " is there more than once");
    }
    const std::string leaf = rule.valueOr("leaf", "");
    std::string shown = setting.value.substr(0, MostEvidence);
    try {
        std::string value = translated(rule, setting.value);
        if (leaf == "hash-scheme") {
            value = schemeIn(value);
            shown = isHashScheme(setting.value) ? shown : "(" + value + ")";
        }
        entry.leaf(leaf.c_str(), value);
    } catch (const std::exception&) { // what it says quotes the value, which may be a secret
        throw ParseError(where + ": is no value of " + leaf);
    }
    entry.leaf("evidence", text::carried(where + " = " + shown));
}

} // namespace

Reading::Failure failureOf(const std::string& path, const std::exception& error)
{
    std::string said = error.what();
    if (!said.starts_with(path)) {
        const bool line = !said.empty() && std::isdigit(static_cast<unsigned char>(said.front()));
        said = path + (line ? ":" : ": ") + said;
    }
    const bool refused = dynamic_cast<const trusted::Refused*>(&error) != nullptr;
    const bool changed = dynamic_cast<const trusted::Changed*>(&error) != nullptr;
    return { path, refused ? "not-trusted" : changed ? "raced" : reasonOf(error), said };
}

namespace {

/// What one mapping makes of one category, in a tree of its own.
class Mapped {
public:
    Mapped(const Root& root, const yang::Context& context, const std::string& path,
        std::vector<Reading::Failure>& failures)
        : root_(root)
        , context_(context)
        , path_(path)
        , failures_(failures)
    {
    }

    /// True if there is an entry now.
    bool make(yang::Node mapping, yang::Node container, const char* list)
    {
        const std::vector<yang::Node> rules = mapping.children(container.name());
        if (rules.empty()) {
            return false;
        }
        const std::string at
            = std::string(InventoryPath) + "/" + container.name() + "/" + list + "/";
        for (const yang::Node& rule : rules) {
            const std::string leaf = rule.valueOr("leaf", "");
            if (context_.kindOf(at + leaf) != "leaf" || leaf == "service" || leaf == "confidence") {
                throw ParseError(container.name() + " cannot be given leaf " + text::quoted(leaf));
            }
        }
        const std::string source = mapping.valueOr("source", "");
        const auto settings = read(source, mapping.valueOr("format", ""));
        if (!settings) {
            return false;
        }
        const yang::Node entry = container.entry(list, mapping.valueOr("service", ""));
        for (const yang::Node& rule : rules) {
            try { // boundary: one value of a foreign file
                writeLeaf(entry, rule, *settings, source);
            } catch (const std::exception& e) {
                failures_.push_back(failureOf(source, e));
            }
        }
        return true;
    }

private:
    std::optional<FlatSettings> read(const std::string& source, const std::string& format)
    try { // boundary: a foreign file
        const std::string text = root_.read(source);
        if (text.size() > Mappings::MostSource) {
            throw std::length_error(
                source + ": more than " + std::to_string(Mappings::MostSource) + " bytes");
        }
        return parseSettings(format, text);
    } catch (const std::exception& e) {
        Reading::Failure failure = failureOf(source, e);
        failure.error += " (by " + path_ + ")";
        failures_.push_back(failure);
        return std::nullopt;
    }

    const Root& root_;
    const yang::Context& context_;
    const std::string& path_;
    std::vector<Reading::Failure>& failures_;
};

} // namespace

bool Mappings::addTo(
    yang::Node content, const std::string& category, std::vector<Reading::Failure>& failures) const
{
    const char* const list = listOf(category);
    if (!list) {
        return false;
    }
    bool added = false;
    try { // boundary: the folder
        const auto folder = trusted::Folder::open(root_.top(), folder_);
        root_.list(folder_); // so that a file that comes or goes is noticed
        for (const std::string& name :
            folder ? folder->names(".json", MostFiles) : std::vector<std::string>()) {
            const std::string path = folder->pathOf(name);
            root_.status(path, false);
            try { // boundary: a mapping
                const yang::Tree mapping
                    = parseMapping(context_, folder->read(name, MostBytes).text);
                yang::Tree tree;
                const yang::Node container
                    = tree.at(context_, std::string(InventoryPath) + "/" + content.name());
                if (Mapped(root_, context_, path, failures)
                        .make(*mapping.find("/femto-vendor:mapping"), container, list)) {
                    added = true;
                    for (const std::string& conflict :
                        mergeFacts(context_, content, container, path)) {
                        failures.push_back({ path, "conflict", path + ": " + conflict });
                    }
                }
            } catch (const std::exception& e) {
                failures.push_back(failureOf(path, e));
            }
        }
    } catch (const std::exception& e) {
        failures.push_back(failureOf(folder_, e));
    }
    return added;
}

} // namespace agent

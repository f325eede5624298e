#include "yang/extensions.h"
#include "common/log.h"
#include "common/text.h"
#include "common/trusted.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

namespace schemas {

namespace {

constexpr size_t MostBytes = 1u << 20; // of a module
constexpr size_t MostFiles = 64;
constexpr std::string_view Suffix = ".yang";

/// What follows blanks and comments.
std::string_view skipped(std::string_view text)
{
    for (;;) {
        while (!text.empty() && std::string_view(" \t\r\n").find(text.front()) != text.npos) {
            text.remove_prefix(1);
        }
        const bool line = text.starts_with("//");
        if (!line && !text.starts_with("/*")) {
            return text;
        }
        const size_t end = line ? text.find('\n') : text.find("*/", 2);
        text.remove_prefix(end == text.npos ? text.size() : end + (line ? 1 : 2));
    }
}

Extensions::Module moduleOf(const std::string& path, std::string text)
{
    Extensions::Module out;
    out.file = path;
    const std::string stem = std::filesystem::path(path).stem();
    out.name = stem.substr(0, stem.find('@'));
    out.submodule = skipped(text).starts_with("submodule");
    out.text = std::move(text);
    return out;
}

/// Two files of one module, and files of a module of ours, are none.
void refuseTwice(std::vector<Extensions::Module>& all)
{
    std::set<std::string> names;
    for (const yang::Module& own : modules()) {
        names.insert(own.name);
    }
    for (Extensions::Module& one : all) {
        if (one.error.empty() && !names.insert(one.name).second) {
            one.error = one.file + ": there is a module " + text::quoted(one.name) + " already";
        }
    }
}

/// What a module has that it may not have, or lacks; nothing if it is good.
std::optional<std::string> fault(const yang::Context& context, const std::string& module)
{
    if (auto beyond = context.beyondState(module)) {
        return beyond;
    }
    const std::string prefix = module + ":";
    std::vector<std::string> categories
        = context.derivedFrom("femto-security-types", "security-category");
    std::erase_if(categories, [&](const std::string& one) { return !one.starts_with(prefix); });
    for (const std::string& one : categories) {
        if (context.kindOf("/" + one) != "container") {
            return "category " + text::quoted(one) + " has no container of its name";
        }
    }
    for (const std::string& node : context.topNodes(module)) {
        if (std::ranges::find(categories, prefix + node) == categories.end()) {
            return "node " + text::quoted(node) + " is not that of a category";
        }
    }
    return std::nullopt;
}

} // namespace

Extensions Extensions::ofVendor(int top, const std::string& folder)
{
    Extensions out;
    try { // boundary: files of the vendor
        const auto there = trusted::Folder::open(top, folder);
        if (!there) {
            return out;
        }
        for (const std::string& name : there->names(std::string(Suffix), MostFiles)) {
            const std::string path = there->pathOf(name);
            try { // boundary: one of them
                out.modules_.push_back(moduleOf(path, there->read(name, MostBytes).text));
            } catch (const std::exception& e) {
                out.modules_.push_back(moduleOf(path, ""));
                out.modules_.back().error = e.what();
            }
        }
    } catch (const std::exception& e) {
        out.error_ = e.what();
    }
    refuseTwice(out.modules_);
    return out;
}

Extensions Extensions::ofFolder(const std::string& folder)
{
    Extensions out;
    if (folder.empty()) {
        return out;
    }
    std::vector<std::string> files;
    std::error_code error;
    const std::filesystem::directory_iterator all(folder, error);
    if (error) {
        throw std::system_error(error, folder);
    }
    for (const auto& file : all) {
        const std::string name = file.path().filename();
        if (name.ends_with(Suffix) && !name.starts_with(".")) {
            files.push_back(file.path());
        }
    }
    std::ranges::sort(files);
    for (const std::string& file : files) {
        out.modules_.push_back(moduleOf(file, fd::readFile(file, MostBytes)));
    }
    refuseTwice(out.modules_);
    return out;
}

void Extensions::mustBeGood() const
{
    if (!error_.empty()) {
        throw yang::Error(error_);
    }
    for (const Module& one : modules_) {
        if (!one.error.empty()) {
            throw yang::Error(one.error);
        }
    }
}

void Extensions::report() const
{
    if (!error_.empty()) {
        logging::error(error_);
    }
    for (const Module& one : modules_) {
        if (!one.error.empty()) {
            logging::error(text::legible(one.error));
        }
    }
}

void Extensions::describe(yang::Node status) const
{
    const auto add = [&](const std::string& file, const std::string& error) {
        const yang::Node entry = status.entry("extension-module", text::carried(file));
        entry.leaf("ok", error.empty());
        if (!error.empty()) {
            entry.leaf("error", text::legible(error));
        }
    };
    if (!error_.empty()) {
        add("modules.d", error_);
    }
    for (const Module& one : modules_) {
        add(one.file, one.error);
    }
}

/// False if one was refused: what libyang has made of it by then may still be in the context.
bool Extensions::addTo(yang::Context& context)
{
    for (const Module& one : modules_) {
        if (one.error.empty()) {
            context.offer(one.name, one.text);
        }
    }
    for (Module& one : modules_) {
        if (!one.error.empty() || one.submodule) {
            continue;
        }
        try {
            context.implement(one.name);
        } catch (const yang::SchemaError& e) {
            one.error = one.file + (e.line ? ":" + std::to_string(e.line) : "") + ": " + e.what();
            return false;
        }
        if (const auto why = fault(context, one.name)) {
            one.error = one.file + ": " + *why;
            return false;
        }
    }
    return true;
}

yang::Context Extensions::in(yang::Context (*make)())
{
    for (;;) {
        yang::Context context = make();
        if (addTo(context)) {
            return context;
        }
    }
}

yang::Context managementWith(Extensions extensions)
{
    yang::Context context = extensions.in(management);
    extensions.mustBeGood();
    return context;
}

} // namespace schemas

#include "collector/cli/documents.h"

#include "common/fd.h"
#include "common/text.h"

#include <filesystem>
#include <system_error>

namespace cli {

namespace {

constexpr size_t MostSnapshotBytes = 256u << 20;

} // namespace

std::string readDocument(const std::string& path, size_t most)
{
    try {
        return fd::readFile(path, most);
    } catch (const std::system_error& e) {
        throw std::runtime_error(path + ": " + e.code().message());
    }
}

collector::Policy readPolicy(const yang::Context& context, const std::string& path)
{
    const std::string text = readDocument(path, collector::Policy::MostBytes);
    try {
        return collector::Policy::parse(context, text);
    } catch (const collector::PolicyError& e) {
        throw std::runtime_error(path + ": " + e.what());
    }
}

Snapshot readSnapshot(const yang::Context& context, const std::string& path)
{
    const std::string text = readDocument(path, MostSnapshotBytes);
    const size_t start = text.find_first_not_of(" \t\r\n");
    const bool xml = start != std::string::npos && text[start] == '<';
    Snapshot out;
    out.path = path;
    try {
        out.tree = yang::Tree::parse(context, text, xml ? yang::Format::Xml : yang::Format::Json);
    } catch (const yang::Error& e) {
        throw std::runtime_error(path + ": " + e.what());
    }
    const auto top = out.tree.find("/femto-security:femto-security");
    if (!top || (!top->child("status") && !top->child("inventory"))) {
        throw std::runtime_error(path
            + ": no femto-security:femto-security with status and"
              " inventory in it: "
            + text::quoted(text));
    }
    const auto collection = top->child("collection");
    out.node = collection ? collection->valueOr("node-id", "") : "";
    if (out.node.empty()) {
        out.node = std::filesystem::path(path).stem().string();
    }
    return out;
}

} // namespace cli

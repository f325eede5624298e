#include "agent/prober/vendor/extension.h"
#include "agent/prober/category_result.h"

namespace agent {

Result runExtension(const std::string& category, const Settings& settings, Facts& facts,
    const yang::Context& context)
{
    yang::Tree content;
    const yang::Node container = content.at(context, "/" + category);
    std::vector<Reading::Failure> failures;
    Result result;
    result.content = facts.addTo(container, category, settings.staleAfter, failures);
    try { // boundary: each file is valid by itself, and all of them together
        content.validate(context);
    } catch (const std::exception& e) {
        failures.push_back({ facts.folder(), reasonOf(e), e.what() });
        result.content = false;
    }
    std::optional<Row> row;
    if (result.content) {
        const size_t count = countAndCut(container, settings.maxEntries, failures);
        const yang::Node inventory = result.tree.at(context, InventoryPath);
        inventory.entry("extension", category).anydata("content", container);
        const std::string home
            = std::string(InventoryPath) + "/extension[category='" + category + "']";
        row = describe(result.tree, home, container, count);
    } else if (failures.empty()) {
        failures.push_back({ facts.folder(), "source-missing",
            "no facts of " + category + " in " + facts.folder() });
    }
    writeRow(result.tree, context, category, row, failures);
    return result;
}

} // namespace agent

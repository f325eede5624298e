// Any bytes as a file of facts, merged into what a probe has found.
#include "agent/prober/vendor/fact_file.h"
#include "agent/prober/vendor/json_outline.h"
#include "agent/prober/vendor/merge.h"
#include "yang/schemas.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static const yang::Context context = schemas::prober();
    const std::string text(reinterpret_cast<const char*>(data), size);
    agent::outlineOf(text);
    try {
        const agent::FactFile file = agent::parseFacts(context, text);
        for (const std::string& category : file.categories) {
            const auto content = file.content(category);
            if (!content) {
                abort(); // it said that it has some
            }
            yang::Tree tree;
            const yang::Node to
                = tree.at(context, "/femto-security:femto-security/inventory/" + content->name());
            agent::mergeFacts(context, to, *content, "/facts.d/a.json");
            if (!agent::mergeFacts(context, to, *content, "/facts.d/b.json").empty()
                && content->name() != "software-integrity"
                && content->name() != "running-processes") {
                abort(); // it contradicts itself
            }
            tree.validate(context);
        }
    } catch (const std::runtime_error&) { // ParseError and yang::Error
    }
    return 0;
}

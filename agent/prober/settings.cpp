#include "agent/prober/settings.h"
#include "common/text.h"

namespace agent {

namespace {

constexpr const char* Collection = "/femto-security:femto-security/collection";

std::optional<yang::Node> entryOf(const yang::Tree& configuration, const std::string& category)
{
    const bool full = category.find(':') != category.npos;
    return configuration.find(
        std::string(Collection) + "/category[type='" + (full ? "" : Standard) + category + "']");
}

} // namespace

Settings settingsOf(const yang::Tree& configuration, const std::string& category)
{
    Settings settings;
    if (const auto entry = entryOf(configuration, category)) {
        settings.include = entry->values("include");
        settings.exclude = entry->values("exclude");
        settings.maxEntries
            = text::number<size_t>(entry->valueOr("max-entries", "")).value_or(settings.maxEntries);
        const auto stale = text::number<unsigned>(entry->valueOr("stale-after", ""));
        settings.staleAfter = stale ? std::chrono::seconds(*stale) : settings.staleAfter;
    }
    return settings;
}

std::optional<std::chrono::seconds> samplingInterval(
    const yang::Tree& configuration, const std::string& category)
{
    const auto collection = configuration.find(Collection);
    const auto entry = entryOf(configuration, category);
    if (!entry || entry->valueOr("enabled", "true") != "true"
        || collection->valueOr("enabled", "true") != "true") {
        return std::nullopt;
    }
    const auto seconds = text::number<unsigned>(entry->valueOr("sampling-interval", "30"));
    return std::chrono::seconds(seconds.value_or(30));
}

} // namespace agent

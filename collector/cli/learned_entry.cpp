#include "collector/cli/learned_entry.h"

#include "common/text.h"

#include <algorithm>

namespace cli {

namespace {

std::string joinedKeys(std::initializer_list<std::pair<const char*, std::string>> keys)
{
    std::string out;
    for (const auto& [leaf, value] : keys) {
        out += value + '\n';
    }
    return out;
}

} // namespace

LearnedEntry::LearnedEntry(
    Learned::List& list, std::initializer_list<std::pair<const char*, std::string>> keys)
    : entry_(list[joinedKeys(keys)])
    , new_(entry_.is_null())
{
    for (const auto& [leaf, value] : keys) {
        entry_[leaf] = value;
    }
}

void LearnedEntry::agree(const char* leaf, const std::optional<Json>& value)
{
    if (new_ && value) {
        entry_[leaf] = *value;
    } else if (!new_ && entry_.contains(leaf) && (!value || entry_[leaf] != *value)) {
        entry_.erase(leaf);
    }
}

void LearnedEntry::same(const char* leaf, const std::optional<std::string>& value)
{
    agree(leaf, value ? std::optional<Json>(*value) : std::nullopt);
}

void LearnedEntry::number(const char* leaf, const std::optional<std::string>& value)
{
    const auto number = value ? text::number<uint32_t>(*value) : std::nullopt;
    agree(leaf, number ? std::optional<Json>(*number) : std::nullopt);
}

void LearnedEntry::falseUnless(const char* leaf, bool needed)
{
    if (needed) {
        entry_.erase(leaf);
    } else if (new_) {
        entry_[leaf] = false;
    }
}

void LearnedEntry::values(const char* leafList, const std::vector<std::string>& more)
{
    if (more.empty()) {
        return;
    }
    std::set<std::string> all(more.begin(), more.end());
    for (const Json& one : entry_.value(leafList, Json::array())) {
        all.insert(one.get<std::string>());
    }
    entry_[leafList] = all;
}

void LearnedEntry::anyOf(const char* leafList, const std::optional<std::string>& value)
{
    if (!value) {
        entry_.erase(leafList);
    } else if (new_ || entry_.contains(leafList)) {
        values(leafList, { *value });
    }
}

} // namespace cli

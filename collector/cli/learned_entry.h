// One entry of a list that is being learned. The first node says what it is like; what another one
// has otherwise is no more demanded.
#pragma once

#include "collector/cli/learned.h"

#include <optional>

namespace cli {

class LearnedEntry {
public:
    using Json = Learned::Json;

    /// The entry with these keys, made if it is not there.
    LearnedEntry(
        Learned::List& list, std::initializer_list<std::pair<const char*, std::string>> keys);

    void set(const char* leaf, Json value) { entry_[leaf] = std::move(value); }
    /// Demanded as long as all nodes have the same.
    void same(const char* leaf, const std::optional<std::string>& value);
    void number(const char* leaf, const std::optional<std::string>& value);
    /// A permission that is false as long as no node needs it.
    void falseUnless(const char* leaf, bool needed);
    /// All that any node has, sorted.
    void values(const char* leafList, const std::vector<std::string>& more);
    /// The same, but demanded only as long as every node has one.
    void anyOf(const char* leafList, const std::optional<std::string>& value);

    Json& entry() { return entry_; }
    bool isNew() const { return new_; }

private:
    void agree(const char* leaf, const std::optional<Json>& value);

    Json& entry_;
    bool new_;
};

} // namespace cli

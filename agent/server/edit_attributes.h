// Attributes of an edit (nc:operation, yang:insert, yang:key, yang:value), and elements that
// libyang left opaque because they are wrong, or are leaves to be deleted that are named without a
// value.
#pragma once

#include "agent/server/edit.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

struct lysc_node;

namespace agent {

/// nc:operation of an element. Throws RpcError if it is none.
std::optional<EditOperation> operationOf(const lyd_node* edit);

struct Place {
    enum Where { First, Last, Before, After };
    Where where = Last;
    std::string anchor; // as the peer wrote it
    std::vector<std::pair<std::string, std::string>> keys; // of a list; of a leaf-list, ""=value
};

/// yang:insert of an element. Throws RpcError if it is not complete.
std::optional<Place> placeOf(const lyd_node* edit);
bool isAnchor(const Place& place, const lyd_node* entry);

/// Schema of an opaque leaf without value that is to be deleted. Throws RpcError for all others:
/// unknown names, values that are not of the type, list entries without keys.
const lysc_node* schemaOfOpaque(const lyd_node* edit, bool deletes);
std::string pathOfOpaque(const lyd_node* edit);

} // namespace agent

// The receiving side of reports: taking a security-report and a security-change into a tree of
// /fs:femto-security, and the digests by which both sides know that they hold the same.
#pragma once

#include "common/yang.h"

#include <optional>
#include <string>
#include <string_view>

namespace patch {

/// The content of a category (an identity with its module's name in front) below an inventory: the
/// container of that name, or the entry of the list extension.
std::optional<yang::Node> content(yang::Node inventory, std::string_view category);

/// What category/digest says of that content, nothing of it included.
std::string contentDigest(yang::Node inventory, std::string_view category);

/// What collection-config-digest says of a collection: the same for a default value that is given
/// and one that is implied.
std::string collectionDigest(yang::Node collection);

/// Replaces the content of the categories that a security-report names by what it holds of them.
/// `holder` is a tree of /fs:femto-security, which must be there.
void applyReport(yang::Tree& holder, yang::Node securityReport);

/// Applies the edits of a security-change, in order. Strict: throws yang::Error if the target of a
/// delete or replace is not there or that of a create is, or if a value does not hold its target.
/// What was applied before the one that failed stays: take a full report then.
void applyEdits(yang::Tree& holder, yang::Node securityChange);

} // namespace patch

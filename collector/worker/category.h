// Categories as policies, findings and messages name them.
#pragma once

#include "common/yang.h"

#include <optional>
#include <string>

namespace collector {

/// Without the module's name where that is femto-security-types: "open-ports", and
/// "acme-hardening:kernel-hardening".
std::string shortCategory(const std::string& identity);
/// The identity, with the module's name in front.
std::string identityOf(const std::string& category);
/// Whether a module besides ours defines it.
bool isExtension(const std::string& category);
/// Schema path of the container that holds what is known of it. That of an extension is the root
/// of a tree of its own, the content of its entry in the inventory.
std::string containerPath(const std::string& category);
/// That container in an inventory, if there is one, and if our modules describe all that is in it.
std::optional<yang::Node> containerIn(yang::Node inventory, const std::string& category);

/// Whether something is there that our modules do not describe: of another revision of the vendor's
/// module, or made up.
bool isUndescribed(yang::Node inventory, const std::string& category);

} // namespace collector

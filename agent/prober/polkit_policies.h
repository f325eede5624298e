// Actions of polkit(8) and what they permit to those whom no rule names: files *.policy.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace agent {

/// Actions by which their caller starts, installs or configures what runs as root.
std::set<std::string> polkitRootActions();

struct PolkitPolicies {
    std::set<std::string> actions = polkitRootActions(); // and those that run a program as root
    std::map<std::string, std::string> forAll; // what an action permits to those whom no rule names
    std::map<std::string, std::string> where;
};

/// Adds the actions of a file (XML, as polkitd reads it). Throws ParseError; then none are added.
void readPolkitPolicy(std::string_view text, const std::string& path, PolkitPolicies& out);

} // namespace agent

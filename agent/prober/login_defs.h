// login.defs(5) as the shadow suite and pam_unix read it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace agent {

struct LoginDefs {
    struct Value {
        std::string text;
        std::string where; // file:line
    };
    std::map<std::string, Value> last; // by name: getdef() of shadow takes the last line
    std::map<std::string, Value> first; // by name in lower case: pam_unix takes the first one

    std::optional<Value> shadow(const std::string& name) const;
    std::optional<Value> pam(const std::string& name) const;
};

LoginDefs parseLoginDefs(std::string_view all, const std::string& path = "/etc/login.defs");

} // namespace agent

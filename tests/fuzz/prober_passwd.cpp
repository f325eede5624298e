// passwd(5), group(5), shadow(5) and authorized_keys.
#include "agent/prober/accounts.h"
#include "agent/prober/authorized_keys.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    for (const agent::User& user : agent::parsePasswd(all, "passwd")) {
        if (user.name.find_first_of(":\n") != user.name.npos) {
            std::abort();
        }
    }
    agent::parseGroup(all, "group");
    agent::parseShadow(all);
    agent::parseAuthorizedKeys(all);
    agent::authorizedKeyFiles(all, "u", 1, "/h");
    return 0;
}

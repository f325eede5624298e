// What a password field says, without keeping any of it: passwd(5), shadow(5), crypt(5).
#pragma once

#include "agent/prober/root.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace agent {

/// A whole file that may hold hashes; the memory is wiped when it goes.
class SecretText {
public:
    /// Throws what Root::read throws.
    SecretText(const Root& root, const std::string& path);
    ~SecretText();
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;

    std::string_view view() const { return { bytes_.data(), bytes_.size() }; }

private:
    std::string bytes_;
};

struct Password {
    enum class State { Unusable, Set, Locked, Empty, InShadow };
    State state = State::Unusable;
    std::string scheme {}; // of the hash, where there is one: the words of the YANG leaf
};

/// What pam_unix and libxcrypt make of a password field.
Password classify(std::string_view field);

/// Whether this is a word for schemes of hashes, as classify() and probes use them.
bool isHashScheme(std::string_view word);
/// A message in which nothing but its scheme is left of a hash of the modular form, "$6$...".
std::string withoutHashes(std::string_view message);

/// One line of shadow(5); days are counted from 1970, -1 is none.
struct ShadowEntry {
    Password password {};
    long changed = -1;
    long most = -1;
    long inactive = -1;
    long expires = -1;
    size_t line = 0;
};

/// By user name; the first line of a name wins, as in getspnam(3).
std::map<std::string, ShadowEntry, std::less<>> parseShadow(std::string_view all);

} // namespace agent

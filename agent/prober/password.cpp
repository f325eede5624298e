#include "agent/prober/password.h"

#include "agent/prober/account_line.h"
#include "common/fd.h"

#include <algorithm>
#include <cerrno>
#include <string.h>
#include <unistd.h>

namespace agent {

namespace {

constexpr size_t MaxSecret = 16u << 20;

struct Scheme {
    std::string_view prefix;
    const char* name;
};

// crypt(5), "AVAILABLE HASHING METHODS"; the last two are of Web user interfaces.
constexpr Scheme Schemes[] = {
    { "$y$", "yescrypt" },
    { "$gy$", "gost-yescrypt" },
    { "$7$", "scrypt" },
    { "$2a$", "bcrypt" },
    { "$2b$", "bcrypt" },
    { "$2x$", "bcrypt" },
    { "$2y$", "bcrypt" },
    { "$6$", "sha512crypt" },
    { "$5$", "sha256crypt" },
    { "$1$", "md5crypt" },
    { "$sha1$", "sha1crypt" },
    { "$md5", "sunmd5" },
    { "$3$", "nthash" },
    { "$argon2id$", "argon2id" },
    { "$pbkdf2", "pbkdf2" },
};

// Words that no prefix stands for.
constexpr std::string_view OtherSchemes[]
    = { "descrypt", "bigcrypt", "bsdicrypt", "blowfish", "plain", "unknown" };

constexpr const char* OfScheme = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr const char* OfHash
    = "$=,+-./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool isOfDesAlphabet(std::string_view hash)
{
    return std::ranges::all_of(hash, [](char c) {
        return (c >= '.' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
}

/// Empty if no password has this as its hash.
std::string schemeOf(std::string_view hash)
{
    if (hash.starts_with('$')) {
        const auto* found = std::ranges::find_if(
            Schemes, [&](const Scheme& scheme) { return hash.starts_with(scheme.prefix); });
        return found == std::end(Schemes) ? "unknown" : found->name;
    }
    if (hash.starts_with('_') && hash.size() == 20 && isOfDesAlphabet(hash.substr(1))) {
        return "bsdicrypt";
    }
    hash = hash.substr(0, hash.find(',')); // password aging of HP-UX, which pam_unix cuts off
    if (hash.size() < 13 || !isOfDesAlphabet(hash)) {
        return "";
    }
    return hash.size() == 13 ? "descrypt" : "bigcrypt";
}

/// A number of days; as glibc, a long made of an int, and -1 if the field is empty.
bool takeDays(std::string_view& line, long& days)
{
    const auto value = takeNumber(line, UINT32_MAX);
    days = static_cast<int>(value.value_or(UINT32_MAX));
    return value.has_value();
}

/// Fields 3 to 8. A line of the old form ends after the fifth (files-parse.c of fgetspent(3)).
bool takeAging(std::string_view line, ShadowEntry& entry)
{
    long unused = -1;
    if (!takeDays(line, entry.changed) || !takeDays(line, unused) || !takeDays(line, entry.most)) {
        return false;
    }
    while (!line.empty() && isBlank(line.front())) {
        line.remove_prefix(1);
    }
    if (line.empty()) {
        return true;
    }
    return takeDays(line, unused) && takeDays(line, entry.inactive) && takeDays(line, entry.expires)
        && (line.empty() || (line.find(':') == line.npos && takeDays(line, unused)));
}

} // namespace

SecretText::SecretText(const Root& root, const std::string& path)
{
    const fd::Fd file = root.open(path);
    struct stat what { };
    if (::fstat(file.get(), &what) != 0) {
        fd::fail(path);
    }
    if (!S_ISREG(what.st_mode)) {
        errno = S_ISDIR(what.st_mode) ? EISDIR : EINVAL;
        fd::fail(path);
    }
    if (static_cast<size_t>(what.st_size) > MaxSecret) {
        throw std::length_error(path + ": larger than " + std::to_string(MaxSecret) + " bytes");
    }
    // One allocation: a string that grows leaves copies behind. What a writer appends meanwhile is
    // left for the next run.
    bytes_.resize(static_cast<size_t>(what.st_size));
    size_t got = 0;
    while (got < bytes_.size()) {
        const ssize_t n = ::read(file.get(), bytes_.data() + got, bytes_.size() - got);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            fd::fail(path);
        }
        if (n == 0) {
            break;
        }
        got += static_cast<size_t>(n);
    }
    bytes_.resize(got);
}

SecretText::~SecretText()
{
    ::explicit_bzero(bytes_.data(), bytes_.capacity());
}

Password classify(std::string_view field)
{
    using State = Password::State;
    // pam_unix, is_pwd_shadowed(): "x", and "##name" of NIS+.
    if (field == "x" || field.starts_with("##")) {
        return { State::InShadow };
    }
    if (field.empty()) {
        return { State::Empty };
    }
    const size_t bangs = std::min(field.find_first_not_of('!'), field.size());
    std::string scheme = schemeOf(field.substr(bangs));
    if (scheme.empty()) {
        return { State::Unusable };
    }
    return { bangs > 0 ? State::Locked : State::Set, std::move(scheme) };
}

bool isHashScheme(std::string_view word)
{
    return std::ranges::find(OtherSchemes, word) != std::end(OtherSchemes)
        || std::ranges::any_of(Schemes, [&](const Scheme& scheme) { return word == scheme.name; });
}

std::string withoutHashes(std::string_view message)
{
    std::string out;
    for (size_t at = 0; at < message.size();) {
        const size_t id
            = message[at] == '$' ? message.find_first_not_of(OfScheme, at + 1) : message.npos;
        if (id == message.npos || message[id] != '$' || id == at + 1) {
            out += message[at++];
            continue;
        }
        out.append(message.substr(at, id + 1 - at)).append("...");
        at = std::min(message.find_first_not_of(OfHash, id), message.size());
    }
    return out;
}

std::map<std::string, ShadowEntry, std::less<>> parseShadow(std::string_view all)
{
    std::map<std::string, ShadowEntry, std::less<>> entries;
    for (const AccountLine& line : accountLines(all)) {
        std::string_view rest = line.text;
        const std::string_view name = takeField(rest);
        if (name.starts_with('+') || name.starts_with('-')) {
            continue;
        }
        ShadowEntry entry;
        entry.line = line.number;
        entry.password = classify(takeField(rest));
        if (entry.password.state == Password::State::InShadow) {
            entry.password = {}; // an "x" here is a hash that nothing matches
        }
        if (!takeAging(rest, entry)) {
            continue; // libc reads over it: for pam_unix the user has no entry
        }
        entries.try_emplace(std::string(name), std::move(entry));
    }
    return entries;
}

} // namespace agent

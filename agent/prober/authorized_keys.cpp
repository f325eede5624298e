#include "agent/prober/authorized_keys.h"

#include "common/digest.h"
#include "common/text.h"

#include <cstdint>
#include <optional>

namespace agent {

namespace {

constexpr std::string_view Blank = " \t";

std::string_view takeWord(std::string_view& line)
{
    const size_t end = std::min(line.find_first_of(Blank), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(line.find_first_not_of(Blank, end), line.size()));
    return word;
}

/// Options end at the first blank that is not inside quotes (auth2-pubkeyfile.c of OpenSSH).
void skipOptions(std::string_view& line)
{
    bool quoted = false;
    size_t at = 0;
    for (; at < line.size() && (quoted || Blank.find(line[at]) == Blank.npos); ++at) {
        if (line[at] == '\\' && at + 1 < line.size() && line[at + 1] == '"') {
            ++at;
        } else if (line[at] == '"') {
            quoted = !quoted;
        }
    }
    line.remove_prefix(std::min(line.find_first_not_of(Blank, at), line.size()));
}

/// The blob must start with the name of its type as a string (RFC 4253, 6.6).
std::optional<std::string> fingerprint(std::string_view type, std::string_view base64)
{
    const auto blob = text::fromBase64(base64);
    if (!blob || blob->size() < 4) {
        return std::nullopt;
    }
    uint32_t length = 0;
    for (size_t i = 0; i < 4; ++i) {
        length = length << 8 | static_cast<uint8_t>((*blob)[i]);
    }
    if (length != type.size() || blob->compare(4, length, type) != 0
        || blob->size() == 4 + type.size()) {
        return std::nullopt;
    }
    digest::Sha256 hash;
    hash.add(*blob);
    std::string out = text::base64(hash.bytes());
    out.resize(out.find_last_not_of('=') + 1);
    return "SHA256:" + out;
}

} // namespace

AuthorizedKeys parseAuthorizedKeys(std::string_view all)
{
    AuthorizedKeys keys;
    size_t number = 0;
    for (std::string_view line : text::allLines(all)) {
        ++number;
        line = text::trim(line);
        if (line.empty() || line.front() == '#') {
            continue;
        }
        std::string_view rest = line;
        std::string_view type = takeWord(rest);
        auto key = fingerprint(type, takeWord(rest));
        if (!key) {
            rest = line;
            skipOptions(rest);
            type = takeWord(rest);
            key = fingerprint(type, takeWord(rest));
        }
        if (key) {
            keys.fingerprints.push_back(std::move(*key));
        } else {
            keys.unreadable.push_back(number);
        }
    }
    return keys;
}

std::vector<std::string> authorizedKeyFiles(
    std::string_view pattern, const std::string& user, unsigned long uid, const std::string& home)
{
    std::vector<std::string> files;
    for (const std::string_view word : text::words(pattern)) {
        if (word == "none") {
            continue;
        }
        std::string file;
        for (size_t i = 0; i < word.size(); ++i) {
            if (word[i] != '%' || i + 1 == word.size()) {
                file += word[i];
                continue;
            }
            const char token = word[++i];
            file += token == 'h' ? home
                : token == 'u'   ? user
                : token == 'U'   ? std::to_string(uid)
                : token == '%'   ? std::string("%")
                                 : std::string { '%', token };
        }
        files.push_back(file.starts_with('/') ? file : home + "/" + file);
    }
    return files;
}

} // namespace agent

// SHA-256 by OpenSSL, whole or in pieces (FIPS 180-4).
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace digest {

class Sha256 {
public:
    Sha256();
    void add(std::string_view bytes);
    /// 64 lower-case hexadecimal digits; the object is of no more use.
    std::string hex();
    /// The 32 bytes.
    std::string bytes();

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string sha256(std::string_view bytes);

/// `count` bytes from the kernel's random source.
std::string random(size_t count);
/// Random UUID (RFC 4122, version 4).
std::string uuid();

} // namespace digest

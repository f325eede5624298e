#include "common/digest.h"
#include "common/fd.h"
#include "common/text.h"

#include <openssl/evp.h>
#include <stdexcept>
#include <sys/random.h>

namespace digest {

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept
{
    EVP_MD_CTX_free(context);
}

Sha256::Sha256()
    : context_(EVP_MD_CTX_new())
{
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL has no SHA-256");
    }
}

void Sha256::add(std::string_view bytes)
{
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) {
        throw std::runtime_error("OpenSSL: SHA-256");
    }
}

std::string Sha256::bytes()
{
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context_.get(), out, &size) != 1) {
        throw std::runtime_error("OpenSSL: SHA-256");
    }
    return { reinterpret_cast<const char*>(out), size };
}

std::string Sha256::hex()
{
    return text::hex(bytes());
}

std::string sha256(std::string_view bytes)
{
    Sha256 one;
    one.add(bytes);
    return one.hex();
}

std::string random(size_t count)
{
    std::string out(count, '\0');
    if (::getrandom(out.data(), count, 0) != static_cast<ssize_t>(count)) {
        fd::fail("getrandom");
    }
    return out;
}

std::string uuid()
{
    std::string bytes = random(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
    std::string out = text::hex(bytes);
    for (const size_t at : { 8u, 13u, 18u, 23u }) {
        out.insert(at, "-");
    }
    return out;
}

} // namespace digest

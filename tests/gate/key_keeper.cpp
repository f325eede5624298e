// Files of the key folder, as the keeper takes them.
#include "agent/gate/key_keeper.h"
#include "common/fd.h"
#include "tests/slurp.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using agent::gate::tlsFiles;
using agent::gate::TlsFiles;
using Catch::Contains;

namespace {

struct Keys {
    TemporaryFolder folder;
    fd::Fd descriptor { ::open(folder.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC) };

    TlsFiles get(const std::string& key = "k", const std::string& certificate = "c") const
    {
        return tlsFiles(descriptor.get(), key, certificate);
    }
    std::string path(const std::string& file) const { return folder.path / file; }
    void mode(const std::string& file, mode_t bits) const
    {
        REQUIRE(::chmod(path(file).c_str(), bits) == 0);
    }
};

} // namespace

TEST_CASE("key and certificate of TLS are made together, and kept")
{
    const Keys keys;
    const TlsFiles made = keys.get();
    CHECK_THAT(made.privateKey, Catch::StartsWith("-----BEGIN "));
    CHECK_THAT(made.certificates, Catch::StartsWith("-----BEGIN CERTIFICATE-----\n"));
    CHECK(slurp(keys.path("k")) == made.privateKey);
    CHECK(slurp(keys.path("c")) == made.certificates);
    const TlsFiles again = keys.get();
    CHECK(again.privateKey == made.privateKey);
    CHECK(again.certificates == made.certificates);
}

TEST_CASE("a certificate that is missing is made for the key that is there, never the reverse")
{
    const Keys keys;
    const TlsFiles made = keys.get();
    std::filesystem::remove(keys.path("c"));
    const TlsFiles again = keys.get();
    CHECK(again.privateKey == made.privateKey);
    CHECK(again.certificates != made.certificates);
    std::filesystem::remove(keys.path("k"));
    CHECK_THROWS_WITH(keys.get(), "TLS private key k: is not there, but the certificate c is");
    CHECK_FALSE(std::filesystem::exists(keys.path("k")));
}

TEST_CASE("files that others could use or change are refused, with the reason")
{
    const Keys keys;
    keys.get();
    keys.mode("k", 0640);
    CHECK_THROWS_WITH(
        keys.get(), "TLS private key k: others may use it: mode is 0640, must be 0600");
    keys.mode("k", 0400);
    keys.mode("c", 0664);
    CHECK_THROWS_WITH(
        keys.get(), "TLS certificate c: others may change it: mode is 0664, must be 0644 or less");
    keys.mode("c", 0644); // it is public
    CHECK_NOTHROW(keys.get());
    std::filesystem::create_symlink("c", keys.path("link"));
    CHECK_THROWS_WITH(keys.get("k", "link"), "TLS certificate link: is a symbolic link");
    std::filesystem::create_directory(keys.path("folder"));
    CHECK_THROWS_WITH(keys.get("folder", "c"), "TLS private key folder: is not a regular file");
    CHECK_THROWS_WITH(keys.get("../k", "c"), "TLS private key ../k: is no file name");
    std::ofstream(keys.path("big")) << std::string(70000, 'x');
    CHECK_THROWS_WITH(keys.get("k", "big"), "TLS certificate big: is larger than 65536 bytes");
}

TEST_CASE("a certificate cannot be made for what is no key")
{
    const Keys keys;
    std::ofstream(keys.path("k")) << "nonsense";
    keys.mode("k", 0600);
    CHECK_THROWS_WITH(keys.get(), Contains("a TLS certificate cannot be made"));
    CHECK_FALSE(std::filesystem::exists(keys.path("c")));
}

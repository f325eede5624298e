// Whole files and folders for tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdlib.h>
#include <string>

inline std::string slurp(const std::filesystem::path& path)
{
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
}

/// A folder of one test, gone after it.
struct TemporaryFolder {
    std::filesystem::path path;

    TemporaryFolder()
    {
        std::string name = std::filesystem::temp_directory_path() / "femtowatch-test-XXXXXX";
        if (!mkdtemp(name.data())) {
            throw std::runtime_error("no temporary folder " + name);
        }
        path = name;
    }
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
};

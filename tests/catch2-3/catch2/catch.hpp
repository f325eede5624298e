// Catch2 3 (Debian 13) under the names of Catch2 2 (Debian 12). Only found where that is missing.
#pragma once

#include <catch2/catch_all.hpp>
#include <string>

namespace Catch {

using Matchers::StartsWith;

inline auto Contains(const std::string& text)
{
    return Matchers::ContainsSubstring(text);
}

} // namespace Catch

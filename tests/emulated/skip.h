// Tests that need what no emulator of user mode has.
#pragma once

#include <cstdlib>
#include <iostream>

/// True, and said on stdout so that ctest counts the test as skipped, where the processor is
/// emulated (tools/arm64 sets the variable).
inline bool skippedAsEmulated(const char* why)
{
    if (!std::getenv("FEMTOWATCH_EMULATED")) {
        return false;
    }
    std::cout << "skipped under qemu: " << why << std::endl;
    return true;
}

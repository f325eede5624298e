// Interfaces of one network namespace: names by index, and which have an address.
#pragma once

#include "agent/prober/net_tables.h"
#include "agent/prober/root.h"

#include <cstdint>
#include <string>
#include <vector>

namespace agent {

/// Reads when first asked. With `inside`, the process is in that namespace and the kernel is asked;
/// otherwise the tables in `folder` are read.
class Interfaces {
public:
    Interfaces(const Root& root, std::string folder, bool inside);

    /// Its name, else its index as a number.
    std::string name(uint32_t index);
    /// Those that have a local address, sorted.
    std::vector<std::string> having(const std::string& address);

private:
    void readTables();
    void askKernel();
    void load();

    const Root& root_;
    std::string folder_;
    bool inside_;
    bool loaded_ = false;
    InterfaceNames names_;
    InterfaceAddresses addresses_;
};

} // namespace agent

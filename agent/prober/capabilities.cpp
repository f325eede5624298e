#include "agent/prober/capabilities.h"

#include <cstdint>
#include <linux/capability.h>

namespace agent {

namespace {

// include/uapi/linux/capability.h
constexpr const char* CapabilityNames[] = { "chown", "dac_override", "dac_read_search", "fowner",
    "fsetid", "kill", "setgid", "setuid", "setpcap", "linux_immutable", "net_bind_service",
    "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio",
    "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource",
    "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
    "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon",
    "bpf", "checkpoint_restore" };

uint32_t littleEndian(std::string_view bytes, size_t word)
{
    uint32_t value = 0;
    for (size_t i = 4; i-- > 0;) {
        value = value << 8 | static_cast<uint8_t>(bytes[word * 4 + i]);
    }
    return value;
}

} // namespace

std::string capabilityName(unsigned number)
{
    return std::string("cap_")
        + (number < std::size(CapabilityNames) ? CapabilityNames[number] : std::to_string(number));
}

std::optional<std::vector<std::string>> fileCapabilities(std::string_view attribute)
{
    if (attribute.size() < XATTR_CAPS_SZ_1) {
        return std::nullopt;
    }
    const uint32_t magic = littleEndian(attribute, 0);
    const uint32_t revision = magic & VFS_CAP_REVISION_MASK;
    size_t words = 0;
    if (revision == VFS_CAP_REVISION_1 && attribute.size() == XATTR_CAPS_SZ_1) {
        words = 1;
    } else if ((revision == VFS_CAP_REVISION_2 && attribute.size() == XATTR_CAPS_SZ_2)
        || (revision == VFS_CAP_REVISION_3 && attribute.size() == XATTR_CAPS_SZ_3)) {
        words = 2;
    } else {
        return std::nullopt;
    }
    const uint32_t owner = revision == VFS_CAP_REVISION_3 ? littleEndian(attribute, 5) : 0;
    const std::string behind = owner != 0 ? "[rootid=" + std::to_string(owner) + "]" : "";
    std::vector<std::string> all;
    for (unsigned number = 0; number < words * 32; ++number) {
        const size_t word = number / 32;
        const uint32_t bit = 1u << number % 32;
        const bool permitted = (littleEndian(attribute, 1 + word * 2) & bit) != 0;
        const bool inheritable = (littleEndian(attribute, 2 + word * 2) & bit) != 0;
        if (permitted || inheritable) {
            all.push_back(capabilityName(number) + "+"
                + ((magic & VFS_CAP_FLAGS_EFFECTIVE) != 0 ? "e" : "") + (inheritable ? "i" : "")
                + (permitted ? "p" : "") + behind);
        }
    }
    return all;
}

} // namespace agent

#include "agent/prober/service_inventory.h"

#include "agent/prober/sshd_config.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

// OpenSSH's names; what RFC 9142, RFC 8758 and RFC 6194 advise against, CBC for CVE-2008-5161.
constexpr const char* Weak[] = { "3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc",
    "rijndael-cbc@lysator.liu.se", "blowfish-cbc", "cast128-cbc", "arcfour", "arcfour128",
    "arcfour256", "none", "hmac-md5", "hmac-md5-96", "hmac-md5-etm@openssh.com",
    "hmac-md5-96-etm@openssh.com", "hmac-sha1", "hmac-sha1-96", "hmac-sha1-etm@openssh.com",
    "hmac-sha1-96-etm@openssh.com", "hmac-ripemd160", "umac-64@openssh.com",
    "umac-64-etm@openssh.com", "diffie-hellman-group1-sha1", "diffie-hellman-group14-sha1",
    "diffie-hellman-group-exchange-sha1", "ssh-dss", "ssh-rsa", "ssh-dss-cert-v01@openssh.com",
    "ssh-rsa-cert-v01@openssh.com" };

void leaves(yang::Node node, const char* name, const std::set<std::string>& values)
{
    for (const std::string& value : values) {
        node.leaf(name, text::carried(value));
    }
}

} // namespace

void ServiceInventory::write(const Reading& reading, bool activitySeen) const
{
    std::set<std::pair<std::string, std::string>> written;
    for (const auto& [key, facts] : facts_) {
        const std::string implementation = text::carried(key.second).substr(0, 255);
        if (!written.insert({ key.first, implementation }).second) {
            continue;
        }
        const yang::Node node
            = reading.out.entry("service", { "femto-security-types:" + key.first, implementation });
        node.leaf("installed", facts.installed);
        node.leaf("enabled-at-boot", facts.enabled);
        if (activitySeen || facts.active) {
            node.leaf("active", facts.active);
        }
        node.leaf("socket-activated", facts.socketActivated);
        leaves(node, "endpoint", facts.endpoints);
        if (!facts.version.empty()) {
            node.leaf("version", text::carried(facts.version));
        }
        leaves(node, "weak-algorithm", facts.weakAlgorithms);
        node.leaf("confidence",
            facts.byPortOnly   ? "inferred"
                : facts.active ? "effective"
                               : "declared");
        leaves(node, "evidence", facts.evidence);
    }
}

std::set<std::string> weakSshAlgorithms(Reading& reading)
{
    std::set<std::string> found;
    try { // boundary: the service is there, whatever its configuration is like
        const SshdConfig config = readSshdConfig(reading.root);
        for (const char* keyword : { "ciphers", "macs", "kexalgorithms", "hostkeyalgorithms",
                 "pubkeyacceptedalgorithms" }) {
            const std::string list = config.word(keyword, "");
            if (list.empty() || list.starts_with('-')) {
                continue; // what is left of sshd's own list after '-' is no choice of the operator
            }
            const bool signedList = list.starts_with('+') || list.starts_with('^');
            for (const std::string_view pattern :
                text::fields(std::string_view(list).substr(signedList ? 1 : 0), ',')) {
                for (const char* algorithm : Weak) {
                    if (sshdPattern(algorithm, pattern)) {
                        found.insert(algorithm);
                    }
                }
            }
        }
    } catch (const Absent&) {
    } catch (const std::exception& e) {
        reading.failed("/etc/ssh/sshd_config", e);
    }
    return found;
}

} // namespace agent

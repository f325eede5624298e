#include "agent/prober/services/weak_algorithms.h"

#include "agent/prober/sshd_config.h"
#include "common/text.h"

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

} // namespace

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

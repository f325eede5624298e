#include "agent/prober/services/inetd.h"

#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

std::vector<std::string> strings(const std::vector<std::string_view>& words, size_t from)
{
    return { words.begin() + static_cast<std::ptrdiff_t>(std::min(from, words.size())),
        words.end() };
}

std::string baseName(std::string_view path)
{
    return std::string(path.substr(path.rfind('/') + 1));
}

/// tcpd(8) starts what its first argument names.
void unwrap(InetdService& service)
{
    if (baseName(service.program) == "tcpd" && !service.arguments.empty()) {
        service.program = service.arguments.front();
        service.arguments.front() = baseName(service.program);
    }
}

} // namespace

InetdText parseInetd(std::string_view all)
{
    InetdText out;
    size_t number = 0;
    for (std::string_view line : text::allLines(all)) {
        ++number;
        line = text::trim(line.substr(0, line.find('\0')));
        if (line.empty() || line.front() == '#') {
            continue;
        }
        const auto words = text::words(line);
        if (words.size() == 1 && words[0].ends_with(':')) {
            continue; // an address for the lines that follow
        }
        if (words.size() < 6
            || (words[1] != "stream" && words[1] != "dgram" && words[1] != "raw"
                && words[1] != "seqpacket" && words[1] != "rdm")) {
            out.wrong.push_back(number);
            continue;
        }
        InetdService service;
        const size_t colon = words[0].rfind(':'); // "address:service"
        service.service = words[0].substr(colon == line.npos ? 0 : colon + 1);
        service.address = colon == line.npos ? "" : words[0].substr(0, colon);
        service.protocol = words[2].starts_with("udp") ? "udp" : "tcp";
        service.program = words[5];
        service.arguments = strings(words, 6);
        service.line = number;
        unwrap(service);
        out.services.push_back(std::move(service));
    }
    return out;
}

XinetdText parseXinetd(std::string_view all)
{
    XinetdText out;
    std::optional<InetdService> open;
    bool defaults = false;
    bool disabled = false;
    size_t number = 0;
    for (std::string_view line : text::allLines(all)) {
        ++number;
        line = text::trim(line.substr(0, line.find('\0')));
        if (line.empty() || line.front() == '#' || line == "{") {
            continue;
        }
        const auto words = text::words(line);
        if (words[0] == "}") {
            if (open && !disabled) {
                unwrap(*open);
                out.services.push_back(std::move(*open));
            }
            open.reset();
            defaults = disabled = false;
        } else if (words[0] == "service" && words.size() >= 2) {
            open.emplace();
            open->service = open->id = words[1];
            open->protocol = "tcp";
            open->line = number;
            disabled = false;
        } else if (words[0] == "defaults") {
            defaults = true;
        } else if (words[0] == "includedir" && words.size() == 2) {
            out.includes.emplace_back(words[1]);
        } else if (words[0] == "include" && words.size() == 2) {
            out.files.emplace_back(words[1]);
        } else if ((open || defaults) && words.size() >= 2
            && (words[1] == "=" || words[1] == "+=" || words[1] == "-=")) {
            const auto values = strings(words, 2);
            const std::string first = values.empty() ? "" : values[0];
            if (defaults) {
                auto& list = words[0] == "enabled" ? out.enabled : out.disabled;
                if (words[0] == "enabled" || words[0] == "disabled") {
                    list.insert(list.end(), values.begin(), values.end());
                }
            } else if (words[0] == "disable") {
                disabled = text::equalsIgnoringCase(first, "yes");
            } else if (words[0] == "server") {
                open->program = first;
                open->arguments.insert(open->arguments.begin(), baseName(first));
            } else if (words[0] == "server_args") {
                open->arguments.insert(open->arguments.end(), values.begin(), values.end());
            } else if (words[0] == "protocol") {
                open->protocol = first.starts_with("udp") ? "udp" : "tcp";
            } else if (words[0] == "socket_type" && first == "dgram") {
                open->protocol = "udp";
            } else if (words[0] == "port") {
                open->service = first;
            } else if (words[0] == "id") {
                open->id = first;
            } else if (words[0] == "bind" || words[0] == "interface") {
                open->address = first;
            } else if (words[0] == "type"
                && std::ranges::find(values, "INTERNAL") != values.end()) {
                open->program = "internal";
            }
        } else {
            out.wrong.push_back(number);
        }
    }
    return out;
}

} // namespace agent

#include "agent/prober/services/inetd_files.h"

#include <set>
#include <utility>

namespace agent {

namespace {

constexpr size_t MaxFiles = 1000;

void addFolder(const Root& root, const std::string& folder, std::vector<std::string>& files)
{
    for (const std::string& name : root.list(folder)) {
        if (name.find('.') == name.npos && !name.ends_with('~')) { // xinetd.conf(5), includedir
            files.push_back(folder + "/" + name);
        }
    }
}

void wrongLines(Reading& reading, const std::string& file, const std::vector<size_t>& lines,
    const std::string& server)
{
    for (const size_t line : lines) {
        reading.failed(
            file, "parse-error", file + ":" + std::to_string(line) + ": no line of " + server);
    }
}

/// Every file of xinetd, by path, whether its services are disabled or not.
std::vector<std::pair<std::string, XinetdText>> xinetdTexts(Reading& reading)
{
    const Root& root = reading.root;
    std::vector<std::pair<std::string, XinetdText>> texts;
    std::vector<std::string> files { "/etc/xinetd.conf" };
    if (!root.exists(files[0])) {
        addFolder(root, "/etc/xinetd.d", files);
    }
    for (size_t i = 0; i < files.size() && i < MaxFiles; ++i) {
        const std::string file = files[i];
        try { // boundary: one file
            XinetdText text = parseXinetd(root.readIfThere(file).value_or(""));
            wrongLines(reading, file, text.wrong, "xinetd");
            for (const std::string& folder : text.includes) {
                addFolder(root, folder, files);
            }
            files.insert(files.end(), text.files.begin(), text.files.end());
            texts.emplace_back(file, std::move(text));
        } catch (const std::exception& e) {
            reading.failed(file, e);
        }
    }
    return texts;
}

} // namespace

std::vector<InetdFile> inetdFiles(Reading& reading)
{
    std::vector<std::string> paths { "/etc/inetd.conf" };
    for (const std::string& name : reading.root.list("/etc/inetd.d")) {
        paths.push_back("/etc/inetd.d/" + name);
    }
    std::vector<InetdFile> files;
    for (const std::string& path : paths) {
        try { // boundary: one file
            InetdText text = parseInetd(reading.root.readIfThere(path).value_or(""));
            wrongLines(reading, path, text.wrong, "inetd");
            files.push_back({ path, std::move(text.services) });
        } catch (const std::exception& e) {
            reading.failed(path, e);
        }
    }
    return files;
}

std::vector<InetdFile> xinetdFiles(Reading& reading)
{
    auto texts = xinetdTexts(reading);
    std::set<std::string> off;
    std::set<std::string> on;
    for (const auto& [path, text] : texts) {
        off.insert(text.disabled.begin(), text.disabled.end());
        on.insert(text.enabled.begin(), text.enabled.end());
    }
    std::vector<InetdFile> files;
    for (auto& [path, text] : texts) {
        std::erase_if(text.services, [&](const InetdService& service) {
            return off.contains(service.id) || (!on.empty() && !on.contains(service.id));
        });
        files.push_back({ path, std::move(text.services) });
    }
    return files;
}

} // namespace agent

#include "common/instance_path.h"
#include "common/text.h"

namespace instance_path {

namespace {

constexpr size_t MostSteps = 64;
constexpr size_t MostKeys = 16;

class Reader {
public:
    explicit Reader(std::string_view all)
        : all_(all)
    {
    }

    std::vector<Step> path()
    {
        std::vector<Step> steps;
        do {
            want('/');
            Step next;
            std::tie(next.module, next.name) = qualified();
            if (next.module.empty()) {
                next.module = steps.empty() ? broken("no module") : steps.back().module;
            }
            while (is('[')) {
                predicate(next);
            }
            steps.push_back(std::move(next));
            if (steps.size() > MostSteps) {
                broken("too many nodes");
            }
        } while (at_ < all_.size());
        return steps;
    }

private:
    [[noreturn]] std::string broken(const std::string& what) const
    {
        throw yang::Error("path " + text::quoted(all_, 400) + ": " + what + " at character "
            + std::to_string(at_ + 1));
    }

    bool is(char c) const { return at_ < all_.size() && all_[at_] == c; }

    void want(char c)
    {
        if (!is(c)) {
            broken(std::string("no ") + c);
        }
        ++at_;
    }

    std::string identifier()
    {
        const auto letter
            = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
        const size_t start = at_;
        while (at_ < all_.size()
            && (letter(all_[at_])
                || (at_ > start
                    && ((all_[at_] >= '0' && all_[at_] <= '9') || is('-') || is('.'))))) {
            ++at_;
        }
        return at_ == start ? broken("no name") : std::string(all_.substr(start, at_ - start));
    }

    std::pair<std::string, std::string> qualified()
    {
        std::string first = identifier();
        if (!is(':')) {
            return { "", std::move(first) };
        }
        ++at_;
        return { std::move(first), identifier() };
    }

    void predicate(Step& step)
    {
        want('[');
        std::string name = qualified().second;
        want('=');
        std::string value = is('"') ? escaped() : plain();
        want(']');
        step.keys.emplace_back(std::move(name), std::move(value));
        if (step.keys.size() > MostKeys) {
            broken("too many keys");
        }
    }

    std::string plain()
    {
        want('\'');
        const size_t end = all_.find('\'', at_);
        if (end == std::string_view::npos) {
            broken("no closing '");
        }
        std::string value(all_.substr(at_, end - at_));
        at_ = end + 1;
        return value;
    }

    std::string escaped()
    {
        want('"');
        std::string value;
        while (!is('"')) {
            if (at_ == all_.size()) {
                broken("no closing \"");
            }
            if (all_[at_] == '\\' && at_ + 1 < all_.size()
                && (all_[at_ + 1] == '"' || all_[at_ + 1] == '\\')) {
                ++at_;
            }
            value += all_[at_++];
        }
        ++at_;
        return value;
    }

    std::string_view all_;
    size_t at_ = 0;
};

std::string quoted(const std::string& value)
{
    if (value.find('\'') == std::string::npos) {
        return "'" + value + "'";
    }
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + '"';
}

} // namespace

std::vector<Step> parse(std::string_view path)
{
    return Reader(path).path();
}

std::string step(yang::Node node, const std::string& module)
{
    const std::string own = node.module();
    std::string out = "/" + (own == module ? "" : own + ":") + node.name();
    for (const auto& [name, value] : node.keys()) {
        out += "[" + name + "=" + quoted(value) + "]";
    }
    return out;
}

std::string of(yang::Node node)
{
    const auto parent = node.parent();
    return parent ? of(*parent) + step(node, parent->module()) : step(node, "");
}

} // namespace instance_path

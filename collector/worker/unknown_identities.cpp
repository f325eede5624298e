// Nothing is printed anew: the text is cut.
#include "collector/worker/unknown_identities.h"
#include "common/text.h"
#include "common/xml.h"

#include <vector>

namespace collector {

namespace {

constexpr std::string_view Own = "urn:femtowatch:yang:femto-security\n"; // before a name
constexpr size_t MostText = 4096; // of an identity
constexpr size_t MostLost = 64;

class Cutter {
public:
    Cutter(const yang::Context& context, std::set<std::string>& lost)
        : context_(context)
        , lost_(lost)
    {
    }

    std::string cut(std::string_view all)
    {
        xml::Events events;
        events.begin = [this](std::string_view name, const auto&, const xml::Place& place) {
            begin(name, place);
        };
        events.text = [this](std::string_view part) { text(part); };
        events.end = [this](std::string_view, const xml::Place& place) { end(place); };
        events.declared = [this](std::string_view prefix, std::string_view space) {
            prefixes_.emplace_back(prefix, space);
        };
        events.undeclared = [this] { prefixes_.pop_back(); };
        try {
            xml::read(all, events, { .namespaces = true });
        } catch (const std::runtime_error&) { // its own parser says what is wrong with it
            return std::string(all);
        } catch (const std::length_error&) {
            return std::string(all);
        }
        std::string out;
        size_t done = 0;
        for (const auto& [from, to] : cuts_) {
            out += all.substr(done, from - done);
            done = to;
        }
        lost_.merge(found_);
        return out += all.substr(done);
    }

private:
    struct Level {
        std::string name; // of ours; else empty
        size_t from = 0;
        std::string text {}; // if it has no children
        bool leaf = true;
        bool unknown = false;
    };

    void begin(std::string_view name, const xml::Place& place)
    {
        if (!levels_.empty()) {
            levels_.back().leaf = false;
        }
        const bool own = name.starts_with(Own);
        levels_.push_back({ std::string(own ? name.substr(Own.size()) : ""), place.begin });
    }

    void text(std::string_view more)
    {
        if (levels_.back().text.size() + more.size() <= MostText) {
            levels_.back().text += more;
        }
    }

    void end(const xml::Place& place)
    {
        Level one = std::move(levels_.back());
        levels_.pop_back();
        const bool names = one.leaf && (one.name == "type" || one.name == "category");
        if (names && isUnknown(text::trim(one.text))) {
            Level* const parent = levels_.empty() ? nullptr : &levels_.back();
            if (parent
                && (parent->name == "category" || parent->name == "extension"
                    || parent->name == "edit")) {
                parent->unknown = true; // it is the entry's own
            } else {
                one.unknown = true;
            }
        }
        if (one.unknown) {
            while (!cuts_.empty() && cuts_.back().first >= one.from) {
                cuts_.pop_back();
            }
            cuts_.emplace_back(one.from, place.end);
        }
    }

    bool isUnknown(std::string_view identity)
    {
        const size_t colon = identity.find(':');
        if (colon == identity.npos) {
            return false;
        }
        const std::string_view prefix = identity.substr(0, colon);
        for (auto each = prefixes_.rbegin(); each != prefixes_.rend(); ++each) {
            if (each->first == prefix) {
                const bool unknown = !context_.implementsNamespace(each->second);
                if (unknown && found_.size() < MostLost) {
                    found_.insert(text::quoted(
                        each->second + ":" + std::string(identity.substr(colon + 1)), 200));
                }
                return unknown;
            }
        }
        return false;
    }

    const yang::Context& context_;
    std::set<std::string>& lost_;
    std::vector<std::pair<std::string, std::string>> prefixes_; // and their namespaces
    std::vector<Level> levels_;
    std::vector<std::pair<size_t, size_t>> cuts_;
    std::set<std::string> found_;
};

} // namespace

std::string withoutUnknownIdentities(
    const yang::Context& context, std::string_view xml, std::set<std::string>& lost)
{
    return Cutter(context, lost).cut(xml);
}

} // namespace collector

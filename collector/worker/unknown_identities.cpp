// By expat (XML 1.0, namespaces): nothing is printed anew, the text is cut.
#include "collector/worker/unknown_identities.h"
#include "common/text.h"

#include <expat.h>
#include <limits>
#include <memory>
#include <new>
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
        , parser_(XML_ParserCreateNS("UTF-8", '\n'), &XML_ParserFree)
    {
        if (!parser_) {
            throw std::bad_alloc();
        }
        XML_Parser parser = parser_.get();
        XML_SetUserData(parser, this);
        XML_SetElementHandler(
            parser,
            [](void* self, const XML_Char* name, const XML_Char**) noexcept {
                static_cast<Cutter*>(self)->guarded([name](Cutter& cutter) { cutter.begin(name); });
            },
            [](void* self, const XML_Char*) noexcept {
                static_cast<Cutter*>(self)->guarded([](Cutter& cutter) { cutter.end(); });
            });
        XML_SetCharacterDataHandler(
            parser, [](void* self, const XML_Char* text, int length) noexcept {
                static_cast<Cutter*>(self)->guarded([=](Cutter& cutter) {
                    cutter.text({ text, static_cast<size_t>(length) });
                });
            });
        XML_SetNamespaceDeclHandler(
            parser,
            [](void* self, const XML_Char* prefix, const XML_Char* uri) noexcept {
                static_cast<Cutter*>(self)->guarded([=](Cutter& cutter) {
                    cutter.prefixes_.emplace_back(prefix ? prefix : "", uri ? uri : "");
                });
            },
            [](void* self, const XML_Char*) noexcept {
                static_cast<Cutter*>(self)->guarded(
                    [](Cutter& cutter) { cutter.prefixes_.pop_back(); });
            });
        XML_SetStartDoctypeDeclHandler(parser,
            [](void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) noexcept {
                static_cast<Cutter*>(self)->stop();
            });
    }

    std::string cut(std::string_view all)
    {
        if (all.size() > std::numeric_limits<int>::max()
            || XML_Parse(parser_.get(), all.data(), static_cast<int>(all.size()), XML_TRUE)
                != XML_STATUS_OK) {
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

    size_t at() const { return static_cast<size_t>(XML_GetCurrentByteIndex(parser_.get())); }
    void stop() { XML_StopParser(parser_.get(), XML_FALSE); }

    /// Nothing is thrown through C.
    template <typename Function> void guarded(Function function) noexcept
    {
        try { // boundary: a callback of expat
            function(*this);
        } catch (const std::exception&) {
            stop();
        }
    }

    void begin(std::string_view name)
    {
        if (!levels_.empty()) {
            levels_.back().leaf = false;
        }
        const bool own = name.starts_with(Own);
        levels_.push_back({ std::string(own ? name.substr(Own.size()) : ""), at() });
    }

    void text(std::string_view more)
    {
        if (levels_.back().text.size() + more.size() <= MostText) {
            levels_.back().text += more;
        }
    }

    void end()
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
            const auto tag = static_cast<size_t>(XML_GetCurrentByteCount(parser_.get()));
            cuts_.emplace_back(one.from, at() + tag);
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
    std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser_;
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

// XML 1.0 by expat: text and attributes of elements, by path. A document type is refused, and with
// it every entity that is not one of XML's own.
#include "agent/prober/probe.h"
#include "agent/prober/vendor/flat_settings.h"
#include "common/text.h"

#include <expat.h>
#include <memory>
#include <vector>

namespace agent {

namespace {

constexpr size_t MostDepth = 64;

class Reader {
public:
    Reader()
        : parser_(XML_ParserCreate("UTF-8"), &XML_ParserFree)
    {
        if (!parser_) {
            throw std::bad_alloc();
        }
        XML_SetUserData(parser_.get(), this);
        XML_SetElementHandler(
            parser_.get(),
            [](void* self, const XML_Char* name, const XML_Char** attributes) noexcept {
                static_cast<Reader*>(self)->guarded(
                    [&](Reader& reader) { reader.begin(name, attributes); });
            },
            [](void* self, const XML_Char*) noexcept {
                static_cast<Reader*>(self)->guarded([](Reader& reader) { reader.end(); });
            });
        XML_SetCharacterDataHandler(
            parser_.get(), [](void* self, const XML_Char* text, int length) noexcept {
                static_cast<Reader*>(self)->guarded([&](Reader& reader) {
                    reader.levels_.back().text.append(text, static_cast<size_t>(length));
                });
            });
        XML_SetStartDoctypeDeclHandler(parser_.get(),
            [](void* self, const XML_Char* name, const XML_Char*, const XML_Char*, int) noexcept {
                static_cast<Reader*>(self)->guarded([&](Reader& reader) {
                    reader.refuse("a document type is not read: " + text::quoted(name));
                });
            });
    }

    FlatSettings read(std::string_view all)
    {
        const XML_Status status
            = XML_Parse(parser_.get(), all.data(), static_cast<int>(all.size()), XML_TRUE);
        if (!error_.empty()) {
            throw ParseError(error_);
        }
        if (status != XML_STATUS_OK) {
            throw ParseError(std::to_string(line()) + ": column "
                + std::to_string(XML_GetCurrentColumnNumber(parser_.get()) + 1) + ": "
                + XML_ErrorString(XML_GetErrorCode(parser_.get())));
        }
        return std::move(out_);
    }

private:
    struct Level {
        std::string path;
        std::string text {};
        size_t line = 0;
    };

    size_t line() const { return XML_GetCurrentLineNumber(parser_.get()); }

    /// Nothing is thrown through C.
    template <typename Function> void guarded(Function function) noexcept
    {
        try { // boundary: a callback of expat
            function(*this);
        } catch (const std::exception& e) {
            error_ = e.what();
            XML_StopParser(parser_.get(), XML_FALSE);
        }
    }

    [[noreturn]] void refuse(const std::string& why) const
    {
        throw ParseError(std::to_string(line()) + ": " + why);
    }

    void begin(const XML_Char* name, const XML_Char** attributes)
    {
        if (levels_.size() == MostDepth) {
            refuse("more than " + std::to_string(MostDepth) + " elements deep");
        }
        std::string path = (levels_.empty() ? "" : levels_.back().path) + "/" + name;
        path.resize(std::min(path.size(), MostKey + 1)); // then it is not kept, nor what is in it
        for (; *attributes; attributes += 2) {
            addSetting(out_, path + "/@" + attributes[0], attributes[1], line());
        }
        levels_.push_back({ path, {}, line() });
    }

    void end()
    {
        const Level& level = levels_.back();
        addSetting(out_, level.path, std::string(text::trim(level.text)), level.line);
        levels_.pop_back();
    }

    std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser_;
    std::vector<Level> levels_;
    FlatSettings out_;
    std::string error_;
};

} // namespace

FlatSettings parseXml(std::string_view text)
{
    return Reader().read(text);
}

} // namespace agent

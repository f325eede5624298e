#include "common/xml.h"

#include <exception>
#include <expat.h>
#include <limits>
#include <memory>
#include <new>

namespace xml {

namespace {

class Reader {
public:
    Reader(const Events& events, Form form)
        : events_(events)
        , form_(form)
        , parser_(form.namespaces ? XML_ParserCreateNS("UTF-8", '\n') : XML_ParserCreate("UTF-8"),
              &XML_ParserFree)
    {
        XML_Parser parser = parser_.get();
        if (!parser) {
            throw std::bad_alloc();
        }
        XML_SetUserData(parser, this);
        XML_SetElementHandler(
            parser,
            [](void* self, const XML_Char* name, const XML_Char** attributes) noexcept {
                guarded(self, [=](Reader& reader) { reader.begin(name, attributes); });
            },
            [](void* self, const XML_Char* name) noexcept {
                guarded(self, [=](Reader& reader) { reader.end(name); });
            });
        XML_SetCharacterDataHandler(
            parser, [](void* self, const XML_Char* text, int length) noexcept {
                guarded(self, [=](Reader& reader) {
                    reader.events_.text({ text, static_cast<size_t>(length) });
                });
            });
        XML_SetNamespaceDeclHandler(
            parser,
            [](void* self, const XML_Char* prefix, const XML_Char* space) noexcept {
                guarded(self, [=](Reader& reader) {
                    if (reader.events_.declared) {
                        reader.events_.declared(prefix ? prefix : "", space ? space : "");
                    }
                });
            },
            [](void* self, const XML_Char*) noexcept {
                guarded(self, [](Reader& reader) {
                    if (reader.events_.undeclared) {
                        reader.events_.undeclared();
                    }
                });
            });
        XML_SetStartDoctypeDeclHandler(parser,
            [](void* self, const XML_Char*, const XML_Char*, const XML_Char*, int inside) noexcept {
                guarded(self, [=](Reader& reader) { reader.documentType(inside != 0); });
            });
    }

    void read(std::string_view all)
    {
        if (all.size() > std::numeric_limits<int>::max()) {
            throw std::length_error("XML of more than 2 GiB");
        }
        const XML_Status status
            = XML_Parse(parser_.get(), all.data(), static_cast<int>(all.size()), XML_TRUE);
        if (thrown_) {
            std::rethrow_exception(thrown_);
        }
        if (status != XML_STATUS_OK) {
            refuse("column " + std::to_string(XML_GetCurrentColumnNumber(parser_.get()) + 1) + ": "
                + XML_ErrorString(XML_GetErrorCode(parser_.get())));
        }
    }

private:
    /// Nothing is thrown through C.
    template <typename Function> static void guarded(void* self, Function function) noexcept
    {
        Reader& reader = *static_cast<Reader*>(self);
        if (reader.thrown_) {
            return; // some events still come
        }
        try { // boundary: a callback of expat
            function(reader);
        } catch (...) {
            reader.thrown_ = std::current_exception();
            XML_StopParser(reader.parser_.get(), XML_FALSE);
        }
    }

    [[noreturn]] void refuse(const std::string& why) const
    {
        throw Error(std::to_string(XML_GetCurrentLineNumber(parser_.get())) + ": " + why);
    }

    Place place() const
    {
        const auto begin = static_cast<size_t>(XML_GetCurrentByteIndex(parser_.get()));
        return { XML_GetCurrentLineNumber(parser_.get()), begin,
            begin + static_cast<size_t>(XML_GetCurrentByteCount(parser_.get())) };
    }

    void begin(const XML_Char* name, const XML_Char** attributes)
    {
        if (++depth_ > MostDepth) {
            throw std::length_error(std::to_string(place().line) + ": more than "
                + std::to_string(MostDepth) + " elements deep");
        }
        std::map<std::string, std::string> all;
        for (; *attributes; attributes += 2) {
            all.emplace(attributes[0], attributes[1]);
        }
        events_.begin(name, all, place());
    }

    void end(const XML_Char* name)
    {
        --depth_;
        events_.end(name, place());
    }

    void documentType(bool inside) const
    {
        if (!form_.documentType || inside) {
            refuse("a document type is not read");
        }
    }

    const Events& events_;
    Form form_;
    std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser_;
    size_t depth_ = 0;
    std::exception_ptr thrown_ {};
};

} // namespace

void read(std::string_view all, const Events& events, Form form)
{
    Reader(events, form).read(all);
}

} // namespace xml

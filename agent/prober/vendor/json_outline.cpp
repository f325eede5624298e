#include "agent/prober/vendor/json_outline.h"
#include "agent/prober/probe.h"
#include "common/text.h"

#include <nlohmann/json.hpp>

namespace agent {

namespace {

using nlohmann::json;

/// Name of a member without that of its module.
std::string local(const std::string& name)
{
    return name.substr(name.find(':') + 1);
}

class Outliner final : public json::json_sax_t {
public:
    JsonOutline found;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool string(string_t& value) override
    {
        if (inInventory() && levels_.size() == 5 && levels_[2].at == "extension"
            && levels_[4].at == "category") {
            found.categories.insert(value);
        }
        return true;
    }
    bool start_object(std::size_t) override { return begin(); }
    bool start_array(std::size_t) override { return begin(); }
    bool end_object() override { return end(); }
    bool end_array() override { return end(); }

    bool key(string_t& name) override
    {
        Level& level = levels_.back();
        if (!level.names.insert(name).second) {
            return refuse("member " + text::quoted(name) + " is there twice in one object");
        }
        level.at = levels_.size() == 1 ? name : local(name);
        size_t length = 0;
        for (const Level& above : levels_) {
            length += above.at.size() + 1;
        }
        if (length > MostPath || ++members_ > MostMembers) {
            return refuse(length > MostPath
                    ? "names longer than " + std::to_string(MostPath) + " bytes in a row"
                    : "more than " + std::to_string(MostMembers) + " members");
        }
        if (levels_.size() == 1 && level.at != Top && level.at != OfFile
            && level.at.find(':') != std::string::npos) {
            found.categories.insert(level.at);
        }
        if (inInventory() && levels_.size() == 3 && level.at != "extension") {
            found.categories.insert(Standard + level.at);
        }
        return true;
    }

    bool parse_error(
        std::size_t, const std::string&, const nlohmann::detail::exception& error) override
    {
        // "[...] parse error at line 3, column 5: syntax error ..." becomes "3: column 5: ..."
        const std::string said = error.what();
        constexpr std::string_view Before = "parse error at line ";
        const size_t at = said.find(Before);
        const size_t comma = said.find(", column ");
        if (at == said.npos || comma == said.npos) {
            return refuse(said);
        }
        const size_t begin = at + Before.size();
        return refuse(said.substr(begin, comma - begin) + ": " + said.substr(comma + 2));
    }

private:
    struct Level {
        std::set<std::string> names {};
        std::string at {}; // the member that is being read
    };
    static constexpr const char* Top = "femto-security:femto-security";
    static constexpr const char* OfFile = "femto-vendor:facts"; // what is said of the file itself
    static constexpr size_t MostPath = 8192;
    static constexpr size_t MostMembers = 200'000;

    bool inInventory() const
    {
        return levels_.size() > 2 && levels_[0].at == Top && levels_[1].at == "inventory";
    }
    bool begin()
    {
        if (levels_.size() == MostJsonDepth) {
            return refuse("nested more than " + std::to_string(MostJsonDepth) + " levels deep");
        }
        levels_.emplace_back();
        return true;
    }
    bool end()
    {
        levels_.pop_back();
        return true;
    }
    bool refuse(const std::string& why)
    {
        found.error = why;
        return false;
    }

    std::vector<Level> levels_;
    size_t members_ = 0;
};

} // namespace

JsonOutline outlineOf(std::string_view text)
{
    if (text.find_first_not_of(" \t\r\n") == text.npos) { // each release has other words for it
        return { {}, "is empty" };
    }
    Outliner outliner;
    json::sax_parse(text, &outliner);
    return std::move(outliner.found);
}

} // namespace agent

#include "common/config_file.h"
#include "tests/slurp.h"

#include <catch2/catch.hpp>

namespace {

std::string refusal(const std::string& content)
{
    const TemporaryFolder folder;
    const std::string file = folder.path / "x.conf";
    std::ofstream(file) << content;
    std::string name;
    std::string folderName;
    unsigned count = 0;
    try {
        config_file::read(file,
            { { "name", config_file::text(name) }, { "folder", config_file::path(folderName) },
                { "count", config_file::number(count, 1, 9) } });
    } catch (const std::runtime_error& e) {
        return std::string(e.what()).substr(folder.path.string().size() + 1);
    }
    return name + "," + folderName + "," + std::to_string(count);
}

} // namespace

TEST_CASE("a configuration file is read whole or refused by line")
{
    CHECK(refusal("# c\n name = a b \nfolder=\"/x\"\n\ncount = 9") == "a b,/x,9");
    CHECK(refusal("name = a\nnmae = b\n")
        == "x.conf:2: there is no setting of this name: \"nmae = b\"");
    CHECK(refusal("name = a\nname = b\n") == "x.conf:2: set a second time: \"name = b\"");
    CHECK(refusal("folder = x\n") == "x.conf:1: not an absolute path: \"folder = x\"");
    CHECK(refusal("count = 10\n") == "x.conf:1: not a number from 1 to 9: \"count = 10\"");
    CHECK(refusal("count\n") == "x.conf:1: no '=': \"count\"");
}

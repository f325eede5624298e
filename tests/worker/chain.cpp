#include "collector/worker/chain.h"

#include <catch2/catch.hpp>

using namespace collector;

namespace {

Report at(const char* epoch, uint64_t sequence, size_t size = 100)
{
    Report out;
    out.place = { epoch, sequence };
    out.size = size;
    return out;
}

/// What comes out now: "A3" for number 3 of epoch A, "A1*" where an epoch begins.
std::string ready(Chain& chain)
{
    std::string out;
    while (const auto item = chain.next()) {
        out += (out.empty() ? "" : " ") + item->report.place.epoch
            + std::to_string(item->report.place.sequence) + (item->newEpoch ? "*" : "");
    }
    return out;
}

} // namespace

TEST_CASE("the first report of a node never heard may have any number")
{
    Chain chain;
    CHECK(chain.offer(at("A", 41)) == Chain::Taken::Next);
    CHECK(chain.offer(at("A", 42)) == Chain::Taken::Next);
    CHECK(ready(chain) == "A41* A42");
    CHECK(!chain.missing());
    CHECK(chain.last() == Place { "A", 42 });
}

TEST_CASE("what comes twice is taken once")
{
    Chain chain(Place { "A", 10 });
    CHECK(chain.offer(at("A", 9)) == Chain::Taken::Twice);
    CHECK(chain.offer(at("A", 10)) == Chain::Taken::Twice);
    CHECK(chain.offer(at("A", 11)) == Chain::Taken::Next);
    CHECK(chain.offer(at("A", 11)) == Chain::Taken::Twice);
    CHECK(chain.offer(at("A", 13)) == Chain::Taken::Held);
    CHECK(chain.offer(at("A", 13)) == Chain::Taken::Twice);
    CHECK(ready(chain) == "A11");
}

TEST_CASE("what is behind a gap waits until the gap is filled, in any order")
{
    Chain chain(Place { "A", 1 });
    chain.offer(at("A", 5));
    chain.offer(at("A", 4));
    CHECK(chain.missing() == Gap { "A", 2, 3 });
    CHECK(ready(chain).empty());
    chain.offer(at("A", 3));
    CHECK(chain.missing() == Gap { "A", 2, 2 });
    chain.offer(at("A", 2));
    CHECK(!chain.missing());
    CHECK(ready(chain) == "A2 A3 A4 A5");
    CHECK(!chain.lost());
}

TEST_CASE("a gap that is given up is lost, and the next one is still seen")
{
    Chain chain(Place { "A", 1 });
    chain.offer(at("A", 4));
    chain.offer(at("A", 7));
    chain.giveUp();
    CHECK(ready(chain) == "A4");
    CHECK(chain.lost() == Gap { "A", 2, 3 });
    CHECK(!chain.lost());
    CHECK(chain.missing() == Gap { "A", 5, 6 });
    chain.giveUp();
    CHECK(ready(chain) == "A7");
    CHECK(chain.lost() == Gap { "A", 5, 6 });
    chain.giveUp(); // nothing is missing
    CHECK(!chain.lost());
}

TEST_CASE("a new epoch begins at 1, and what is left of the old one is old")
{
    Chain chain(Place { "A", 5 });
    chain.offer(at("A", 6));
    chain.offer(at("B", 1));
    chain.offer(at("B", 2));
    CHECK(ready(chain) == "A6 B1* B2");
    CHECK(chain.offer(at("A", 7)) == Chain::Taken::Twice);
    CHECK(chain.last() == Place { "B", 2 });
}

TEST_CASE("a new epoch whose beginning is missing is a gap from 1")
{
    Chain chain(Place { "A", 5 });
    CHECK(chain.offer(at("B", 3)) == Chain::Taken::Held);
    CHECK(chain.missing() == Gap { "B", 1, 2 });
    chain.giveUp();
    CHECK(ready(chain) == "B3*");
}

TEST_CASE("a new epoch gives up what was missing of the old one, in order")
{
    Chain chain(Place { "A", 5 });
    chain.offer(at("A", 8));
    chain.offer(at("A", 10));
    chain.offer(at("B", 1));
    CHECK(chain.lost() == Gap { "A", 6, 7 });
    CHECK(chain.lost() == Gap { "A", 9, 9 });
    CHECK(ready(chain) == "A8 A10 B1*");
}

TEST_CASE("what waits is bounded in number and in bytes")
{
    Chain chain(Place { "A", 0 });
    for (uint64_t i = 0; i <= Chain::MostHeld; ++i) {
        chain.offer(at("A", i + 2));
    }
    CHECK(chain.lost() == Gap { "A", 1, 1 });
    Chain heavy(Place { "A", 0 });
    heavy.offer(at("A", 2, Chain::MostHeldBytes / 2));
    CHECK(!heavy.lost());
    heavy.offer(at("A", 3, Chain::MostHeldBytes / 2 + 1));
    CHECK(heavy.lost() == Gap { "A", 1, 1 });
}

TEST_CASE("a sequence number of 0 does not wrap")
{
    Chain chain;
    chain.offer(at("A", 0));
    CHECK(ready(chain).empty());
    CHECK(chain.offer(at("A", 1)) == Chain::Taken::Next);
    CHECK(chain.offer(at("A", UINT64_MAX)) == Chain::Taken::Held);
    CHECK(chain.missing() == Gap { "A", 2, UINT64_MAX - 1 });
    chain.giveUp();
    CHECK(ready(chain) == "A1* A18446744073709551615");
    CHECK(chain.offer(at("A", 5)) == Chain::Taken::Twice);
}

#include "common/clock.h"
#include "common/text.h"

#include <cstdio>

namespace wall {

using namespace std::chrono;

std::string dateAndTime(Time time)
{
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<milliseconds>(time - day));
    char out[64];
    snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return out;
}

std::string now()
{
    return dateAndTime(system_clock::now());
}

std::optional<Time> parse(std::string_view all)
{
    // 2026-11-24T09:03:49[.fraction](Z|+hh:mm|-hh:mm)
    const auto digits = [&](size_t at, size_t count) -> std::optional<int> {
        return at + count <= all.size() ? text::number<int>(all.substr(at, count)) : std::nullopt;
    };
    const auto y = digits(0, 4), mo = digits(5, 2), d = digits(8, 2), h = digits(11, 2),
               mi = digits(14, 2), s = digits(17, 2);
    if (all.size() < 20 || !y || !mo || !d || !h || !mi || !s || all[4] != '-' || all[7] != '-'
        || (all[10] != 'T' && all[10] != 't') || all[13] != ':' || all[16] != ':') {
        return std::nullopt;
    }
    const year_month_day date { year(*y), month(static_cast<unsigned>(*mo)),
        day(static_cast<unsigned>(*d)) };
    // A Time counts nanoseconds in 64 bits: it reaches from 1677 to 2262.
    if (*y < 1678 || *y > 2261) {
        return std::nullopt;
    }
    if (!date.ok() || *h > 23 || *mi > 59 || *s > 60 || *h < 0 || *mi < 0 || *s < 0) {
        return std::nullopt;
    }
    size_t at = 19;
    nanoseconds fraction {};
    if (all[at] == '.') {
        int64_t unit = 100'000'000;
        for (++at; at < all.size() && all[at] >= '0' && all[at] <= '9'; ++at, unit /= 10) {
            fraction += nanoseconds((all[at] - '0') * unit);
        }
    }
    minutes offset {};
    const std::string_view zone = all.substr(at);
    if (zone.size() == 6 && zone[3] == ':' && (zone[0] == '+' || zone[0] == '-')) {
        const auto hours = text::number<int>(zone.substr(1, 2));
        const auto rest = text::number<int>(zone.substr(4, 2));
        if (!hours || !rest || *hours > 23 || *rest > 59) {
            return std::nullopt;
        }
        offset = minutes((*hours * 60 + *rest) * (zone[0] == '-' ? -1 : 1));
    } else if (zone != "Z" && zone != "z") {
        return std::nullopt;
    }
    return time_point_cast<system_clock::duration>(
        sys_days(date) + hours(*h) + minutes(*mi) + seconds(*s) + fraction - offset);
}

} // namespace wall

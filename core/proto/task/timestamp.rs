//! Moments as ISO 8601 spells them (RFC 3339, section 5.6).
#![expect(
    clippy::arithmetic_side_effects,
    reason = "the moment is brought between the years 0 and 9999, where nothing here overflows"
)]

/// Appends a moment in UTC, to the millisecond. What is before the year 0 or after the year 9999 becomes the nearest moment
/// that can be spelled.
pub(super) fn write(out: &mut Vec<u8>, unix_ms: i64) {
    let ms = unix_ms.clamp(FIRST, LAST);
    let (days, of_day) = (ms.div_euclid(DAY), ms.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1_000 % 60, of_day % 1_000);
    let text =
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z");
    out.extend_from_slice(text.as_bytes());
}

/// Year, month and day of a day, counted from 1970-01-01. A year is taken to begin in March, so that a leap day is its last one, and 400
/// years always have the same number of days.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + MARCH_OF_YEAR_0;
    let (era, of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + later, month, day)
}

const DAY: i64 = 86_400_000;
/// Days in 400 years.
const ERA: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const MARCH_OF_YEAR_0: i64 = 719_468;
/// 0000-01-01T00:00:00.000Z
const FIRST: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z
const LAST: i64 = 253_402_300_799_999;

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(unix_ms: i64) -> String {
        let mut out = Vec::new();
        write(&mut out, unix_ms);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn known_moments_are_spelled_as_they_are() {
        for (unix_ms, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_709_251_199_123, "2024-02-29T23:59:59.123Z"),
            (1_764_066_600_000, "2025-11-25T10:30:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (i64::MIN, "0000-01-01T00:00:00.000Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(spelled(unix_ms), expected);
        }
    }

    #[test]
    fn every_day_of_the_calendar_follows_the_one_before() {
        let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let mut days = FIRST / DAY;
        for year in 0..=9999 {
            let february = if is_leap(year) { 29 } else { 28 };
            let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            for (month, length) in (1..).zip(lengths) {
                for day in 1..=length {
                    assert_eq!(civil(days), (year, month, day));
                    days += 1;
                }
            }
        }
        assert_eq!(days, LAST / DAY + 1);
    }
}

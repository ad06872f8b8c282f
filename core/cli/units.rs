//! Numbers as people read them.

use std::time::Duration;

/// `1,234,567`
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 fault`, `1,234 faults`, `no faults`
pub(crate) fn plural(number: u64, noun: &str) -> String {
    match number {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        _ => format!("{} {noun}s", count(number)),
    }
}

/// `312 B`, `4.5 kB`, `1.2 GB`
pub(crate) fn bytes(number: u64) -> String {
    let (scaled, unit) = scale(number);
    format!("{scaled} {unit}B")
}

/// `312`, `4.5 k`, `1.2 G`
pub(crate) fn scaled(number: u64) -> String {
    let (scaled, unit) = scale(number);
    format!("{scaled} {unit}").trim_end().into()
}

/// A number in powers of 1000, and the prefix of its unit.
fn scale(number: u64) -> (String, &'static str) {
    if number < 1000 {
        return (number.to_string(), "");
    }
    let mut scaled = number as f64;
    let mut prefix = "";
    for larger in ["k", "M", "G", "T", "P", "E"] {
        if scaled < 999.95 {
            break;
        }
        (scaled, prefix) = (scaled / 1000.0, larger);
    }
    (format!("{scaled:.1}"), prefix)
}

/// `12.5%`
pub(crate) fn share(part: u64, whole: u64) -> String {
    format!("{:.1}%", 100.0 * part as f64 / whole.max(1) as f64)
}

/// `0.4 ms`, `2.31 s`, `3 min 12 s`
pub(crate) fn duration(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1000.0),
        seconds if seconds < 60.0 => format!("{seconds:.2} s"),
        seconds => format!("{} min {} s", seconds as u64 / 60, seconds as u64 % 60),
    }
}

/// How many a second.
pub(crate) fn rate(number: u64, time: Duration) -> u64 {
    // A clock that did not move yet has no rate to tell.
    let seconds = time.as_secs_f64();
    if seconds > 0.0 { (number as f64 / seconds) as u64 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, duration, plural, rate, scaled, share};
    use std::time::Duration;

    #[test]
    fn numbers_are_grouped_and_scaled() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        let sizes = [999, 1000, 999_949, 999_950, u64::MAX].map(bytes);
        assert_eq!(sizes, ["999 B", "1.0 kB", "999.9 kB", "1.0 MB", "18.4 EB"]);
        assert_eq!([7, 4500].map(scaled), ["7", "4.5 k"]);
        assert_eq!(share(1, 8), "12.5%");
        assert_eq!(share(0, 0), "0.0%");
    }

    #[test]
    fn nouns_agree_with_their_numbers() {
        let faults = [0, 1, 2000].map(|n| plural(n, "fault"));
        assert_eq!(faults, ["no faults", "1 fault", "2,000 faults"]);
    }

    #[test]
    fn times_are_readable() {
        let times = [412, 2_310_000, 192_000_000].map(Duration::from_micros);
        assert_eq!(times.map(duration), ["0.4 ms", "2.31 s", "3 min 12 s"]);
        assert_eq!(rate(10, Duration::ZERO), 0);
        assert_eq!(rate(10, Duration::from_millis(500)), 20);
    }
}

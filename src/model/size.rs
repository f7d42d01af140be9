//! Sizes, counts and rates: the only place for casts and byte arithmetic, and for how people read them.

use std::time::Duration;

use humansize::{DECIMAL, format_size};

/// A length in memory as a size in bytes. `usize` is never wider than 64 bits on what we run on.
pub fn from_len(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// A size as a length in memory, capped at what this machine can address.
pub fn to_len(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// The smaller of a size and a length in memory, as a length.
pub fn at_most(bytes: u64, len: usize) -> usize {
    to_len(bytes).min(len)
}

/// Bytes as people read them: `4.2 GB`, powers of ten as every file manager shows them.
pub fn human(bytes: u64) -> String {
    // `3 MB` and never `3.0 MB`, whether it is just that or a little more.
    format_size(bytes, DECIMAL.decimal_places(1).decimal_zeroes(0)).replace(".0 ", " ")
}

/// A rate in bytes a second as people read it: `82 MB/s`.
pub fn human_rate(bytes_per_second: u64) -> String {
    format!("{}/s", human(bytes_per_second))
}

/// How much of `total` is done, 0 to 100, rounded down so that 100 means all of it. Nothing to do counts as done.
pub fn percent(done: u64, total: u64) -> u8 {
    if done >= total {
        return 100;
    }
    let percent = u128::from(done) * 100 / u128::from(total);
    u8::try_from(percent).unwrap_or(100)
}

/// How much of `total` is done, 0.0 to 1.0, for a bar.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a bar of a few hundred pixels"
)]
pub fn fraction(done: u64, total: u64) -> f32 {
    if done >= total { 1.0 } else { (done as f64 / total as f64) as f32 }
}

/// Bytes a second over a span of time; 0 for a span too short to divide by.
pub fn rate(bytes: u64, span: Duration) -> u64 {
    let nanos = span.as_nanos();
    if nanos == 0 {
        return 0;
    }
    u64::try_from(u128::from(bytes) * 1_000_000_000 / nanos).unwrap_or(u64::MAX)
}

/// What is wrong with a rate that somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRate {
    /// It is no number, or has another unit behind it.
    #[error(
        "bytes a second: a number, with K (thousand), M (million) or G (thousand million) behind it, such as 500K or 2 MB/s"
    )]
    NotARate,
    /// Nobody means so little; where the unit was forgotten it is seen at once.
    #[error(
        "at least 1 kB/s: write K (thousand), M (million) or G (thousand million) bytes a second behind the number"
    )]
    TooSlow,
    /// More than any line can carry.
    #[error("less than 1000000 GB/s")]
    TooFast,
}

/// A rate as people type it: `500K`, `2M`, `1.5 MB/s`, in powers of ten; at least 1000 bytes a second. Errors: [`BadRate`].
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded before")]
pub fn parse_rate(text: &str) -> Result<u64, BadRate> {
    let text = text.trim().trim_end_matches("/s").trim_end_matches(['b', 'B']).trim_end();
    let without = |unit: [char; 2]| text.strip_suffix(unit).unwrap_or(text);
    let (number, unit) = match text.chars().last().ok_or(BadRate::NotARate)? {
        'k' | 'K' => (without(['k', 'K']), 1e3),
        'm' | 'M' => (without(['m', 'M']), 1e6),
        'g' | 'G' => (without(['g', 'G']), 1e9),
        _ => (text, 1.0),
    };
    let rate = number.trim().parse::<f64>().map_err(|_| BadRate::NotARate)? * unit;
    if (1e3..1e15).contains(&rate) {
        Ok(rate as u64)
    } else if rate >= 1e15 && rate.is_finite() {
        Err(BadRate::TooFast)
    } else if rate >= 0.0 && rate.is_finite() {
        Err(BadRate::TooSlow)
    } else {
        Err(BadRate::NotARate)
    }
}

/// A limit as people type it into a field: a rate, or nothing for none. Errors: [`BadRate`].
pub fn parse_limit(text: &str) -> Result<Option<u64>, BadRate> {
    if text.trim().is_empty() { Ok(None) } else { parse_rate(text).map(Some) }
}

/// How long `bytes` take at a rate in bytes a second; `None` while nothing moves.
pub fn time_left(bytes: u64, bytes_per_second: u64) -> Option<Duration> {
    (bytes_per_second > 0).then(|| Duration::from_secs(bytes.div_ceil(bytes_per_second)))
}

/// A count as a `u32`, capped: for fields whose limits lie far below it.
pub fn count32(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_reaches_100_only_when_all_is_there() {
        assert_eq!(percent(0, 0), 100);
        assert_eq!(percent(0, 1), 0);
        assert_eq!(percent(999, 1000), 99);
        assert_eq!(percent(u64::MAX - 1, u64::MAX), 99);
        assert_eq!(percent(7, 7), 100);
    }

    #[test]
    fn rates_survive_the_largest_numbers_and_no_time_at_all() {
        assert_eq!(rate(1_000, Duration::from_millis(500)), 2_000);
        assert_eq!(rate(5, Duration::ZERO), 0);
        assert_eq!(rate(u64::MAX, Duration::from_nanos(1)), u64::MAX);
        assert_eq!(time_left(10, 0), None);
        assert_eq!(time_left(10, 4), Some(Duration::from_secs(3)));
    }

    #[test]
    fn a_rate_is_read_as_people_type_it_and_nonsense_is_none() {
        for (text, rate) in
            [("500K", 500_000), ("2 MB/s", 2_000_000), ("1.5g", 1_500_000_000), ("1000", 1_000)]
        {
            assert_eq!(parse_rate(text), Ok(rate), "{text}");
        }
        for text in
            ["", "K", "-5M", "NaN", "inf", "5X", "5KK", "1 2M", "1,5M", "five", "/s", "B", "5 %", "2 MB/h"]
        {
            assert_eq!(parse_rate(text), Err(BadRate::NotARate), "{text}");
        }
        for text in ["0", "999", "2", "0.5K", "0 MB/s"] {
            assert_eq!(parse_rate(text), Err(BadRate::TooSlow), "{text}");
        }
        for text in ["1e300", "1000000G", "99999999999999999999"] {
            assert_eq!(parse_rate(text), Err(BadRate::TooFast), "{text}");
        }
    }

    #[test]
    fn an_empty_field_is_no_limit_and_what_a_limit_reads_as_is_read_as_the_same() {
        assert_eq!((parse_limit(""), parse_limit(" \t")), (Ok(None), Ok(None)));
        assert_eq!(parse_limit("fast"), Err(BadRate::NotARate));
        for rate in [1_000, 500_000, 2_000_000, 1_500_000_000] {
            assert_eq!(parse_limit(&human_rate(rate)), Ok(Some(rate)));
        }
    }

    #[test]
    fn sizes_read_as_in_a_file_manager() {
        assert_eq!(human(0), "0 B");
        assert_eq!(human(999), "999 B");
        assert_eq!(human(4_200_000_000), "4.2 GB");
        assert_eq!((human(3_000_000), human(3_000_001)), ("3 MB".to_owned(), "3 MB".to_owned()));
        assert_eq!(human_rate(82_000_000), "82 MB/s");
    }
}

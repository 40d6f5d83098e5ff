//! Durations as people write them.

use std::time::Duration;

/// The text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid duration '{0}': use 90s, 10m or 1h30m, at most 168h")]
pub struct ParseDurationError(String);

/// The longest duration: a week. A longer one is a mistake, and would not fit the clocks of all platforms.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Reads a duration: `90s`, `10m`, `1h 30m`.
///
/// # Errors
/// If it is not one, is negative, or is longer than a week.
pub fn duration(text: &str) -> Result<Duration, ParseDurationError> {
    let span: Option<jiff::SignedDuration> = text.parse().ok();
    let found = span.and_then(|span| Duration::try_from(span).ok()).filter(|found| *found <= LONGEST);
    found.ok_or_else(|| ParseDurationError(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_is_read_as_people_write_it() {
        assert_eq!(duration("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("168h"), Ok(LONGEST));
        for long in ["168h 1s", "2562047788015215h 30m", "9223372036854775807s", "99999999999999999999h"] {
            assert!(duration(long).is_err(), "{long}");
        }
        assert!(["soon", "-1s", "10", ""].map(duration).iter().all(Result::is_err));
    }
}

//! Chance that can be repeated: numbers that depend on a seed, a request and a purpose only.

use std::time::Duration;

/// What is decided. Each purpose has numbers of its own, so that one switch does not change what another
/// draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    FaultHits = 1,
    FaultKind = 2,
    PushLoses = 3,
    PushError = 4,
    Violation = 5,
    ProductOrder = 6,
    RequestDuration = 7,
    CloneGap = 8,
    CollisionText = 9,
    HalfMade = 10,
    Hangs = 11,
    DiesInWrite = 12,
    DiesAfterWrite = 13,
    DiesOfDelete = 14,
    HalfDeleted = 15,
    DiesOfMissingKeys = 16,
}

/// The number of a purpose for a request (splitmix64).
pub(crate) fn chance(seed: u64, number: u64, purpose: Purpose) -> u64 {
    let mut z = seed
        .wrapping_add(number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .wrapping_add((purpose as u64).wrapping_mul(0xD1B5_4A32_D192_ED03))
        .wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One of some choices, of which there is at least one.
pub(crate) fn pick<T>(choices: &[T], chance: u64) -> &T {
    let count = choices.len() as u64;
    &choices[usize::try_from(chance % count).unwrap_or(0)]
}

/// Whether chance hits that many of a hundred.
pub(crate) fn is_hit(percent: u8, seed: u64, number: u64, purpose: Purpose) -> bool {
    chance(seed, number, purpose) % 100 < u64::from(percent)
}

/// A duration between two bounds, drawn anew for each request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DurationRange {
    shortest: Duration,
    longest: Duration,
}

impl DurationRange {
    /// Any duration from `shortest` to `longest`; the bounds may come in either order.
    pub fn new(shortest: Duration, longest: Duration) -> DurationRange {
        DurationRange { shortest: shortest.min(longest), longest: shortest.max(longest) }
    }

    /// The duration, `percent` of it less at the least and as much more at the most.
    pub fn around(duration: Duration, percent: u8) -> DurationRange {
        let spread = duration * u32::from(percent.min(100)) / 100;
        DurationRange { shortest: duration - spread, longest: duration + spread }
    }

    /// The duration of one request.
    pub(crate) fn draw(self, seed: u64, number: u64, purpose: Purpose) -> Duration {
        let width = u64::try_from((self.longest - self.shortest).as_micros()).unwrap_or(u64::MAX - 1);
        self.shortest + Duration::from_micros(chance(seed, number, purpose) % (width + 1))
    }
}

impl From<Duration> for DurationRange {
    fn from(duration: Duration) -> DurationRange {
        DurationRange { shortest: duration, longest: duration }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::{DurationRange, Purpose};

    #[test]
    fn a_range_is_used_whole_and_can_be_repeated() {
        let range = DurationRange::around(Duration::from_millis(100), 25);
        let draws = |seed: u64| -> Vec<Duration> {
            (0..200).map(|number| range.draw(seed, number, Purpose::CloneGap)).collect()
        };
        let bounds = Duration::from_millis(75)..=Duration::from_millis(125);
        assert!(draws(1).iter().all(|duration| bounds.contains(duration)));
        assert!(draws(1).iter().any(|duration| *duration < Duration::from_millis(80)));
        assert!(draws(1).iter().any(|duration| *duration > Duration::from_millis(120)));
        assert!(draws(1).iter().collect::<BTreeSet<_>>().len() > 150);
        assert_eq!(draws(1), draws(1));
        assert_ne!(draws(1), draws(2));
    }

    #[test]
    fn a_fixed_duration_is_always_the_same() {
        let range = DurationRange::from(Duration::from_secs(3));
        assert!((0..9).all(|number| range.draw(5, number, Purpose::CloneGap) == Duration::from_secs(3)));
    }
}

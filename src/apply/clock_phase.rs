//! The seconds of the server's clock. The server names its clones after them (nautes-api.md §8.1), so two
//! requests that clone in one second collide.
//!
//! The clock of this machine is used; if it differs from the server's, requests may collide and are repeated.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);
/// The server's clock may be a little behind ours.
const MARGIN: Duration = Duration::from_millis(50);
/// Where seconds begin.
#[derive(Clone, Copy, Debug)]
pub struct ServerClock {
    begun: Instant,
}

impl ServerClock {
    /// Those of this machine's clock.
    pub fn of_the_wall_clock() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let left = SECOND.saturating_sub(Duration::from_nanos(u64::from(since.subsec_nanos())));
        Self::beginning(Instant::now() + left)
    }

    /// One of them begins at this instant.
    pub const fn beginning(begun: Instant) -> Self {
        Self { begun }
    }

    /// How much of the current second is over.
    fn phase(&self, now: Instant) -> Duration {
        let fraction = |span: Duration| Duration::from_nanos(span.subsec_nanos().into());
        match now.checked_duration_since(self.begun) {
            Some(since) => fraction(since),
            None => fraction(SECOND - fraction(self.begun - now)),
        }
    }

    /// When the next second has surely begun.
    pub(super) fn next(&self, now: Instant) -> Instant {
        now + (SECOND - self.phase(now)) + MARGIN
    }

    /// When the next second ends in so long, at this instant or later.
    pub(super) fn before_the_end(&self, lead: Duration, earliest: Instant) -> Instant {
        let wanted = SECOND.saturating_sub(lead);
        let phase = self.phase(earliest);
        let until = if phase <= wanted { wanted - phase } else { SECOND - phase + wanted };
        earliest + until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: ServerClock, offset: u64) -> (u128, u128) {
        let now = seconds.begun + Duration::from_millis(offset);
        let late = seconds.before_the_end(Duration::from_millis(300), now);
        ((seconds.next(now) - now).as_millis(), (late - now).as_millis())
    }

    #[tokio::test(start_paused = true)]
    async fn clock_phase_counts_from_the_beginning_of_a_second() {
        let now = Instant::now();
        let seconds = ServerClock::beginning(now);
        assert_eq!(at(seconds, 0), (1050, 700));
        assert_eq!(at(seconds, 5_200), (850, 500));
        assert_eq!(at(seconds, 5_700), (350, 0));
        assert_eq!(at(seconds, 5_950), (100, 750));
        let ahead = ServerClock::beginning(now + Duration::from_millis(300));
        assert_eq!((ahead.next(now) - now).as_millis(), 350);
        let late = ahead.before_the_end(Duration::from_millis(300), now);
        assert_eq!(late, now, "700 ms of the second before are over");
    }

    #[test]
    fn wall_clock_has_a_next_second_within_a_second() {
        let now = Instant::now();
        assert!(ServerClock::of_the_wall_clock().next(now) - now <= SECOND + MARGIN * 2);
    }
}

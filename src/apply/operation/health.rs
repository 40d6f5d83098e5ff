//! Whether the server still answers the writes of one lane. Pure.

use crate::live::client::Verdict;

/// How many requests in a row may time out, and how many answers in a row may be lost.
const TIMEOUTS: u32 = 2;
const LOSSES: u32 = 5;

/// What the last writes of a lane showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::apply) struct Health {
    timeouts: u32,
    losses: u32,
}

/// What is wrong with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::apply) enum Illness {
    /// It does not answer.
    Hangs,
    /// It breaks connections.
    Crashes,
}

impl Health {
    /// Counts the verdict of a write; a success shows that the server is well.
    pub(super) fn note(&mut self, verdict: &Verdict) -> Option<Illness> {
        match verdict {
            Verdict::Done { .. } => *self = Self::default(),
            Verdict::Lost { timed_out: true, .. } => self.timeouts += 1,
            Verdict::Lost { .. } => self.losses += 1,
            _ => {}
        }
        if self.timeouts >= TIMEOUTS {
            Some(Illness::Hangs)
        } else if self.losses >= LOSSES {
            Some(Illness::Crashes)
        } else {
            None
        }
    }
}

impl std::fmt::Display for Illness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Hangs => {
                "the server hangs: it did not answer two requests in a row; restart the Nautes API server, then \
                 run this again"
            }
            Self::Crashes => {
                "the server crashes: it broke off five requests in a row; its log says why; restart it, then run \
                 this again"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(timed_out: bool) -> Verdict {
        Verdict::Lost { message: String::new(), timed_out }
    }

    #[test]
    fn second_timeout_is_a_hang_and_fifth_loss_a_crash() {
        let mut health = Health::default();
        assert_eq!(health.note(&verdict(true)), None);
        assert_eq!(health.note(&verdict(true)), Some(Illness::Hangs));
        assert_eq!(health.note(&Verdict::Done { warning: None }), None);
        let found: Vec<_> = (0..5).map(|_| health.note(&verdict(false))).collect();
        assert_eq!(found, [None, None, None, None, Some(Illness::Crashes)]);
    }
}

//! A small generator of numbers, the same everywhere. For seeded runs whose figures are documented; the files of
//! other crates that need it include this one.

/// The state of a linear congruential generator.
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.roll()).expect("31 bits") % limit
    }
}

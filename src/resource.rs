//! Addresses and the three views of an object: desired, observed, recorded.

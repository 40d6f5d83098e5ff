//! The value tree that every stage speaks.

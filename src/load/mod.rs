//! Turns a directory of manifests into located, checked resources.

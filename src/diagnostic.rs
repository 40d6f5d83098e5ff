//! Complaints about manifests: located, coded, collected.

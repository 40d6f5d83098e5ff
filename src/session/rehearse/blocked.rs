//! Products that refuse every write, whatever is written: found in a copy of the live state. Pure.

use std::collections::BTreeSet;

use crate::live::snapshot::Snapshot;
use crate::plan::Blocked;

use super::copy::Copy;

/// The blocked products among those that `is_open` says were read without gaps.
pub(super) fn find(snapshot: &Snapshot, is_open: impl Fn(&str) -> bool, copy: &mut Copy) -> Vec<Blocked> {
    let owners = snapshot.objects().filter(|observed| observed.address.kind().is_owner);
    let products: BTreeSet<&str> = owners.map(|observed| observed.address.name()).collect();
    let blocked = |product: &str| {
        let mut causes = copy.violations(product);
        // One object may be refused for several reasons; the first will do.
        causes.dedup_by(|a, b| a.0 == b.0);
        let address = causes.first()?.0.owner()?;
        Some(Blocked { address, causes, ways_out: Vec::new() })
    };
    products.into_iter().filter(|product| is_open(product)).filter_map(blocked).collect()
}

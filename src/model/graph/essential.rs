//! The edges of a graph that do not follow from others. Pure.

use std::cmp::Reverse;

/// Graphs with more nodes than this keep their implied edges: finding them costs more than linear.
const MOST_REDUCED: usize = 3_000;

/// Those edges as (what depends, on what), ordered. `needs` are the direct dependencies of each node, `order`
/// has dependencies first; what is not in it, since it is in a cycle, has no edges.
pub(crate) fn essential(needs: &[Vec<usize>], order: &[usize]) -> Vec<(usize, usize)> {
    let reduce = needs.len() <= MOST_REDUCED;
    let words = if reduce { needs.len().div_ceil(64) } else { 0 };
    let mut place = vec![0; needs.len()];
    order.iter().enumerate().for_each(|(position, node)| place[*node] = position);
    // For each node the set of everything it depends on, directly or not, as bits.
    let mut below: Vec<Vec<u64>> = vec![Vec::new(); needs.len()];
    let mut edges = Vec::new();
    for node in order {
        let mut all = vec![0_u64; words];
        let mut direct = needs[*node].clone();
        direct.sort_by_key(|need| Reverse(place[*need]));
        for need in direct {
            if reduce {
                if all[need / 64] >> (need % 64) & 1 == 1 {
                    continue;
                }
                all.iter_mut().zip(&below[need]).for_each(|(mine, theirs)| *mine |= theirs);
                all[need / 64] |= 1 << (need % 64);
            }
            edges.push((*node, need));
        }
        below[*node] = all;
    }
    edges.sort_unstable();
    edges
}

//! The positions of the boxes of the graph: columns from left to right by dependency, one band for each
//! product.
//!
//! Pure and deterministic. Invariants: every arrow leads from a column to one further right, and no two boxes
//! share a place. Edges that follow from others are left out, so that large graphs stay readable.

use std::collections::{BTreeMap, HashMap};

use crate::model::graph::{Graph, essential};
use crate::plan::Change;
use crate::resource::Address;

/// How often rows are put in order by their neighbours.
const SWEEPS: usize = 4;

/// A box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Counted from 0, from what depends on nothing.
    pub(super) column: usize,
    /// Counted from 0 over the whole drawing; the first row of each band is its headline.
    pub(super) row: usize,
}

/// A product's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Band<'a> {
    /// `None` for the objects of the tenant.
    pub(super) product: Option<&'a str>,
    /// Its headline.
    pub(super) row: usize,
}

/// The drawing before it is drawn.
#[derive(Debug)]
pub(super) struct Arrangement<'a> {
    /// For each change, in the order given.
    pub(super) places: Vec<Place>,
    /// The bands, top to bottom.
    pub(super) bands: Vec<Band<'a>>,
    /// (what depends, on what), as indices.
    pub(super) edges: Vec<(usize, usize)>,
    /// Whether an edge leads from one band to another.
    pub(super) far: Vec<bool>,
    /// How many columns there are.
    pub(super) columns: usize,
    /// How many rows there are, headlines included.
    pub(super) rows: usize,
}

/// Arranges the changes and what leads between them.
pub(super) fn arrange<'a>(changes: &[&'a Change]) -> Arrangement<'a> {
    let needs = dependencies(changes);
    let order = topological(&needs);
    let columns = columns(&needs, &order);
    let edges = essential(&needs, &order);
    let (places, bands, rows) = rows(changes, &columns, &edges);
    let far = edges
        .iter()
        .map(|(a, b)| changes[*a].address.product_or_own() != changes[*b].address.product_or_own())
        .collect();
    let columns = columns.iter().max().map_or(0, |last| last + 1);
    Arrangement { places, bands, edges, far, columns, rows }
}

fn dependencies(changes: &[&Change]) -> Vec<Vec<usize>> {
    let index: HashMap<&Address, usize> = changes.iter().map(|change| &change.address).zip(0..).collect();
    let of = |change: &&Change| -> Vec<usize> {
        let mut all: Vec<usize> =
            change.dependencies.iter().filter_map(|address| index.get(address).copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    changes.iter().map(of).collect()
}

/// Dependencies first. What is in a cycle (there should be none) is left out, and so are its edges.
fn topological(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut graph: Graph<usize, ()> = Graph::new();
    for (from, needs) in needs.iter().enumerate() {
        graph.insert(from);
        needs.iter().for_each(|to| graph.depend(from, *to, ()));
    }
    graph.topological_order().into_iter().copied().collect()
}

/// One further right than everything it depends on.
fn columns(needs: &[Vec<usize>], order: &[usize]) -> Vec<usize> {
    let mut columns = vec![0; needs.len()];
    for node in order {
        columns[*node] = needs[*node].iter().map(|need| columns[*need] + 1).max().unwrap_or(0);
    }
    columns
}

type Rows<'a> = (Vec<Place>, Vec<Band<'a>>, usize);

/// Stacks the bands; inside a band each column is filled from the top, neighbours of neighbours close to each
/// other.
fn rows<'a>(changes: &[&'a Change], columns: &[usize], edges: &[(usize, usize)]) -> Rows<'a> {
    let mut cells: BTreeMap<Option<&str>, BTreeMap<usize, Vec<usize>>> = BTreeMap::new();
    for (node, change) in changes.iter().enumerate() {
        cells
            .entry(change.address.product_or_own())
            .or_default()
            .entry(columns[node])
            .or_default()
            .push(node);
    }
    let neighbours = neighbours(changes.len(), edges);
    let mut places = vec![Place { column: 0, row: 0 }; changes.len()];
    for column in cells.values_mut().flat_map(BTreeMap::values_mut) {
        column.sort_by_key(|node| &changes[*node].address);
    }
    let mut bands = Vec::new();
    let mut next = 0;
    for (product, columns) in &cells {
        bands.push(Band { product: *product, row: next });
        next += 1 + columns.values().map(Vec::len).max().unwrap_or(0);
    }
    for sweep in 0..=SWEEPS {
        for (band, columns) in bands.iter().zip(cells.values_mut()) {
            let order = |all: &mut Vec<usize>| {
                all.sort_by_key(|node| (middle(&neighbours[*node], &places), *node));
            };
            if sweep > 0 {
                columns.values_mut().for_each(order);
            }
            for (column, nodes) in columns {
                for (position, node) in nodes.iter().enumerate() {
                    places[*node] = Place { column: *column, row: band.row + 1 + position };
                }
            }
        }
    }
    (places, bands, next)
}

fn neighbours(nodes: usize, edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new(); nodes];
    for (from, to) in edges {
        all[*from].push(*to);
        all[*to].push(*from);
    }
    all
}

/// The middle row of the neighbours, in hundredths; boxes without any go last.
fn middle(neighbours: &[usize], places: &[Place]) -> usize {
    let sum: usize = neighbours.iter().map(|node| places[*node].row * 100).sum();
    sum.checked_div(neighbours.len()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::render::fixture;

    fn chain(names: &[&str], needs: &[(usize, usize)]) -> Vec<Change> {
        let spec = json!({"cluster": "w", "envType": "dev"});
        let mut all: Vec<Change> = names.iter().map(|name| fixture::create(name, spec.clone())).collect();
        for (from, to) in needs {
            let target = all[*to].address.clone();
            all[*from].dependencies.push(target);
        }
        all
    }

    #[test]
    fn implied_edges_are_left_out() {
        let names = ["Environment/a/one", "Environment/a/two", "Environment/a/three"];
        let all = chain(&names, &[(2, 1), (1, 0), (2, 0)]);
        let drawn = arrange(&all.iter().collect::<Vec<_>>());
        assert_eq!(drawn.edges, [(1, 0), (2, 1)]);
        assert_eq!(drawn.places.iter().map(|place| place.column).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn products_have_bands_of_their_own() {
        let all = chain(&["Environment/a/x", "Environment/b/x", "Environment/a/y"], &[]);
        let drawn = arrange(&all.iter().collect::<Vec<_>>());
        let bands: Vec<_> = drawn.bands.iter().map(|band| (band.product, band.row)).collect();
        assert_eq!(bands, [(Some("a"), 0), (Some("b"), 3)]);
        assert_eq!(drawn.rows, 5);
    }

    proptest! {
        #[test]
        fn arrows_lead_to_the_right_and_boxes_do_not_overlap(
            nodes in 1_usize..40,
            edges_of in proptest::collection::vec((0_usize..40, 0_usize..40), 0..120),
        ) {
            let names: Vec<String> =
                (0..nodes).map(|node| format!("Environment/p{}/n{node}", node % 3)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let needs: Vec<_> = edges_of.into_iter().filter(|(from, to)| to < from && *from < nodes).collect();
            let all = chain(&names, &needs);
            let drawn = arrange(&all.iter().collect::<Vec<_>>());
            for (from, to) in &drawn.edges {
                prop_assert!(drawn.places[*to].column < drawn.places[*from].column);
            }
            let places: HashSet<_> = drawn.places.iter().map(|place| (place.column, place.row)).collect();
            prop_assert_eq!(places.len(), nodes);
            let headlines: HashSet<usize> = drawn.bands.iter().map(|band| band.row).collect();
            prop_assert!(drawn.places.iter().all(|place| !headlines.contains(&place.row) && place.row < drawn.rows));
            // Whatever was needed can still be reached.
            for (from, to) in needs {
                let mut seen = HashSet::new();
                let mut open = vec![from];
                while let Some(node) = open.pop() {
                    if seen.insert(node) {
                        open.extend(drawn.edges.iter().filter(|edge| edge.0 == node).map(|edge| edge.1));
                    }
                }
                prop_assert!(seen.contains(&to));
            }
        }
    }
}

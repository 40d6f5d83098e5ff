//! The objects of a product as a plan leaves them: what permission rules look up, declared objects and live
//! ones.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

use foldhash::fast::RandomState;

use crate::live::snapshot::Live;
use crate::model::value::Value;
use crate::resource::Address;
use crate::resource::kinds;
use crate::resource::schema::Siblings;

use super::PlanInput;

/// (kind, product) -> names.
type ByPlace<'a> = HashMap<(&'static str, Option<&'a str>), BTreeSet<&'a str>, RandomState>;

/// Finds the objects of a product without a walk over all objects each time.
pub(in crate::plan) struct ProductIndex<'a> {
    input: &'a PlanInput<'a>,
    /// Made when it is first needed.
    names: OnceCell<ByPlace<'a>>,
}

impl<'a> ProductIndex<'a> {
    pub(in crate::plan) fn new(input: &'a PlanInput<'a>) -> Self {
        Self { input, names: OnceCell::new() }
    }

    /// The product of `address`, without the objects that are deleted.
    pub(in crate::plan) fn of<'n>(
        &'n self,
        address: &'n Address,
        deleted: &'n BTreeSet<&'n Address>,
    ) -> ProductView<'n, 'a> {
        ProductView { all: self, deleted, of: address }
    }

    /// What grants a live object what it needs: the bindings that must not be deleted before it.
    pub(in crate::plan) fn grants(&self, address: &Address) -> Vec<Address> {
        let (Live::Present(observed), Some(rule)) =
            (self.input.snapshot.live(address), address.kind().requirements)
        else {
            return Vec::new();
        };
        let needs = rule(&observed.spec, &self.of(address, &BTreeSet::new()));
        let named = needs
            .into_iter()
            .flat_map(|need| need.granted_by.into_iter().map(move |name| (need.grants, name)));
        named.filter_map(|(kind, name)| Address::sibling(address, kinds::find(kind)?, name)).collect()
    }

    fn names(&self) -> &ByPlace<'a> {
        self.names.get_or_init(|| {
            let declared = self.input.configuration.resources.keys();
            let live = self.input.snapshot.objects().map(|observed| &observed.address);
            let mut all = ByPlace::default();
            for address in declared.chain(live) {
                all.entry((address.kind().name, address.product())).or_default().insert(address.name());
            }
            all
        })
    }
}

/// The objects of a product, seen from one of them: declared ones, and live ones that are not deleted.
pub(in crate::plan) struct ProductView<'n, 'a> {
    all: &'n ProductIndex<'a>,
    deleted: &'n BTreeSet<&'n Address>,
    of: &'n Address,
}

impl Siblings for ProductView<'_, '_> {
    fn spec(&self, kind: &str, name: &str) -> Option<&Value> {
        let input = self.all.input;
        let address = Address::sibling(self.of, kinds::find(kind)?, name)?;
        let declared = input.declared(&address).map(|resource| &*resource.spec);
        declared.or_else(|| match input.snapshot.live(&address) {
            Live::Present(observed) if !self.deleted.contains(&address) => Some(&*observed.spec),
            _ => None,
        })
    }

    fn having(&self, kind: &str, attribute: &str, value: &str) -> Vec<&str> {
        let Some(kind) = kinds::find(kind) else { return Vec::new() };
        let names = self.all.names().get(&(kind.name, self.of.product()));
        let has = |name: &&str| {
            self.spec(kind.name, name).and_then(|spec| spec.text_at(&[attribute])) == Some(value)
        };
        names.into_iter().flatten().copied().filter(has).collect()
    }
}

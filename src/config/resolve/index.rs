//! The desired objects by product, and by the text of a field: what permission rules ask for.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::RandomState;

use crate::model::value::Value;
use crate::resource::kinds;
use crate::resource::schema::{Kind, Siblings};
use crate::resource::{Address, ByAddress, Resource};

/// (product, value of the field) -> names.
type ByText<'a> = HashMap<(&'a str, &'a str), Vec<&'a str>, RandomState>;

/// Looks objects up without walking over all of them each time.
pub(super) struct Index<'a> {
    resources: &'a ByAddress<Resource>,
    /// By the names of kind and field; made when it is first needed.
    fields: RefCell<HashMap<(&'static str, String), Rc<ByText<'a>>>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(resources: &'a ByAddress<Resource>) -> Self {
        Self { resources, fields: RefCell::default() }
    }

    /// A declared object.
    pub(super) fn get(&self, address: &Address) -> Option<&'a Resource> {
        self.resources.get(address)
    }

    /// The other objects of an object's product.
    pub(super) fn siblings<'i>(&'i self, address: &'i Address) -> ProductView<'i, 'a> {
        ProductView { index: self, address }
    }

    fn by(&self, kind: &'static Kind, attribute: &str) -> Rc<ByText<'a>> {
        let mut fields = self.fields.borrow_mut();
        let made = fields.entry((kind.name, attribute.to_owned())).or_insert_with(|| {
            let mut all = ByText::default();
            let of_kind = self.resources.iter().filter(|(address, _)| address.kind().name == kind.name);
            for (address, resource) in of_kind {
                let (Some(product), Some(text)) =
                    (address.product(), resource.spec.get(attribute).and_then(Value::as_str))
                else {
                    continue;
                };
                all.entry((product, text)).or_default().push(address.name());
            }
            Rc::new(all)
        });
        Rc::clone(made)
    }
}

/// The objects of one product, seen from one of them.
pub(super) struct ProductView<'i, 'a> {
    index: &'i Index<'a>,
    address: &'i Address,
}

impl Siblings for ProductView<'_, '_> {
    fn spec(&self, kind: &str, name: &str) -> Option<&Value> {
        let kind = kinds::find(kind)?;
        let address = Address::sibling(self.address, kind, name)?;
        self.index.resources.get(&address).map(|resource| &*resource.spec)
    }

    fn having(&self, kind: &str, attribute: &str, value: &str) -> Vec<&str> {
        let (Some(kind), Some(product)) = (kinds::find(kind), self.address.product()) else {
            return Vec::new();
        };
        self.index.by(kind, attribute).get(&(product, value)).cloned().unwrap_or_default()
    }
}

//! The desired objects by product, and by the text of a field: what permission rules ask for.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use foldhash::fast::RandomState;

use crate::resource::{Address, Resource};
use crate::schema::Siblings;
use crate::value::Value;

/// (product, kind, value of the field) -> names.
type ByText<'a> = HashMap<(&'a str, &'a str, &'a str), Vec<&'a str>, RandomState>;

/// Looks objects up without walking over all of them each time.
pub(super) struct Index<'a> {
    resources: &'a BTreeMap<Address, Resource>,
    /// By the name of the field; made when somebody first asks for it.
    fields: RefCell<HashMap<String, Rc<ByText<'a>>>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(resources: &'a BTreeMap<Address, Resource>) -> Self {
        Self { resources, fields: RefCell::default() }
    }

    /// A declared object.
    pub(super) fn get(&self, address: &Address) -> Option<&'a Resource> {
        self.resources.get(address)
    }

    /// The neighbours of an object.
    pub(super) fn beside<'i>(&'i self, address: &'i Address) -> Neighbours<'i, 'a> {
        Neighbours { index: self, address }
    }

    fn by(&self, attribute: &str) -> Rc<ByText<'a>> {
        let mut fields = self.fields.borrow_mut();
        let made = fields.entry(attribute.to_owned()).or_insert_with(|| {
            let mut all = ByText::default();
            for (address, resource) in self.resources {
                let (Some(product), Some(text)) =
                    (address.product(), resource.spec.get(attribute).and_then(Value::as_str))
                else {
                    continue;
                };
                all.entry((product, address.kind().name, text)).or_default().push(address.name());
            }
            Rc::new(all)
        });
        Rc::clone(made)
    }
}

/// The objects of one product, seen from one of them.
pub(super) struct Neighbours<'i, 'a> {
    index: &'i Index<'a>,
    address: &'i Address,
}

impl Siblings for Neighbours<'_, '_> {
    fn spec(&self, kind: &str, name: &str) -> Option<&Value> {
        let kind = crate::kinds::find(kind)?;
        let address = Address::beside(self.address, kind, name)?;
        self.index.resources.get(&address).map(|resource| &resource.spec)
    }

    fn having(&self, kind: &str, attribute: &str, value: &str) -> Vec<&str> {
        let product = self.address.product().unwrap_or_default();
        self.index.by(attribute).get(&(product, kind, value)).cloned().unwrap_or_default()
    }
}

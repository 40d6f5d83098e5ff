//! What a tenant's own platform offers instead of what v0.4.2 brings: components of clusters, and hooks of
//! pipelines. Read from files by `config`; rules of kinds look things up in it.

/// What a platform offers. What is `None` is as v0.4.2 has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// The components.
    pub components: Option<Vec<Component>>,
    /// The names of the hooks.
    pub hooks: Option<Vec<String>>,
}

/// A component, as the platform's own configuration lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Its namespace, unless a cluster says another.
    pub namespace: String,
    /// What it serves as: the field below `componentsList`.
    pub serves: String,
    /// Whether it is that of a cluster that names none.
    pub is_default: bool,
    /// What it needs, and its defaults.
    pub properties: Vec<Property>,
}

/// A property of a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// Whether a cluster must have it.
    pub required: bool,
    /// Its value where a cluster says none.
    pub default: Option<String>,
}

impl Catalogue {
    /// The component of a name.
    pub(crate) fn component(&self, name: &str) -> Option<&Component> {
        self.components.iter().flatten().find(|component| component.name == name)
    }

    /// The component that serves where a cluster names none.
    pub(crate) fn usual(&self, serves: &str) -> Option<&Component> {
        let mut all = self.components.iter().flatten();
        all.find(|component| component.serves == serves && component.is_default)
    }
}

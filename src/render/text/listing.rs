//! A list of objects: a table for each kind, as kubectl prints them.

use std::io::{self, Write};

use comfy_table::CellAlignment;

use crate::model::value::{Path, Value};
use crate::render::Style;
use crate::resource::Listed;
use crate::resource::kinds::KINDS;
use crate::resource::schema::{Attribute, Kind, ReadBack, Scope, Type};

use super::painter::{DIM, PLAIN, Painter};
use super::table;

/// How many fields a table shows unless others are asked for.
const MOST: usize = 6;
/// What stands for a field without a value.
const NONE: &str = "-";

/// Writes a table for each kind; with `columns`, these fields instead of the usual ones.
///
/// # Errors
/// If `out` can't be written.
pub fn listing(objects: &[Listed], columns: &[Path], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut painter = Painter::new(out, style);
    if objects.is_empty() {
        return painter.spans(&[(DIM, "No objects.")]);
    }
    let mut is_first = true;
    for kind in KINDS {
        let of_kind: Vec<&Listed> = objects.iter().filter(|found| found.address.kind() == *kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        if !std::mem::take(&mut is_first) {
            painter.blank()?;
        }
        let columns = if columns.is_empty() { usual(kind) } else { columns.to_vec() };
        painter.table(PLAIN, &of_one(kind, &of_kind, &columns))?;
    }
    Ok(())
}

fn of_one(kind: &Kind, objects: &[&Listed], columns: &[Path]) -> Vec<String> {
    let mut head = vec![kind.name.to_uppercase()];
    if kind.scope == Scope::Product {
        head.push("PRODUCT".to_owned());
    }
    head.extend(columns.iter().map(|path| path.to_string().to_uppercase()));
    head.push("MANAGED".to_owned());
    let rows = objects.iter().map(|found| {
        let mut row = vec![found.address.name().to_owned()];
        row.extend(found.address.product().map(str::to_owned));
        row.extend(columns.iter().map(|path| cell(found.spec.at(path))));
        row.push(if found.managed { "yes" } else { "no" }.to_owned());
        row
    });
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    table::aligned(&head, &rows.collect::<Vec<_>>(), CellAlignment::Left)
}

fn cell(value: Option<&Value>) -> String {
    match value {
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::String(text)) if !text.is_empty() => text.to_string(),
        Some(Value::List(items)) if !items.is_empty() => {
            items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(",")
        }
        Some(Value::Map(map)) => {
            format!("{{{}}}", map.iter().map(|(key, _)| key.as_ref()).collect::<Vec<_>>().join(","))
        }
        _ => NONE.to_owned(),
    }
}

/// The plain fields of a kind, and what is required in its mappings.
fn usual(kind: &'static Kind) -> Vec<Path> {
    let mut all = Vec::new();
    collect(kind.attributes, &Path::root(), &mut all);
    all.truncate(MOST);
    all
}

fn collect(attributes: &'static [Attribute], above: &Path, all: &mut Vec<Path>) {
    for attribute in attributes.iter().filter(|attribute| is_shown(attribute)) {
        let path = above.join(attribute.name);
        let is_top = above.segments().is_empty();
        match attribute.ty {
            Type::String | Type::Bool if is_top || attribute.required => all.push(path),
            Type::Enum(words) if words.len() > 1 && (is_top || attribute.required) => all.push(path),
            Type::Object(fields) if attribute.required => collect(fields, &path, all),
            _ => {}
        }
    }
}

fn is_shown(attribute: &Attribute) -> bool {
    attribute.ignored.is_none() && !attribute.computed && matches!(attribute.read_back, ReadBack::Always)
}

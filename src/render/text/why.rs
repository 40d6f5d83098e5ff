//! What depends on an object and on what it depends, as text.

use std::io::{self, Write};

use crate::model::diagnostic::SourceMap;
use crate::model::text::first_few;
use crate::plan::{Effect, Relation, Removal, Why};
use crate::render::{Style, wording};

use super::painter::{BOLD, DIM, PLAIN, Painter};

/// How many objects a sentence names.
const SHOWN: usize = 10;

/// Writes everything about an object.
///
/// # Errors
/// If `out` can't be written.
pub fn why(why: &Why, sources: &SourceMap, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut painter = Painter::new(out, style);
    let place = sources.location(why.span);
    let place = format!("  ({}:{})", place.path.display(), place.line);
    painter.spans(&[(BOLD, &why.address.to_string()), (DIM, &place)])?;
    section(&mut painter, "Needs", &why.needs, "It needs nothing.")?;
    let by = products(why);
    section(&mut painter, &format!("Needed by{by}"), &why.needed_by, "Nothing needs it.")?;
    painter.blank()?;
    painter.spans(&[(BOLD, "May it go?")])?;
    removal(&why.removal).iter().try_for_each(|sentence| painter.prefixed("  ", "  ", PLAIN, sentence))?;
    painter.blank()?;
    painter.spans(&[(BOLD, "A change of")])?;
    for (effect, done) in EFFECTS {
        let fields = why.fields.iter().filter(|(_, of)| *of == effect).map(|(path, _)| path.as_str());
        let fields: Vec<&str> = fields.collect();
        if !fields.is_empty() {
            painter.prefixed("  ", "    ", PLAIN, &format!("{}: {done}", fields.join(", ")))?;
        }
    }
    let name = "the name or the product: it would be another object, and this one would be destroyed";
    painter.prefixed("  ", "    ", PLAIN, name)
}

/// What a change of fields does, in the order in which it is said.
const EFFECTS: [(Effect, &str); 6] = [
    (Effect::InPlace, "made in place"),
    (Effect::InPlaceWhileUnused, "made in place, since nothing uses the object"),
    (Effect::Unseen, "made in place; the server never returns it, so only a change of the manifest is seen"),
    (Effect::Ignored, "ignored, by nautform.dev/ignore-fields or a rule of nautform.yaml"),
    (Effect::Replaces, "the object is deleted and created again"),
    (Effect::ReplacesWithUsers, "the object is deleted and created again, and so is what needs it"),
];

fn products(why: &Why) -> String {
    let of = |(product, number): (&String, &usize)| format!("{number} in {product}");
    let products: Vec<String> = why.products.iter().map(of).collect();
    let inside = if products.is_empty() { String::new() } else { format!(": {}", products.join(", ")) };
    match why.needed_by.len() {
        0 => String::new(),
        number => format!(" {}{inside}", wording::count(number, "object")),
    }
}

fn section(painter: &mut Painter<'_>, title: &str, all: &[Relation], none: &str) -> io::Result<()> {
    painter.blank()?;
    if all.is_empty() {
        return painter.spans(&[(PLAIN, none)]);
    }
    painter.spans(&[(BOLD, title)])?;
    for Relation { address, depth, by, is_outside } in all {
        let indent = "  ".repeat(depth + 1);
        let outside = if *is_outside { "; no manifest here declares it" } else { "" };
        let by = format!("  ({}{outside})", by.join(", "));
        painter.spans(&[(PLAIN, &indent), (PLAIN, &address.to_string()), (DIM, &by)])?;
    }
    Ok(())
}

fn removal(removal: &Removal) -> Vec<String> {
    let Removal { users, is_protected, is_orphaned, destroys, is_unmanaged } = removal;
    let mut all = Vec::new();
    if !users.is_empty() {
        let users: Vec<&_> = users.iter().collect();
        all.push(format!(
            "Not alone: {} as well, or name another object.",
            match users.as_slice() {
                [one] => format!("{one} needs it, and has to go"),
                several => format!("{} need it, and have to go", first_few(several, SHOWN)),
            }
        ));
    }
    if *is_protected {
        all.push("Not now: it is protected by nautform.dev/prevent-destroy.".to_owned());
    }
    if *is_unmanaged {
        all.push("It is not in the state: nothing is deleted when its manifest goes.".to_owned());
    }
    if *is_orphaned {
        all.push("Its manifest may go, and the object stays: its deletion-policy is orphan.".to_owned());
    } else if let Some(what) = destroys {
        all.push(format!("Deleting it permanently destroys {what}, which is permitted by its address."));
    }
    if users.is_empty() && !is_protected && !is_orphaned && destroys.is_none() {
        all.push("Yes: nothing in the manifests needs it.".to_owned());
    }
    all
}

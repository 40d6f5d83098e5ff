//! A text that can be kept in little room until it is read again.
//!
//! Most manifests are read once: their texts are shown only if there is something to say about them. Invariant:
//! what is read is what was put in.

use std::io::Read as _;
use std::sync::{Arc, OnceLock};

use flate2::read::DeflateDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};

/// A text.
#[derive(Clone)]
pub(super) struct Text {
    whole: OnceLock<Arc<str>>,
    packed: Option<Box<[u8]>>,
}

impl From<Arc<str>> for Text {
    fn from(whole: Arc<str>) -> Self {
        Self { whole: whole.into(), packed: None }
    }
}

impl Text {
    /// All of it.
    pub(super) fn whole(&self) -> &Arc<str> {
        self.whole.get_or_init(|| {
            let mut text = String::new();
            let packed = self.packed.as_deref().unwrap_or_default();
            DeflateDecoder::new(packed).read_to_string(&mut text).expect("it was packed here");
            text.into()
        })
    }

    /// Keeps it packed until it is read again, if that saves room.
    pub(super) fn pack(&mut self, packer: &mut Packer) {
        if let Some(whole) = self.whole.get()
            && let Some(packed) = packer.pack(whole)
        {
            self.packed = Some(packed);
            self.whole = OnceLock::new();
        }
    }
}

/// Packs texts, one after the other.
pub(super) struct Packer {
    compress: Compress,
    room: Vec<u8>,
}

impl Packer {
    pub(super) fn new() -> Self {
        Self { compress: Compress::new(Compression::fast(), false), room: Vec::new() }
    }

    /// A text in less room; nothing if it takes as much.
    fn pack(&mut self, text: &str) -> Option<Box<[u8]>> {
        self.compress.reset();
        self.room.clear();
        self.room.reserve(text.len());
        let status = self.compress.compress_vec(text.as_bytes(), &mut self.room, FlushCompress::Finish);
        matches!(status, Ok(Status::StreamEnd)).then(|| self.room.as_slice().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_is_read_is_what_was_put_in(texts in proptest::collection::vec(("(?s).{0,40}", 1_usize..50), 1..5)) {
            let mut packer = Packer::new();
            for (part, times) in texts {
                let text: Arc<str> = part.repeat(times).into();
                let mut kept = Text::from(Arc::clone(&text));
                kept.pack(&mut packer);
                proptest::prop_assert_eq!(kept.whole(), &text);
                let again = kept.clone();
                kept.pack(&mut packer);
                proptest::prop_assert_eq!((kept.whole(), again.whole()), (&text, &text));
            }
        }
    }

    #[test]
    fn a_manifest_is_kept_in_a_fraction_of_its_room() {
        let text: Arc<str> =
            "kind: Project\nspec: {name: a, product: p, language: golang}\n---\n".repeat(20).into();
        let mut kept = Text::from(Arc::clone(&text));
        kept.pack(&mut Packer::new());
        assert!(kept.packed.is_some_and(|packed| packed.len() * 5 < text.len()));
    }
}

//! The chosen files in words.

use crate::engine::{Chosen, Holds};
use crate::model::size;
use crate::texts::Texts;

/// Between figures on one line.
const DOT: &str = "  ·  ";

/// The chosen files in words.
pub struct BasketText {
    /// Each file, in their order.
    pub files: Vec<ChosenText>,
    /// How many, how much.
    pub sum: String,
    /// How many cannot be sent; `None` if all can.
    pub unreadable: Option<UnreadableText>,
}

/// One chosen file.
pub struct ChosenText {
    /// Whether it is a folder.
    pub is_folder: bool,
    /// What it holds, or why it cannot be sent.
    pub size: Result<String, String>,
    /// The name of its remove button.
    pub remove_name: String,
}

/// Files that cannot be sent.
pub struct UnreadableText {
    /// How many.
    pub sum: String,
    /// The word on the button that takes them out.
    pub remove: String,
}

impl BasketText {
    pub(super) fn of(chosen: &[Chosen], texts: &Texts) -> Self {
        let file = |chosen: &Chosen| ChosenText {
            is_folder: matches!(chosen.holds, Ok(Holds::Counting | Holds::Folder(_))),
            size: match &chosen.holds {
                Ok(holds) => Ok(held(holds, texts)),
                Err(failure) => Err(texts.failure(failure, "").what),
            },
            remove_name: texts.with("unchoose-name", [("name", chosen.name.as_str().into())]),
        };
        let unreadable = size::from_len(chosen.iter().filter(|chosen| chosen.holds.is_err()).count());
        Self {
            files: chosen.iter().map(file).collect(),
            sum: sum(chosen, texts),
            unreadable: (unreadable > 0).then(|| UnreadableText {
                sum: texts.with("unreadable-sum", [("count", unreadable.into())]),
                remove: texts.with("unreadable-remove", [("count", unreadable.into())]),
            }),
        }
    }
}

/// `312 files, 4.2 GB`, and what of it cannot be sent.
fn held(holds: &Holds, texts: &Texts) -> String {
    match holds {
        Holds::File { bytes } => size::human(*bytes),
        Holds::Counting => texts.t("chosen-counting").to_owned(),
        Holds::Folder(measured) => {
            let files = counted(measured.files.saturating_add(measured.links), measured.bytes, texts);
            match measured.passed {
                0 => files,
                passed => {
                    let passed = texts.with("chosen-passed", [("count", passed.into())]);
                    format!("{files}{DOT}{passed}")
                }
            }
        }
    }
}

fn counted(files: u64, bytes: u64, texts: &Texts) -> String {
    texts.with("chosen-sum", [("count", files.into()), ("size", size::human(bytes).into())])
}

/// All that was counted; nothing where there is nothing that can be sent.
fn sum(chosen: &[Chosen], texts: &Texts) -> String {
    let (mut files, mut bytes, mut counting, mut any) = (0_u64, 0_u64, 0_u64, false);
    for holds in chosen.iter().filter_map(|chosen| chosen.holds.as_ref().ok()) {
        any = true;
        let (more_files, more_bytes) = match holds {
            Holds::File { bytes } => (1, *bytes),
            Holds::Counting => {
                counting += 1;
                (0, 0)
            }
            Holds::Folder(measured) => (measured.files.saturating_add(measured.links), measured.bytes),
        };
        files = files.saturating_add(more_files);
        bytes = bytes.saturating_add(more_bytes);
    }
    match (any, counting) {
        (false, _) => String::new(),
        (true, 0) => counted(files, bytes, texts),
        // A number that grows would be read as the sum.
        (true, _) => texts.t("chosen-counting").to_owned(),
    }
}

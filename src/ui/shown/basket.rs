//! The chosen files in words.

use crate::engine::Chosen;
use crate::model::size;
use crate::texts::Texts;

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
    /// Its size, or why it cannot be sent.
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
            size: match &chosen.size {
                Ok(bytes) => Ok(size::human(*bytes)),
                Err(failure) => Err(texts.failure(failure, "").what),
            },
            remove_name: texts.with("unchoose-name", [("name", chosen.name.as_str().into())]),
        };
        let bytes = chosen.iter().filter_map(|chosen| chosen.size.as_ref().ok()).sum::<u64>();
        let unreadable = size::from_len(chosen.iter().filter(|chosen| chosen.size.is_err()).count());
        let readable = size::from_len(chosen.len()).saturating_sub(unreadable);
        Self {
            files: chosen.iter().map(file).collect(),
            sum: if readable > 0 {
                texts.with("chosen-sum", [("count", readable.into()), ("size", size::human(bytes).into())])
            } else {
                String::new()
            },
            unreadable: (unreadable > 0).then(|| UnreadableText {
                sum: texts.with("unreadable-sum", [("count", unreadable.into())]),
                remove: texts.with("unreadable-remove", [("count", unreadable.into())]),
            }),
        }
    }
}

//! Who wants a pause.

use crate::model::Side;

/// Who wants a pause: each side for itself, and only who paused can end its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Paused {
    /// A person here.
    pub here: bool,
    /// The other side.
    pub there: bool,
}

impl Paused {
    /// Whether anybody does.
    pub fn any(self) -> bool {
        self.here || self.there
    }

    /// With one side's wish changed.
    #[must_use]
    pub fn with(self, side: Side, wish: Wish) -> Self {
        let wishes = wish == Wish::Pause;
        match side {
            Side::Here => Self { here: wishes, ..self },
            Side::There => Self { there: wishes, ..self },
        }
    }
}

/// What a side wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Send nothing more for now.
    Pause,
    /// Go on.
    Resume,
}

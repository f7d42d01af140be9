//! What becomes of what is not complete when somebody cancels.

/// What becomes of a part when a transfer is cancelled. Files that are complete stay either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Leftover {
    /// It stays, so that the transfer can go on later.
    #[default]
    Keep,
    /// It is removed, and the transfer is forgotten.
    Remove,
}

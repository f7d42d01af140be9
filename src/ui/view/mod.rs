//! The parts of the window. Each draws what it is given and returns what a person did: no I/O, no clock, no lock.

mod basket;
mod caller;
mod cancel;
mod code;
mod desk;
mod destination;
mod devices;
mod files;
mod leave;
mod pair;
mod plan;
mod prompt;
mod proof;
mod rail;
mod receive;
mod row;
mod settings;
mod sheet;
mod table;
mod toasts;
mod transfers;
mod unfinished;

pub use basket::basket_ui;
pub use caller::caller_ui;
pub use cancel::cancel_ui;
pub use code::{CodeDraft, code_ui};
pub use destination::{Readiness, destination_ui};
pub use leave::leave_ui;
pub use pair::{PairDraft, PairStage, pair_ui};
pub use prompt::prompt_ui;
pub use rail::rail_ui;
pub use receive::receive_ui;
pub use settings::{Drafts, settings_ui};
pub use toasts::{Toast, toasts_ui};
pub use transfers::{List, transfers_ui};
pub use unfinished::{discard_ui, unfinished_ui};

//! The parts of the window. Each draws what it is given and returns what a person did: no I/O, no clock, no lock.

mod basket;
mod destination;
mod leave;
mod prompt;
mod rail;
mod receive;
mod row;
mod settings;
mod toasts;
mod transfers;

pub use basket::basket_ui;
pub use destination::{Readiness, destination_ui};
pub use leave::leave_ui;
pub use prompt::prompt_ui;
pub use rail::rail_ui;
pub use receive::receive_ui;
pub use row::row_ui;
pub use settings::{Drafts, settings_ui};
pub use toasts::{Toast, toasts_ui};
pub use transfers::transfers_ui;

//! The few controls the window is made of. Each has an accessible name; each draws and says what happened to it.

mod button;
mod card;
mod check;
mod choice;
mod code_field;
mod field;
mod label;
mod progress;
mod switch;
mod tick;

pub use button::{Button, Kind, text_width};
pub use card::{badge_ui, card_ui, chip_frame, row_frame};
pub use check::{check_ui, explained_check_ui};
pub use choice::choice_ui;
pub use code_field::code_field_ui;
pub use field::field_ui;
pub use label::{icon_ui, label_ui, line_ui, path_ui, quiet_ui, section_ui, status_ui, title_ui, wrapped_ui};
pub use progress::{Bar, bar_ui};
pub use switch::switch_ui;
pub use tick::tick_ui;

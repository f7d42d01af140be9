//! The fonts: Inter for text, one icon font, and the system's own fonts for every other script.

use std::sync::Arc;

use eframe::egui::{Context, FontData, FontDefinitions, FontFamily, FontTweak};
use egui_system_font_provider::SystemFontProvider;

const REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.ttf");
const SEMIBOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.ttf");
const ICONS: &[u8] = include_bytes!("../../assets/fonts/Icons.ttf");

/// Titles and names.
pub fn semibold() -> FontFamily {
    FontFamily::Name("semibold".into())
}

/// Only [`Icon`]s. A family of its own, so that no file name can show one.
pub fn icons() -> FontFamily {
    FontFamily::Name("icons".into())
}

/// Makes our fonts known, and asks the system for what they lack.
pub fn install(ctx: &Context) {
    let mut fonts = FontDefinitions::default();
    let mut add = |name: &str, data: FontData| fonts.font_data.insert(name.to_owned(), Arc::new(data));
    add("inter", FontData::from_static(REGULAR));
    add("inter-semibold", FontData::from_static(SEMIBOLD));
    // They sit a little high beside 13 px text.
    let tweak = FontTweak { y_offset_factor: 0.05, ..FontTweak::default() };
    add("icons", FontData::from_static(ICONS).tweak(tweak));
    // What is left of the toolkit's own ones are the emoji. Not its `emoji-icon-font`: that has full-width punctuation, which
    // would stand in every Chinese sentence, bold and wide, in place of the system's.
    let family = |first: &str| vec![first.to_owned(), "NotoEmoji-Regular".to_owned()];
    fonts.families.insert(FontFamily::Proportional, family("inter"));
    fonts.families.insert(semibold(), family("inter-semibold"));
    fonts.families.insert(icons(), vec!["icons".to_owned()]);
    ctx.set_fonts(fonts);
    // Han characters look different in Chinese and Japanese; Sampan's second language is Chinese.
    ctx.set_font_providers(vec![Arc::new(SystemFontProvider::new().with_locale(Some("zh-Hans")))]);
}

/// The icons in use; `assets/fonts/README.md` lists all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Add files.
    Add,
    /// Something that comes in.
    Incoming,
    /// Something that goes out.
    Outgoing,
    /// Refused.
    Block,
    /// Cancelled.
    Cancel,
    /// Ticked, or the chosen one.
    Check,
    /// Delivered and verified.
    CheckCircle,
    /// Close, take out of a list.
    Close,
    /// This computer.
    Computer,
    /// Copy to the clipboard.
    Copy,
    /// Closes what is open below.
    Collapse,
    /// A menu opens below.
    Expand,
    /// Throw away.
    Delete,
    /// A file.
    File,
    /// Failed.
    Error,
    /// A folder.
    Folder,
    /// A link.
    Link,
    /// Open the folder.
    FolderOpen,
    /// Not verified.
    NotVerified,
    /// Addresses used before.
    History,
    /// A remark.
    Info,
    /// A code.
    Key,
    /// What is not wanted often.
    More,
    /// From the clipboard.
    Paste,
    /// Send nothing more for now.
    Pause,
    /// Go on.
    Play,
    /// Try again.
    Refresh,
    /// Some of it is ticked.
    Remove,
    /// Nothing is known yet.
    Schedule,
    /// Send.
    Send,
    /// Settings.
    Settings,
    /// How fast.
    Speed,
    /// Transfers.
    Swap,
    /// Drop files here.
    Upload,
    /// Proven to be who it is.
    Verified,
    /// Look here.
    Warning,
}

impl Icon {
    /// Its place in the icon font.
    pub fn glyph(self) -> char {
        match self {
            Self::Add => '\u{e145}',
            Self::Incoming => '\u{e5db}',
            Self::Outgoing => '\u{e5d8}',
            Self::Block => '\u{e033}',
            Self::Cancel => '\u{e5c9}',
            Self::Check => '\u{e5ca}',
            Self::CheckCircle => '\u{e86c}',
            Self::Close => '\u{e14c}',
            Self::Computer => '\u{e30a}',
            Self::Copy => '\u{e14d}',
            Self::Collapse => '\u{e5ce}',
            Self::Expand => '\u{e5cf}',
            Self::Delete => '\u{e872}',
            Self::File => '\u{e873}',
            Self::Error => '\u{e000}',
            Self::Folder => '\u{e2c7}',
            Self::Link => '\u{e157}',
            Self::FolderOpen => '\u{e2c8}',
            Self::NotVerified => '\u{f014}',
            Self::History => '\u{e28e}',
            Self::Info => '\u{e88e}',
            Self::Key => '\u{e73c}',
            Self::Paste => '\u{e14f}',
            Self::Pause => '\u{e034}',
            Self::Play => '\u{e037}',
            Self::Refresh => '\u{e5d5}',
            Self::Remove => '\u{e15b}',
            Self::Schedule => '\u{e192}',
            Self::Send => '\u{e163}',
            Self::Settings => '\u{e8b8}',
            Self::Swap => '\u{e8d4}',
            Self::More => '\u{e5d3}',
            Self::Speed => '\u{e0c3}',
            Self::Upload => '\u{e9fc}',
            Self::Verified => '\u{e031}',
            Self::Warning => '\u{e002}',
        }
    }
}

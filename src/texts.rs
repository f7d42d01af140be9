//! Every word people read, in their language: `assets/*.ftl` through Fluent. Window and command line both ask here.
//!
//! A message without variables is formatted once, so that drawing it allocates nothing.

use std::collections::HashMap;
use std::time::Duration;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::model::{Failure, FailureKind, Language, Side};

const ENGLISH: &str = include_str!("../assets/en.ftl");
const CHINESE: &str = include_str!("../assets/zh-CN.ftl");

/// Stand around a variable for a moment. Unicode's noncharacters: no text has them.
const OPEN: char = '\u{fdd0}';
const CLOSE: char = '\u{fdd1}';

/// The one variable that is never shown: messages choose their wording by it.
const SIDE: &str = "side";

/// A language Sampan speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    English,
    /// Simplified Chinese, 简体中文.
    Chinese,
}

impl Lang {
    /// The language of a system locale such as `zh_CN.UTF-8` or `de-DE`; English for all that Sampan does not speak.
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Chinese } else { Self::English }
    }

    /// What a person set, where the system's own language is `system`.
    pub fn of_setting(setting: Language, system: Self) -> Self {
        match setting {
            Language::System => system,
            Language::English => Self::English,
            Language::Chinese => Self::Chinese,
        }
    }

    fn tag(self) -> LanguageIdentifier {
        let tag = match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        };
        tag.parse().expect("both are language tags")
    }

    fn source(self) -> &'static str {
        match self {
            Self::English => ENGLISH,
            Self::Chinese => CHINESE,
        }
    }
}

/// A failure in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// What happened.
    pub what: String,
    /// What is safe, and the one thing to do.
    pub advice: String,
}

impl Spoken {
    /// Both on one line.
    pub fn joined(&self, lang: Lang) -> String {
        let gap = match lang {
            Lang::English => " ",
            Lang::Chinese => "",
        };
        format!("{}{gap}{}", self.what, self.advice)
    }
}

/// All messages of one language.
pub struct Texts {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
    plain: HashMap<String, String>,
}

impl Texts {
    /// Loads a language.
    pub fn of(lang: Lang) -> Self {
        // The files are compiled in and a test reads them strictly; what could still be wrong shows as its id.
        let resource =
            FluentResource::try_new(lang.source().to_owned()).unwrap_or_else(|(partial, _)| partial);
        let ids: Vec<String> = message_ids(lang.source()).map(str::to_owned).collect();
        let mut bundle = FluentBundle::new_concurrent(vec![lang.tag()]);
        // The isolation marks around variables would end up in names, in the terminal and in screen readers.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        let mut texts = Self { lang, bundle, plain: HashMap::new() };
        for id in ids {
            let mut errors = Vec::new();
            let text = texts.format(&id, None, &mut errors);
            if let (Some(text), true) = (text, errors.is_empty()) {
                texts.plain.insert(id, text);
            }
        }
        texts
    }

    /// Which language this is.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// A message without variables. An id that does not exist shows as itself.
    pub fn t<'a>(&'a self, id: &'a str) -> &'a str {
        self.plain.get(id).map_or(id, String::as_str)
    }

    /// A message with variables.
    pub fn with<const N: usize>(&self, id: &str, args: [(&'static str, FluentValue<'_>); N]) -> String {
        let args = args
            .into_iter()
            .map(|(name, value)| (name, if name == SIDE { value } else { self.fenced(value) }))
            .collect::<FluentArgs<'_>>();
        let text = self.format(id, Some(&args), &mut Vec::new()).unwrap_or_else(|| id.to_owned());
        match self.lang {
            Lang::English => text,
            Lang::Chinese => spaced(&text),
        }
    }

    /// In Chinese, marks where a variable begins and ends, for [`spaced`].
    fn fenced<'v>(&self, value: FluentValue<'v>) -> FluentValue<'v> {
        match (self.lang, value) {
            (Lang::Chinese, FluentValue::String(text)) => format!("{OPEN}{text}{CLOSE}").into(),
            (Lang::English | Lang::Chinese, value) => value,
        }
    }

    /// A failure in words. `peer` is the other side's name; an empty one becomes "the other computer".
    pub fn failure(&self, failure: &Failure, peer: &str) -> Spoken {
        let object = match &failure.object {
            Some(name) => self.with("quoted", [("name", name.as_str().into())]),
            None => noun(failure.kind).map_or_else(String::new, |id| self.t(id).to_owned()),
        };
        let peer = if peer.is_empty() { self.t("peer-unknown") } else { peer };
        let side = match failure.side {
            Side::Here => "here",
            Side::There => "there",
        };
        let say = |id: &str| {
            self.with(id, [("object", object.as_str().into()), ("peer", peer.into()), (SIDE, side.into())])
        };
        let id = format!("failure-{}", failure.kind.code());
        Spoken { what: say(&id), advice: say(&format!("{id}-advice")) }
    }

    /// A span of time: `28 s`, `3 min 5 s`, `2 h 10 min`.
    pub fn duration(&self, span: Duration) -> String {
        let secs = span.as_secs();
        let (minutes, hours) = (secs / 60, secs / 3600);
        if secs < 60 {
            self.with("duration-seconds", [("s", secs.into())])
        } else if hours == 0 {
            self.with("duration-minutes", [("m", minutes.into()), ("s", (secs % 60).into())])
        } else {
            self.with("duration-hours", [("h", hours.into()), ("m", (minutes % 60).into())])
        }
    }

    fn format(
        &self,
        id: &str,
        args: Option<&FluentArgs<'_>>,
        errors: &mut Vec<fluent_bundle::FluentError>,
    ) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        Some(self.bundle.format_pattern(pattern, args, errors).into_owned())
    }
}

/// The ids a `.ftl` file defines: what stands before ` = ` at the start of a line.
fn message_ids(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| line.split_once(" = ")).map(|(id, _)| id).filter(|id| {
        id.starts_with(|c: char| c.is_ascii_lowercase()) && !id.contains(|c: char| c.is_whitespace())
    })
}

/// Chinese typography wants a blank between a Chinese character and a Latin word or figure, and none between two
/// Chinese words. Only the code knows which of them a variable holds.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    let mut at_border = false;
    for c in text.chars() {
        if c == OPEN || c == CLOSE {
            at_border = true;
            continue;
        }
        let before = spaced.chars().next_back();
        let differ = |a: char, b: char| is_han(a) && b.is_ascii_alphanumeric();
        if at_border && before.is_some_and(|before| differ(before, c) || differ(c, before)) {
            spaced.push(' ');
        }
        at_border = false;
        spaced.push(c);
    }
    spaced
}

/// A character of the common Chinese blocks.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

/// What stands for the object of a failure that names none.
fn noun(kind: FailureKind) -> Option<&'static str> {
    use FailureKind as Kind;
    match kind {
        Kind::NoSuchFile
        | Kind::NotAFile
        | Kind::ReservedName
        | Kind::PathTooLong
        | Kind::LinkNotSent
        | Kind::LinkNowhere
        | Kind::NotReadable
        | Kind::ReadFailed
        | Kind::SourceChanged
        | Kind::WrongDigest
        | Kind::WriteFailed
        | Kind::AlreadyThere
        | Kind::IdentityUnusable
        | Kind::SettingsUnusable
        | Kind::DatabaseUnusable
        | Kind::ReceiptUnreadable
        | Kind::BadReceipt => Some("noun-file"),
        Kind::FolderMissing
        | Kind::FolderReadOnly
        | Kind::FolderForbidden
        | Kind::FolderUnusable
        | Kind::TransferInUse
        | Kind::HomeUnusable => Some("noun-folder"),
        Kind::BadAddress
        | Kind::NameNotFound
        | Kind::NobodyListens
        | Kind::Unreachable
        | Kind::NotSampan
        | Kind::WrongDevice
        | Kind::NoAddress
        | Kind::AddressInUse
        | Kind::CannotListen => Some("noun-address"),
        Kind::NoSuchTransfer
        | Kind::AmbiguousTransfer
        | Kind::SenderGoesOn
        | Kind::StillRunning
        | Kind::NoReceipt => Some("noun-transfer"),
        Kind::NothingToSend
        | Kind::BadCode
        | Kind::NotCareless
        | Kind::NobodyToAsk
        | Kind::TooManyFiles
        | Kind::PartsLeft
        | Kind::OtherVersion
        | Kind::Protocol
        | Kind::CodeNeeded
        | Kind::WrongCode
        | Kind::PairingBusy
        | Kind::PairingBroken
        | Kind::NoAccounts
        | Kind::PairingClosed
        | Kind::NotProven
        | Kind::NotAdmitted
        | Kind::NothingProven
        | Kind::AccountNeeded
        | Kind::WrongPassword
        | Kind::PasswordNotSafe
        | Kind::ConnectionLost
        | Kind::Closed
        | Kind::Superseded
        | Kind::Busy
        | Kind::Declined
        | Kind::NotAnswered
        | Kind::NotReceiving
        | Kind::Unsupported
        | Kind::OnlyAsked
        | Kind::NothingToResume
        | Kind::Cancelled
        | Kind::DiskFull
        | Kind::NoSuchDevice
        | Kind::AmbiguousDevice
        | Kind::NoSuchAccount
        | Kind::AccountExists
        | Kind::BadAccountName
        | Kind::BadPassword
        | Kind::NoPassword
        | Kind::Internal => None,
    }
}

#[cfg(test)]
mod tests;

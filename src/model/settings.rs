//! What a person can set, as it is kept in `settings.toml`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::{Conflict, DEFAULT_PORT};

/// How many addresses the address field remembers: what fits a short menu.
const RECENT_ADDRESSES: usize = 8;

/// A household's router, or an office's, shows one address to the outside; on one network each computer has its own.
const SESSIONS_PER_ADDRESS: u16 = 4;

/// Everything a person can set. Unknown keys of newer versions are ignored, missing ones have defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What this computer is called on other people's screens; empty = its host name.
    pub name: String,
    /// Where received files go; `None` = the system's Downloads.
    pub folder: Option<PathBuf>,
    /// The window's language.
    pub language: Language,
    /// The window's theme.
    pub theme: ThemeChoice,
    /// Whether computers that are not paired may ask.
    pub strangers: Strangers,
    /// Sessions that one address may have before it proves anything.
    pub sessions_per_address: u16,
    /// What happens to a file that differs from what has its name already, unless a person says otherwise.
    pub conflict: Conflict,
    /// How many bytes a second all transfers together may move; 0 = as many as can be.
    pub speed_limit: u64,
    /// The first port tried for receiving.
    pub port: u16,
    /// Addresses sent to, newest first.
    pub recent: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: String::new(),
            folder: None,
            language: Language::default(),
            theme: ThemeChoice::default(),
            strangers: Strangers::default(),
            sessions_per_address: SESSIONS_PER_ADDRESS,
            conflict: Conflict::default(),
            speed_limit: 0,
            port: DEFAULT_PORT,
            recent: Vec::new(),
        }
    }
}

impl Settings {
    /// How many bytes a second all transfers together may move; `None` = as many as can be.
    pub fn limit(&self) -> Option<u64> {
        Some(self.speed_limit).filter(|limit| *limit > 0)
    }

    /// Puts an address in front of the remembered ones.
    pub fn remember(&mut self, address: &str) {
        self.recent.retain(|known| known != address);
        self.recent.insert(0, address.to_owned());
        self.recent.truncate(RECENT_ADDRESSES);
    }
}

/// Whether computers that are not paired may ask whether their files are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strangers {
    /// With the code that is shown.
    #[default]
    WithCode,
    /// Not at all.
    NotAtAll,
}

/// The window's language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// What the system says.
    #[default]
    #[serde(rename = "system")]
    System,
    /// English.
    #[serde(rename = "en")]
    English,
    /// 简体中文.
    #[serde(rename = "zh-CN")]
    Chinese,
}

/// The window's theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// What the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_address_comes_first_once_and_the_oldest_is_forgotten() {
        let mut settings = Settings::default();
        for n in 0..20 {
            settings.remember(&format!("10.0.0.{n}"));
        }
        settings.remember("10.0.0.15");
        assert_eq!(settings.recent.len(), RECENT_ADDRESSES);
        assert_eq!(settings.recent.first().map(String::as_str), Some("10.0.0.15"));
        assert_eq!(settings.recent.iter().filter(|address| *address == "10.0.0.15").count(), 1);
    }
}

//! Pictures of the real window in every state, both themes, both languages and two sizes, without an engine:
//! `cargo run --example gallery -- FOLDER [WORD…]` draws all of them, or those whose names hold every WORD.

#![allow(clippy::unwrap_used, reason = "a gallery that cannot go on should stop")]

#[path = "../tests/it/views/states.rs"]
mod states;

#[path = "../tests/it/views/rows.rs"]
mod rows;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use eframe::egui::{self, ColorImage, ViewportCommand};
use eframe::icon_data::IconDataExt as _;
use sampan::engine::{Direction, Memory, Pairing, State};
use sampan::model::{Failure, FailureKind, Language, Pinning, ThemeChoice, Trust};
use sampan::texts::Lang;
use sampan::ui::shown::{Now, unfinished_key};
use sampan::ui::{Page, Screen, Sheet, options, prepare, theme_preference};

/// The window at its start, at its smallest, one that shows many rows, and one that shows a whole page.
const SIZES: [(&str, f32, f32); 4] =
    [("wide", 960.0, 640.0), ("small", 560.0, 420.0), ("tall", 560.0, 780.0), ("page", 760.0, 1350.0)];

/// States that need so long a page to be seen whole.
const LONG: [&str; 8] =
    ["settings", "devices", "paired", "folders", "folders-over", "limited", "receipts", "unfinished"];

/// Frames until sizes, fonts and the window manager have settled.
const SETTLE: u32 = 5;

/// Frames until a picture that never came is an error.
const LIMIT: u32 = 600;

struct Shot {
    name: String,
    state: State,
    setup: fn(&mut Screen, &State),
    size: egui::Vec2,
}

/// Entries of the plans that are shown, unless a state's name says otherwise.
const ENTRIES: u64 = 300;

/// As many as an offer of a whole archive may have.
const MANY: u64 = 1_000_000;

fn nothing(_: &mut Screen, _: &State) {}
fn files(screen: &mut Screen, state: &State) {
    for key in state.transfers.keys().take(2) {
        screen.toggle_files(*key);
    }
}
fn cancel(screen: &mut Screen, state: &State) {
    screen.come_to(Sheet::Cancel(*state.transfers.keys().next().unwrap()));
}
fn limit(screen: &mut Screen, state: &State) {
    screen.come_to(Sheet::Limit(*state.transfers.keys().next().unwrap()));
}
fn discard(screen: &mut Screen, state: &State) {
    screen.come_to(Sheet::Discard(unfinished_key(&state.unfinished[0])));
}
fn address(screen: &mut Screen, _: &State) {
    screen.set_address("192.168.1.6");
}
fn bad_address(screen: &mut Screen, _: &State) {
    screen.set_address("192.168.1.6:port");
}
fn settings(screen: &mut Screen, _: &State) {
    screen.go(Page::Settings);
}
fn pair(screen: &mut Screen, _: &State) {
    screen.go(Page::Settings);
    screen.come_to(Sheet::Pair);
}
fn leave(screen: &mut Screen, state: &State) {
    screen.ask_to_leave(state);
}
fn toast(screen: &mut Screen, state: &State) {
    screen.refresh(state, Now::look());
    screen.say("toast-copied");
}

fn shots() -> Vec<Shot> {
    type Setup = fn(&mut Screen, &State);
    let failed = |kind| Pairing::Failed(Failure::there(kind).about("192.168.1.6"));
    let mut paired = states::devices();
    paired.devices.truncate(2);
    let states: Vec<(&str, State, Setup)> = vec![
        ("empty", states::empty(), nothing),
        ("receiving", states::receiving(), nothing),
        ("receive-failed", states::receive_failed(), nothing),
        ("chosen", states::chosen(), address),
        ("unreadable", states::unreadable(), address),
        ("bad-address", states::chosen(), bad_address),
        ("prompt", states::prompt(), nothing),
        ("prompt-full", states::prompt_full(), nothing),
        ("prompt-folder", states::prompt_folder(), nothing),
        ("tree", states::tree(), nothing),
        ("tree-one", states::tree_one(), nothing),
        ("tree-full", states::tree_full(), nothing),
        ("tree-many", states::tree(), nothing),
        ("tree-hostile", states::tree(), nothing),
        ("folders", states::folders(), nothing),
        ("folders-over", states::folders_over(), files),
        ("folders-chosen", states::chosen_folders(), address),
        ("unfinished", states::unfinished(), nothing),
        ("discard", states::unfinished(), discard),
        ("cancel", states::with([states::folder(1, Direction::Incoming)]), cancel),
        ("limit", states::with([states::limited(1)]), limit),
        ("limited", states::with([states::limited(1), states::limited(2)]), nothing),
        ("receipts", states::receipts(), nothing),
        ("running", states::running(), nothing),
        ("failed", states::failed(), nothing),
        ("over", states::over(), nothing),
        ("settings", states::receiving(), settings),
        ("leave", states::running(), leave),
        ("desk-busy", states::desk_busy(), nothing),
        ("desk-closed", states::desk_closed(), nothing),
        ("no-strangers", states::no_strangers(), nothing),
        ("code", states::code_wanted(None), nothing),
        ("code-wrong", states::code_wanted(Some(FailureKind::WrongCode)), nothing),
        ("prompt-code", states::prompt_code(), nothing),
        ("prompt-anyone", states::prompt_by(&Trust::Anyone, Memory::NotOffered), nothing),
        ("prompt-namesake", states::prompt_namesake(), nothing),
        ("caller", states::caller(), nothing),
        ("devices", states::devices(), settings),
        ("paired", paired, settings),
        ("pair", states::receiving(), pair),
        ("pair-connecting", states::pairing(Pairing::Connecting), pair),
        ("pair-asking", states::pairing(Pairing::Asking), pair),
        ("pair-done", states::pair_done(Pinning::Mutual), pair),
        ("pair-one-sided", states::pair_done(Pinning::OneSided), pair),
        ("pair-failed", states::pairing(failed(FailureKind::WrongCode)), pair),
        ("readme", states::everyday(), nothing),
        ("toast", states::notice(), toast),
    ];
    let mut shots = Vec::new();
    for (name, state, setup) in states {
        for (lang_name, language) in [("en", Language::English), ("zh", Language::Chinese)] {
            for (theme_name, theme) in [("light", ThemeChoice::Light), ("dark", ThemeChoice::Dark)] {
                for (size_name, width, height) in SIZES {
                    if size_name == "page" && !LONG.contains(&name) {
                        continue;
                    }
                    let size = egui::vec2(width, height);
                    let mut state = state.clone();
                    state.settings.language = language;
                    state.settings.theme = theme;
                    let name = format!("{name}-{lang_name}-{theme_name}-{size_name}");
                    shots.push(Shot { name, state, setup, size });
                }
            }
        }
    }
    shots
}

struct Gallery {
    folder: PathBuf,
    shots: VecDeque<Shot>,
    current: Option<(Shot, Screen)>,
    rows: rows::Tree,
    frames: u32,
    waiting: bool,
    picture_tx: Sender<Arc<ColorImage>>,
    picture_rx: Receiver<Arc<ColorImage>>,
}

impl Gallery {
    fn next(&mut self, ctx: &egui::Context) {
        let Some(shot) = self.shots.pop_front() else {
            ctx.send_viewport_cmd(ViewportCommand::Close);
            return;
        };
        ctx.set_theme(theme_preference(shot.state.settings.theme));
        ctx.send_viewport_cmd(ViewportCommand::InnerSize(shot.size));
        let mut screen = Screen::new(&shot.state, Lang::English, None);
        self.rows = match shot.name.split('-').nth(1) {
            Some("one") => rows::Tree::of(3),
            Some("many") => rows::Tree::of(MANY),
            Some("hostile") => rows::Tree::hostile(ENTRIES),
            Some(_) | None => rows::Tree::of(ENTRIES),
        };
        (shot.setup)(&mut screen, &shot.state);
        (self.frames, self.waiting) = (0, false);
        self.current = Some((shot, screen));
    }
}

impl eframe::App for Gallery {
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        if let (Ok(picture), Some((shot, _))) = (self.picture_rx.try_recv(), &self.current) {
            let icon = egui::IconData {
                rgba: picture.as_raw().to_vec(),
                width: u32::try_from(picture.width()).unwrap(),
                height: u32::try_from(picture.height()).unwrap(),
            };
            std::fs::write(self.folder.join(format!("{}.png", shot.name)), icon.to_png_bytes().unwrap())
                .unwrap();
            self.current = None;
        }
        if self.current.is_none() {
            self.next(ctx);
        }
        ctx.request_repaint();
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        let Some((shot, screen)) = &mut self.current else { return };
        screen.refresh(&shot.state, Now::look());
        screen.pull(&shot.state, &self.rows);
        screen.ui(ui, &shot.state);
        self.frames += 1;
        assert!(self.frames < LIMIT, "no picture of {}", shot.name);
        let fits = (ui.ctx().content_rect().size() - shot.size).length() < 1.0;
        if fits && self.frames > SETTLE && !self.waiting {
            self.waiting = true;
            let picture_tx = self.picture_tx.clone();
            let callback = egui::ScreenshotCallback::new(move |picture| {
                picture_tx.send(picture).ok();
            });
            ui.ctx().send_viewport_cmd(ViewportCommand::Screenshot(callback));
        }
    }
}

fn main() {
    let mut args = std::env::args_os().skip(1);
    let folder = PathBuf::from(args.next().expect("gallery FOLDER [WORD…]"));
    let words: Vec<String> = args.map(|word| word.to_string_lossy().into_owned()).collect();
    std::fs::create_dir_all(&folder).unwrap();
    let wanted = |shot: &Shot| {
        words
            .iter()
            .all(|word| shot.name.split('-').any(|part| part == word) || shot.name.starts_with(word.as_str()))
    };
    let shots = shots().into_iter().filter(wanted).collect();
    let (picture_tx, picture_rx) = channel();
    let rows = rows::Tree::of(ENTRIES);
    let gallery =
        Gallery { folder, shots, current: None, rows, frames: 0, waiting: false, picture_tx, picture_rx };
    let create = |context: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        prepare(&context.egui_ctx);
        Ok(Box::new(gallery))
    };
    eframe::run_native("Sampan", options(), Box::new(create)).unwrap();
}

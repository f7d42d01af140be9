//! The program in the window: takes events in, hands wishes out.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui::{Context, Ui, UserAttentionType, ViewportCommand};
use tracing::{info, trace, warn};

use crate::engine::{Command, Engine, Event, ListenOn, PromptId, State};
use crate::model::FailureKind;
use crate::texts::Lang;
use crate::ui::act::{FolderFor, Wish};
use crate::ui::desktop::{Desktop, Reply};
use crate::ui::screen::{Screen, newest_question, prompts, theme_preference};
use crate::ui::shown::Now;

/// Longest time a frame spends on events; the rest comes with the next frame.
const DRAIN: Duration = Duration::from_millis(8);

/// When the engine is asked again that had too much to do.
const RETRY: Duration = Duration::from_millis(50);

/// The window's program.
pub(super) struct App {
    /// `None` once it is shut down.
    engine: Option<Engine>,
    state: State,
    screen: Screen,
    desktop: Desktop,
    /// Commands the engine had no room for yet.
    waiting: VecDeque<Command>,
    /// What a person wants and only the logic may do, because it needs the window.
    wishes: Vec<Wish>,
    /// The newest question the window asked for attention for.
    asked: Option<PromptId>,
    /// A person said to quit, whatever goes on.
    leaves: bool,
    /// Until the first frame.
    started: Option<Instant>,
}

impl App {
    pub(super) fn new(
        ctx: &Context,
        engine: Engine,
        state: State,
        system: Lang,
        listen: Option<ListenOn>,
        started: Instant,
    ) -> Self {
        ctx.set_theme(theme_preference(state.settings.theme));
        Self {
            engine: Some(engine),
            screen: Screen::new(&state, system, listen),
            state,
            desktop: Desktop::new(ctx.clone()),
            waiting: VecDeque::new(),
            wishes: Vec::new(),
            asked: None,
            leaves: false,
            started: Some(started),
        }
    }

    /// Takes in what the engine said.
    fn drain(&mut self, ctx: &Context) {
        let Some(engine) = &self.engine else { return };
        let start = Instant::now();
        let mut changed = false;
        while let Some(event) = engine.next_event() {
            self.state.apply(&event);
            self.screen.hear(&event);
            changed = true;
            if let Some(files) = not_reached(&event, &self.state) {
                self.waiting.push_back(Command::Choose(files));
            }
            if let Event::Settings(_) | Event::Snapshot(_) = event {
                ctx.set_theme(theme_preference(self.state.settings.theme));
            }
            if start.elapsed() > DRAIN {
                ctx.request_repaint();
                break;
            }
        }
        if changed {
            self.screen.refresh(&self.state, Now::look());
            self.call_for_attention(ctx);
        }
    }

    /// A new question makes the window blink in the task bar.
    fn call_for_attention(&mut self, ctx: &Context) {
        let newest = newest_question(&self.state);
        if newest > self.asked {
            self.asked = newest;
            ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(UserAttentionType::Informational));
        }
    }

    /// Takes in what the desktop answered.
    fn replies(&mut self) {
        while let Some(reply) = self.desktop.reply() {
            match reply {
                Reply::Files(files) => self.waiting.push_back(Command::Choose(files)),
                Reply::Folder(FolderFor::Received, folder) => {
                    let settings =
                        crate::model::Settings { folder: Some(folder), ..self.state.settings.clone() };
                    self.waiting.push_back(Command::Configure(settings));
                }
                Reply::Folder(FolderFor::Prompt(prompt), folder) => {
                    self.waiting.push_back(Command::Retarget { prompt, folder });
                }
                Reply::Folder(FolderFor::Receipt(transfer), folder) => {
                    self.waiting.push_back(Command::Export { transfer, folder });
                }
                Reply::NothingToPaste => self.screen.say("toast-nothing-to-paste"),
                Reply::NotOpened => self.screen.say("toast-open-failed"),
                Reply::NoDialog => self.screen.say("toast-no-dialog"),
                Reply::Dismissed => {}
            }
        }
    }

    fn fulfil(&mut self, wish: Wish, ctx: &Context, frame: &eframe::Frame) {
        match wish {
            Wish::Ask(command) => self.waiting.push_back(command),
            Wish::PickFiles => self.desktop.pick_files(self.screen.texts().t("dialog-files"), frame),
            Wish::PickFolders => self.desktop.pick_folders(self.screen.texts().t("dialog-folders"), frame),
            Wish::PickFolder(what_for) => {
                let asked = |id| prompts(&self.state).find(|(_, prompt)| prompt.id == id);
                let (start, title) = match what_for {
                    FolderFor::Received => (None, "dialog-folder"),
                    FolderFor::Prompt(id) => {
                        (asked(id).map(|(_, prompt)| prompt.folder.clone()), "dialog-folder")
                    }
                    FolderFor::Receipt(_) => (None, "dialog-receipt"),
                };
                let start = start.unwrap_or_else(|| self.state.device.folder.clone());
                self.desktop.pick_folder(self.screen.texts().t(title), what_for, start, frame);
            }
            Wish::Paste => self.desktop.paste(),
            Wish::Open(folder) => self.desktop.open(folder),
            Wish::Leave => {
                self.leaves = true;
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
        }
    }

    /// Hands commands to the engine, in their order.
    fn hand_over(&mut self, ctx: &Context) {
        let Some(engine) = &self.engine else { return };
        while let Some(command) = self.waiting.pop_front() {
            if let Err(error) = engine.command(command.clone()) {
                warn!(%error, "trying again");
                self.waiting.push_front(command);
                ctx.request_repaint_after(RETRY);
                break;
            }
        }
    }
}

/// Files of a transfer that never reached anybody: back among the chosen ones, since the address is what to mend.
fn not_reached(event: &Event, state: &State) -> Option<Vec<PathBuf>> {
    let Event::Finished { transfer, ending } = event else { return None };
    let missed = matches!(
        ending.failure.as_ref()?.kind,
        FailureKind::NameNotFound
            | FailureKind::NobodyListens
            | FailureKind::Unreachable
            | FailureKind::NotSampan
            | FailureKind::NoAddress
    );
    let row = state.transfers.get(transfer)?;
    (missed && state.chosen.is_empty()).then(|| row.sources.clone())
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, frame: &mut eframe::Frame) {
        if ctx.input(|input| input.viewport().close_requested()) && !self.leaves && self.state.is_busy() {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.screen.ask_to_leave(&self.state);
        }
        for wish in std::mem::take(&mut self.wishes) {
            self.fulfil(wish, ctx, frame);
        }
        self.replies();
        self.hand_over(ctx);
        self.drain(ctx);
        if let Some(wait) = self.screen.age(&self.state, Now::look()) {
            ctx.request_repaint_after(wait);
        }
        if let Some(engine) = &self.engine {
            self.screen.pull(&self.state, engine);
        }
        let now = ctx.input(|input| input.time);
        if let Some(until) = self.screen.tick(now) {
            ctx.request_repaint_after(Duration::from_secs_f64((until - now).max(0.0)));
        }
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        // tests/windows/measure.sh counts these. The time is that of the one before, drawing and all.
        let last = frame.info().cpu_usage.unwrap_or_default();
        trace!(ms = last * 1000.0, "frame");
        let wishes = self.screen.ui(ui, &self.state);
        if !wishes.is_empty() {
            self.wishes.extend(wishes);
            ui.ctx().request_repaint(); // the logic runs before the drawing
        }
        if self.screen.is_hungry(&self.state) {
            ui.ctx().request_repaint();
        }
        if let Some(started) = self.started.take() {
            let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            info!(millis, "first frame");
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if let Some(engine) = self.engine.take() {
            engine.shutdown();
        }
    }
}

//! Commands in: each is handed to a task of its own, so that none keeps the next one waiting.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::engine::choosing::Choosing;
use crate::engine::core::{Core, PromptOrder};
use crate::engine::keeping::keep_settings;
use crate::engine::listening::Listening;
use crate::engine::outgoing::Parcel;
use crate::engine::{
    Command, Event, Lasting, ListenOn, Receiving, Target, discard, exporting, outgoing, pairing,
};
use crate::model::{Code, Failure, FailureKind, Moment, Settings, size};
use crate::storage::Folder;

/// How long it is kept that a transfer was delivered: a sender that never heard so may ask again.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// Carries out commands until the engine stops.
pub(super) async fn run(
    core: Arc<Core>,
    mut commands: mpsc::Receiver<Command>,
    again: mpsc::WeakSender<Command>,
) {
    let core_there = Arc::clone(&core);
    core.spawn(async move { forget_old(&core_there).await });
    let receiving = core.stop.child_token();
    let pairing = core.stop.child_token();
    let choosing = Choosing::new(&core);
    let mut supervisor = Supervisor { listening: None, receiving, choosing, pairing, commands: again, core };
    loop {
        let command = tokio::select! {
            command = commands.recv() => command,
            () = supervisor.core.stop.cancelled() => None,
        };
        match command {
            Some(command) => supervisor.obey(command),
            None => return,
        }
    }
}

/// Forgets what was delivered long ago: nobody asks for it again.
async fn forget_old(core: &Core) {
    let now = Moment::from(SystemTime::now());
    let before = Moment::from_secs(now.as_secs().saturating_sub(KEPT.as_secs()));
    if let Err(failure) = core.records.purge(before).await {
        core.fact(Event::Notice(failure));
    }
}

struct Supervisor {
    core: Arc<Core>,
    listening: Option<Listening>,
    /// Ends when Receive is switched off, but not when the port changes.
    receiving: CancellationToken,
    choosing: Choosing,
    /// Ends the pairing that was begun here.
    pairing: CancellationToken,
    /// For what the engine asks of itself.
    commands: mpsc::WeakSender<Command>,
}

impl Supervisor {
    fn obey(&mut self, command: Command) {
        match command {
            Command::Receive { on, lasting } => self.receive(on, lasting),
            Command::StopReceiving => self.stop_receiving(),
            Command::Choose(paths) => self.choosing.add(paths),
            Command::Unchoose(path) => self.choosing.remove(path),
            Command::UnchooseAll => self.choosing.clear(),
            Command::Send { paths, links, purpose, to, with } => {
                outgoing::start(&self.core, Parcel { paths, links, purpose }, to, with);
            }
            Command::Continue { transfer, with } => outgoing::go_on(&self.core, transfer, with),
            Command::Discard { direction, transfer, peer } => {
                discard::discard(&self.core, direction, transfer, peer);
            }
            Command::LookAtUnfinished => {
                let core = Arc::clone(&self.core);
                self.core.spawn(async move { core.tell_unfinished().await });
            }
            Command::Limit(transfer, limit) => {
                if self.core.transfers.limit(transfer, limit) {
                    self.core.fact(Event::Limited { transfer, limit });
                }
            }
            Command::Pause(transfer, wish) => self.core.transfers.pause(transfer, wish),
            Command::Pair { to, code } => self.pair(to, code),
            Command::CancelPair => self.pairing.cancel(),
            Command::EnterCode { transfer, code, remember } => {
                self.core.codes.answer(&transfer, (code, remember));
            }
            Command::OpenPairing => self.core.desk.reopen(&self.core),
            Command::SetPolicy { device, policy } => {
                self.change_devices(move |core| async move {
                    core.records.set_policy(&device, policy).await.map(drop)
                });
            }
            Command::Forget(device) => {
                self.change_devices(move |core| async move { core.records.forget(&device).await.map(drop) });
            }
            Command::LookAtDevices => self.change_devices(|_| async { Ok(()) }),
            Command::AnswerPairing { prompt, remember } => self.core.callers.answer(&prompt, remember),
            Command::Decide { prompt, answer } => {
                self.core.prompts.answer(&prompt, PromptOrder::Answer(answer));
            }
            Command::Retarget { prompt, folder } => {
                self.core.prompts.answer(&prompt, PromptOrder::Retarget(folder));
            }
            Command::Arrange { prompt, choices } => {
                self.core.prompts.answer(&prompt, PromptOrder::Arrange(choices));
            }
            Command::Cancel { transfer, leftover } => self.core.transfers.cancel(transfer, leftover),
            Command::Export { transfer, folder } => exporting::export(&self.core, transfer, folder),
            Command::Dismiss(transfer) => {
                if self.core.transfers.dismiss(transfer) {
                    self.core.fact(Event::Dismissed(transfer));
                }
            }
            Command::Configure(settings) => self.configure(&settings),
        }
    }

    fn receive(&mut self, on: ListenOn, lasting: Lasting) {
        if let Some(listening) = self.listening.as_mut().filter(|listening| listening.on == on) {
            return listening.stay(&self.core, lasting, &self.commands);
        }
        self.listening = None;
        self.listening = Listening::start(&self.core, on, lasting, &self.receiving, &self.commands);
        self.look_at_folder();
    }

    /// Says at once what is wrong with the folder, and what a receiver that was killed left in it. Neither keeps anybody
    /// from receiving: a disk may come later, and another folder can be chosen for each offer.
    fn look_at_folder(&self) {
        let core = Arc::clone(&self.core);
        self.core.spawn(async move {
            let unfinished = core.records.unfinished().await.unwrap_or_default();
            let known: Vec<_> = unfinished.iter().map(|one| (one.peer, one.transfer)).collect();
            let looking = Arc::clone(&core);
            let look = move || {
                looking.ensure_downloads();
                let folder = Folder::open(&looking.folder())?;
                folder.check_writable()?;
                folder.leftovers(&known)
            };
            match spawn_blocking(look).await {
                Ok(Ok(left)) if left.count > 0 => {
                    let object = format!("{} .part ({})", left.count, size::human(left.bytes));
                    core.fact(Event::Notice(Failure::here(FailureKind::PartsLeft).about(object)));
                }
                Ok(Err(error)) => core.fact(Event::Notice(error.failure())),
                Ok(Ok(_)) | Err(_) => {}
            }
        });
    }

    fn stop_receiving(&mut self) {
        self.listening = None;
        self.core.desk.put_away(&self.core);
        self.receiving.cancel();
        self.receiving = self.core.stop.child_token();
        self.core.fact(Event::Receiving(Receiving::Off));
    }

    fn pair(&mut self, to: Target, code: Code) {
        self.pairing.cancel(); // one at a time
        self.pairing = self.core.stop.child_token();
        self.core.spawn(pairing::run(Arc::clone(&self.core), to, code, self.pairing.clone()));
    }

    /// Changes what is remembered, and tells what is so now.
    fn change_devices<F>(&self, change: impl FnOnce(Arc<Core>) -> F)
    where
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let core = Arc::clone(&self.core);
        let changed = change(Arc::clone(&core));
        self.core.spawn(async move {
            if let Err(failure) = changed.await {
                core.fact(Event::Notice(failure));
            }
            core.tell_devices().await;
        });
    }

    fn configure(&mut self, settings: &Settings) {
        // The addresses are not the window's to set: its copy may be older than what was remembered since.
        let mut before = self.core.settings();
        let settings = self.core.change_settings(|now| {
            before = now.clone();
            *now = Settings { recent: std::mem::take(&mut now.recent), ..settings.clone() };
        });
        self.core.fact(Event::Settings(Box::new(settings.clone())));
        self.core.fact(Event::Device { name: self.core.device_name(), folder: self.core.folder() });
        if let Some(Listening { on: ListenOn::Any { .. }, lasting, .. }) = self.listening
            && before.port != settings.port
        {
            self.receive(ListenOn::Any { port: settings.port }, lasting);
        }
        if self.listening.is_some() {
            self.core.desk.put_out(&self.core);
        }
        keep_settings(&self.core);
    }
}

//! States made by hand, one for everything the window can look like. The view tests and the gallery share them.

use std::time::{Duration, Instant, SystemTime};

use sampan::engine::{
    Caller, Choices, Chosen, CodeWanted, DeskDoor, DeskView, Direction, Ending, Guess, Holds, Lasting,
    Measured, Memory, Named, Pairing, Peer, Progress, Prompt, PromptId, Receiving, State, ThisDevice,
    Transfer, TransferKey,
};
use sampan::model::{
    Conflict, DeviceId, DeviceName, Failure, FailureKind, Links, LocalEnd, Moment, Outcome, PairedDevice,
    Paused, Pinning, PlanSummary, Policy, Settings, Strangers, TransferId, TransferState, Trust, Unfinished,
};

/// The computer all pictures show.
pub(crate) fn empty() -> State {
    let device = ThisDevice {
        name: DeviceName::new("studio").unwrap(),
        id: DeviceId::from_bytes([0x5a; 32]),
        fingerprint: DeviceId::from_bytes([0x5a; 32]).fingerprint(),
        folder: "/home/mei/Downloads".into(),
    };
    State::new(device, Settings::default())
}

/// Receive is on.
pub(crate) fn receiving() -> State {
    let dial = ["192.168.1.20:7267", "10.8.0.3:7267", "[fd00::20]:7267", "[fd00::21]:7267"];
    let receiving = Receiving::On {
        bound: vec!["[::]:7267".parse().unwrap()],
        dial: dial.map(|address| address.parse().unwrap()).to_vec(),
        lasting: Lasting::UntilOff,
        until: None,
    };
    State { receiving, desk: Some(desk(shows())), ..empty() }
}

/// In the middle of a minute, so that a test may be slow.
fn minutes(minutes: u64) -> Instant {
    Instant::now() + Duration::from_secs(minutes * 60 - 30)
}

fn ago(span: Duration) -> SystemTime {
    SystemTime::now() - span
}

fn shows() -> DeskDoor {
    DeskDoor::Shows { code: "123456".parse().unwrap(), until: minutes(9) }
}

fn desk(door: DeskDoor) -> DeskView {
    DeskView { door, guesses: Vec::new() }
}

/// Somebody types the code at this moment, and others did before.
pub(crate) fn desk_busy() -> State {
    let guess = |address: &str, minutes: u64| Guess {
        address: address.to_owned(),
        at: ago(Duration::from_secs(minutes * 60 + 5)),
    };
    let guesses = vec![guess("192.168.1.77", 140), guess("fd00::bad", 3)];
    State { desk: Some(DeskView { door: DeskDoor::Busy, guesses }), ..receiving() }
}

/// Too many typed a wrong code.
pub(crate) fn desk_closed() -> State {
    let guesses = (1..6)
        .rev()
        .map(|n| Guess { address: format!("192.168.1.{n}"), at: ago(Duration::from_secs(n * 60 + 5)) });
    let desk = DeskView { door: DeskDoor::Closed { until: minutes(5) }, guesses: guesses.collect() };
    State { desk: Some(desk), ..receiving() }
}

/// Strangers may not ask, and Receive is on for a while.
pub(crate) fn no_strangers() -> State {
    let mut state = State { desk: None, ..receiving() };
    state.settings.strangers = Strangers::NotAtAll;
    if let Receiving::On { lasting, until, .. } = &mut state.receiving {
        *lasting = Lasting::For(Duration::from_mins(10));
        *until = Some(minutes(8));
    }
    state
}

/// A paired computer.
pub(crate) fn paired(byte: u8, name: &str, policy: Policy, pinning: Pinning, seen: Duration) -> PairedDevice {
    let seen_at = Moment::from(ago(seen));
    PairedDevice {
        id: DeviceId::from_bytes([byte; 32]),
        name: DeviceName::new(name).unwrap(),
        policy,
        address: (byte != 0x33).then(|| format!("192.168.1.{byte}").parse().unwrap()),
        paired_at: seen_at,
        seen_at,
        discovery: None,
        pinning,
    }
}

/// Computers are paired, one of them with a name that is as bad as names can be.
pub(crate) fn devices() -> State {
    let devices = vec![
        paired(0xc3, "ANNA-PC", Policy::Ask, Pinning::Mutual, Duration::from_secs(190)),
        paired(0x22, "工作室的电脑", Policy::Accept, Pinning::OneSided, Duration::from_hours(50)),
        paired(0x33, &"舢".repeat(64), Policy::Block, Pinning::Mutual, Duration::from_hours(5)),
    ];
    State { devices, ..chosen() }
}

/// ANNA-PC shows a code that has to be typed here; `last` is what was wrong with the one before.
pub(crate) fn code_wanted(last: Option<FailureKind>) -> State {
    let mut row = transfer(4, Direction::Outgoing, TransferState::NeedsCode);
    row.peer = Peer::at("192.168.1.6".to_owned());
    let until = minutes(10);
    row.code_wanted = Some(CodeWanted { last: last.map(Failure::there), until });
    with([row])
}

/// An offer of somebody who is proven like this, and may be remembered like that.
pub(crate) fn prompt_by(trust: &Trust, memory: Memory) -> State {
    let mut state = prompt();
    for row in state.transfers.values_mut() {
        row.peer.trust = Some(trust.clone());
        if let Some(prompt) = &mut row.prompt {
            prompt.memory = memory;
        }
    }
    state
}

/// An offer of a computer that proved the code.
pub(crate) fn prompt_code() -> State {
    prompt_by(&Trust::Code, Memory::Wished)
}

/// An offer of somebody who calls himself like a paired computer, and worse.
pub(crate) fn prompt_namesake() -> State {
    let mut state = prompt_by(&Trust::Code, Memory::Offered);
    for row in state.transfers.values_mut() {
        row.peer.name = DeviceName::new(&"舢".repeat(64));
        row.peer.is_namesake = true;
    }
    state
}

/// ANNA-PC came only to be remembered.
pub(crate) fn caller() -> State {
    let peer = Peer { trust: Some(Trust::Code), remembers_us: true, ..anna() };
    State { callers: vec![Caller { id: PromptId(11), peer, until: minutes(9) }], ..receiving() }
}

/// A pairing that was begun here.
pub(crate) fn pairing(pairing: Pairing) -> State {
    State { pairing, ..receiving() }
}

/// It ended well, on both sides or on this one.
pub(crate) fn pair_done(pinning: Pinning) -> State {
    let device = paired(0xc3, "ANNA-PC", Policy::Ask, pinning, Duration::ZERO);
    pairing(Pairing::Done { device: Box::new(device) })
}

/// Receive could not be switched on.
pub(crate) fn receive_failed() -> State {
    let failure = Failure::here(FailureKind::AddressInUse).about("0.0.0.0:7267");
    State { receiving: Receiving::Failed(failure), ..empty() }
}

/// Files are chosen.
pub(crate) fn chosen() -> State {
    let names = [
        ("holiday.zip", 4_200_000_000),
        ("报告 2026.pdf", 1_250_000),
        (
            "a very long file name that nobody can read to its end because there is no room for all of it.tar.zst",
            0,
        ),
        ("meeting notes 🎉.md", 5_300),
    ];
    let chosen = names.map(|(name, bytes)| Chosen {
        path: format!("/home/mei/{name}").into(),
        name: name.to_owned(),
        holds: Ok(Holds::File { bytes }),
    });
    let mut state = State { chosen: chosen.to_vec(), ..receiving() };
    state.settings.recent = vec!["192.168.1.6".to_owned(), "anna.local:7270".to_owned()];
    state
}

/// Files and folders are chosen; one folder is still counted, and of another one not all can be sent.
pub(crate) fn chosen_folders() -> State {
    let mut state = chosen();
    let folder = |name: &str, holds| Chosen {
        path: format!("/home/mei/{name}").into(),
        name: format!("{name}/"),
        holds: Ok(holds),
    };
    let holiday = Measured { files: 312, folders: 14, links: 0, bytes: 4_200_000_000, passed: 0 };
    let site = Measured { files: 10_204, folders: 900, links: 3, bytes: 812_000_000, passed: 2 };
    state.chosen.truncate(2);
    state.chosen.extend([
        folder("holiday", Holds::Folder(holiday)),
        folder("网站", Holds::Folder(site)),
        folder("backup", Holds::Counting),
    ]);
    state
}

/// One of the chosen files cannot be read.
pub(crate) fn unreadable() -> State {
    let mut state = chosen();
    state.chosen.insert(
        1,
        Chosen {
            path: "/srv/secret.key".into(),
            name: "secret.key".to_owned(),
            holds: Err(Failure::here(FailureKind::NotReadable).about("secret.key")),
        },
    );
    state
}

fn anna() -> Peer {
    Peer {
        name: DeviceName::new("ANNA-PC"),
        id: Some(DeviceId::from_bytes([0xc3; 32])),
        trust: Some(Trust::Paired),
        ..Peer::at("192.168.1.6".to_owned())
    }
}

/// A transfer of some files from or to ANNA-PC.
pub(crate) fn transfer(key: u64, direction: Direction, state: TransferState) -> Transfer {
    Transfer {
        key: TransferKey(key),
        direction,
        peer: anna(),
        id: Some(TransferId::from_bytes([u8::try_from(key).unwrap(); 16])),
        left_out: 0,
        plan: None,
        paused: Paused::default(),
        limit: None,
        names: [("holiday.zip", 4_190_000_000), ("报告 2026.pdf", 1_200_000), ("meeting notes.md", 5_300)]
            .map(|(name, bytes)| Named { name: name.to_owned(), bytes: Some(bytes) })
            .to_vec(),
        files: 312,
        bytes: 4_200_000_000,
        folder: (direction == Direction::Incoming).then(|| "/home/mei/Downloads".into()),
        state,
        progress: Progress::default(),
        prompt: None,
        code_wanted: None,
        ending: None,
        exported: None,
        sources: match direction {
            Direction::Outgoing => vec!["/home/mei/holiday.zip".into()],
            Direction::Incoming => Vec::new(),
        },
    }
}

/// A transfer that moves.
pub(crate) fn moving(key: u64, direction: Direction) -> Transfer {
    let progress = Progress {
        bytes: 1_900_000_000,
        files: 120,
        rate: 82_000_000,
        time_left: Some(Duration::from_secs(28)),
        answer_left: None,
    };
    Transfer { progress, ..transfer(key, direction, TransferState::Moving) }
}

/// A transfer that ended.
pub(crate) fn ended(
    key: u64,
    direction: Direction,
    outcome: Outcome,
    failure: Option<Failure>,
    saved: u64,
) -> Transfer {
    let bytes = if saved == 312 { 4_200_000_000 } else { saved * 13_000_000 };
    Transfer {
        progress: Progress { bytes, files: saved, ..Progress::default() },
        ending: Some(Ending {
            outcome,
            failure,
            saved,
            failed: if outcome == Outcome::Partial { 312 - saved } else { 0 },
            skipped: 0,
            unwanted: 0,
            bytes,
            took: Duration::from_secs(51),
            single: None,
        }),
        ..transfer(key, direction, TransferState::Finished(outcome))
    }
}

/// A state with these rows.
pub(crate) fn with(rows: impl IntoIterator<Item = Transfer>) -> State {
    State { transfers: rows.into_iter().map(|row| (row.key, row)).collect(), ..receiving() }
}

/// An offer that waits for an answer; `free` is the room in its folder.
pub(crate) fn asked(free: Result<u64, Failure>) -> State {
    let mut row = transfer(1, Direction::Incoming, TransferState::Waiting);
    row.progress.answer_left = Some(Duration::from_secs(9 * 60 + 41));
    row.prompt = Some(Prompt {
        id: PromptId(7),
        folder: "/home/mei/Downloads".into(),
        free,
        needed: 4_200_000_000,
        plan: PlanSummary { new: 312, bytes: 4_200_000_000, needed: 4_200_000_000, ..PlanSummary::default() },
        choices: Choices::default(),
        time: Duration::from_mins(10),
        memory: Memory::NotOffered,
    });
    with([row])
}

/// An offer that fits.
pub(crate) fn prompt() -> State {
    asked(Ok(96_000_000_000))
}

/// An offer that does not fit.
pub(crate) fn prompt_full() -> State {
    asked(Ok(400_000_000))
}

/// An offer whose folder cannot be written.
pub(crate) fn prompt_folder() -> State {
    asked(Err(Failure::here(FailureKind::FolderReadOnly).about("/home/mei/Downloads")))
}

/// An offer of a folder of which something is here already, and how many entries [`Tree`](super::rows) gives it.
pub(crate) fn tree() -> State {
    let mut state = prompt();
    for row in state.transfers.values_mut() {
        row.names = folder_names();
        row.files = 300;
        row.bytes = 3_900_000_000;
        row.plan = Some(tree_plan());
        if let Some(prompt) = &mut row.prompt {
            prompt.plan = tree_plan();
            prompt.needed = 2_100_000_000;
        }
    }
    state
}

/// The same, and it does not fit.
pub(crate) fn tree_full() -> State {
    let mut state = tree();
    for row in state.transfers.values_mut() {
        if let Some(prompt) = &mut row.prompt {
            prompt.free = Ok(400_000_000);
        }
    }
    state
}

/// An offer of a folder with one file in it, which is here already.
pub(crate) fn tree_one() -> State {
    let mut state = tree();
    for row in state.transfers.values_mut() {
        row.files = 1;
        row.bytes = 8_000_000;
        let plan = PlanSummary { identical: 1, ..PlanSummary::default() };
        row.plan = Some(plan);
        if let Some(prompt) = &mut row.prompt {
            prompt.plan = plan;
            prompt.needed = plan.needed;
        }
    }
    state
}

fn folder_names() -> Vec<Named> {
    [("holiday/", 0), ("holiday/2026-07-01/", 0), ("holiday/2026-07-01/IMG_0001.jpg", 8_000_000)]
        .map(|(name, bytes)| Named { name: name.to_owned(), bytes: Some(bytes) })
        .to_vec()
}

fn tree_plan() -> PlanSummary {
    PlanSummary {
        new: 251,
        identical: 40,
        continued: 1,
        restarted: 0,
        differing: 7,
        blocked: 1,
        bytes: 2_100_000_000,
        needed: 2_100_000_000,
        free: 96_000_000_000,
        conflict: Conflict::KeepBoth,
    }
}

/// A folder that moves.
pub(crate) fn folder(key: u64, direction: Direction) -> Transfer {
    Transfer { names: folder_names(), plan: Some(tree_plan()), ..moving(key, direction) }
}

/// A folder that somebody paused.
pub(crate) fn paused(key: u64, here: bool, there: bool) -> Transfer {
    Transfer { paused: Paused { here, there }, ..folder(key, Direction::Outgoing) }
}

/// A folder that moves no faster than somebody here wants.
pub(crate) fn limited(key: u64) -> Transfer {
    let slow = folder(key, Direction::Incoming);
    let progress = Progress { rate: 1_500_000, time_left: Some(Duration::from_secs(1_533)), ..slow.progress };
    Transfer { limit: Some(1_500_000), progress, ..slow }
}

/// Delivered folders, each way, whose receipts were saved; one to a place with a name as bad as names can be.
pub(crate) fn receipts() -> State {
    let mut out = ended(1, Direction::Outgoing, Outcome::Delivered, None, 312);
    let mut came = ended(2, Direction::Incoming, Outcome::Delivered, None, 312);
    out.exported = Some("/home/mei/Documents/01010101.receipt".into());
    came.exported = Some(format!("/srv/{}/02020202.receipt", "舢".repeat(60)).into());
    let unsaved = ended(3, Direction::Incoming, Outcome::Delivered, None, 312);
    for row in [&mut out, &mut came] {
        row.names = folder_names();
    }
    with([out, came, unsaved])
}

/// Folders in the states that only trees have.
pub(crate) fn folders() -> State {
    let lost = Transfer { state: TransferState::Reconnecting, ..folder(2, Direction::Outgoing) };
    let comparing =
        Transfer { names: folder_names(), ..transfer(1, Direction::Incoming, TransferState::Planning) };
    with([comparing, lost, paused(3, true, false), paused(4, false, true), folder(5, Direction::Incoming)])
}

/// Folders that ended: in part, with most of it there already, and cancelled.
pub(crate) fn folders_over() -> State {
    let names = folder_names();
    let changed = Failure::here(FailureKind::SourceChanged).about("IMG_0007.jpg");
    let mut part = ended(1, Direction::Outgoing, Outcome::Partial, Some(changed), 311);
    let mut most = ended(2, Direction::Incoming, Outcome::Delivered, None, 12);
    let cancelled = Failure::here(FailureKind::Cancelled);
    let mut stopped = ended(3, Direction::Incoming, Outcome::Cancelled, Some(cancelled), 180);
    for row in [&mut part, &mut most, &mut stopped] {
        row.names.clone_from(&names);
    }
    most.plan = Some(PlanSummary { identical: 300, ..PlanSummary::default() });
    if let Some(ending) = &mut most.ending {
        ending.skipped = 300;
    }
    with([part, most, stopped])
}

/// Transfers that were interrupted, one each way, and one with a name as bad as names can be.
pub(crate) fn unfinished() -> State {
    let one = |byte: u8, label: &str, files, minutes: u64, end| Unfinished {
        transfer: TransferId::from_bytes([byte; 16]),
        peer: DeviceId::from_bytes([0xc3; 32]),
        peer_name: DeviceName::new("ANNA-PC"),
        label: label.to_owned(),
        files,
        bytes: 4_200_000_000,
        at: Moment::from(ago(Duration::from_secs(minutes * 60 + 5))),
        end,
    };
    let sources = |source: &str| LocalEnd::Sources {
        sources: vec![source.into()],
        links: Links::Keep,
        address: "192.168.1.6".parse().unwrap(),
    };
    let folder = LocalEnd::Folder { folder: "/home/mei/Downloads".into() };
    let mut unnamed = one(0x77, &"舢".repeat(80), 1, 60 * 24 * 6, sources("/home/mei/x"));
    unnamed.peer_name = None;
    let unfinished = vec![
        one(0x55, "holiday", 312, 12, sources("/home/mei/holiday")),
        one(0x66, "projects/", 10_204, 60 * 5, folder),
        unnamed,
    ];
    State { unfinished, ..receiving() }
}

/// Everything that goes on at once.
pub(crate) fn running() -> State {
    let mut waiting = transfer(5, Direction::Outgoing, TransferState::Waiting);
    waiting.progress.answer_left = Some(Duration::from_secs(581));
    with([
        transfer(1, Direction::Outgoing, TransferState::Connecting),
        transfer(2, Direction::Outgoing, TransferState::Checking),
        moving(3, Direction::Incoming),
        moving(4, Direction::Outgoing),
        waiting,
    ])
}

/// What went wrong, with what to do about it.
pub(crate) fn failed() -> State {
    let changed = Failure::here(FailureKind::SourceChanged).about("报告 2026.pdf").because("mtime moved");
    let full = Failure::here(FailureKind::DiskFull).because("No space left on device (os error 28)");
    let lost = Failure::there(FailureKind::ConnectionLost).because("connection reset by peer");
    let rows = with([
        ended(3, Direction::Outgoing, Outcome::Interrupted, Some(lost), 180),
        ended(4, Direction::Outgoing, Outcome::Partial, Some(changed), 311),
        ended(5, Direction::Incoming, Outcome::Failed, Some(full), 0),
    ]);
    State { receiving: Receiving::Off, ..rows }
}

/// Ways to end in which nothing is broken.
pub(crate) fn over() -> State {
    with([
        ended(1, Direction::Outgoing, Outcome::Cancelled, Some(Failure::here(FailureKind::Cancelled)), 0),
        ended(2, Direction::Outgoing, Outcome::Declined, Some(Failure::there(FailureKind::Declined)), 0),
        ended(6, Direction::Outgoing, Outcome::Delivered, None, 312),
        report(9),
    ])
}

/// Something went wrong outside of any transfer.
pub(crate) fn notice() -> State {
    let mut state = chosen();
    let failure = Failure::here(FailureKind::SettingsUnusable).about("settings.toml");
    state.notices.push_back((0, failure));
    state.notices_seen = 1;
    state
}

/// One small file that arrived.
fn report(key: u64) -> Transfer {
    let mut row = Transfer {
        names: vec![Named { name: "报告 2026.pdf".to_owned(), bytes: Some(1_200_000) }],
        files: 1,
        bytes: 1_250_000,
        ..ended(key, Direction::Incoming, Outcome::Delivered, None, 1)
    };
    if let Some(ending) = &mut row.ending {
        ending.bytes = row.bytes;
        ending.took = Duration::from_secs(1);
    }
    row
}

/// What the window looks like in daily use.
pub(crate) fn everyday() -> State {
    let mut state = with([report(1), moving(2, Direction::Outgoing)]);
    if let Receiving::On { dial, .. } = &mut state.receiving {
        dial.truncate(1);
    }
    state
}

//! The built program as a process, and the computers it runs on: each with a home of its own.

use std::ffi::OsStr;
use std::fmt::Display;
use std::fs;
use std::io::{Read, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver as Channel, RecvTimeoutError, channel};
use std::thread::Builder;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use sampan::engine::{Config, Engine, Home, Records};
use sampan::model::PairedDevice;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::contract::CONTRACT;
use crate::support::{LIMIT, allocate, names_in, paired, until};

/// The program under test.
pub(crate) const SAMPAN: &str = env!("CARGO_BIN_EXE_sampan");

/// A user who may nothing.
const NOBODY: [&str; 5] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"];

/// A computer: somewhere to keep files, a home, and a folder to receive into.
pub(crate) struct Desk {
    dir: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        for folder in [desk.home(), desk.folder()] {
            fs::create_dir(folder).unwrap();
        }
        desk
    }

    /// One whose files the user [`NOBODY`] reaches, with a copy of the program for that user.
    pub(crate) fn open_to_all() -> Self {
        let desk = Self::new();
        fs::set_permissions(desk.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for folder in [desk.home(), desk.state()] {
            fs::create_dir_all(&folder).unwrap();
            std::os::unix::fs::chown(folder, Some(65_534), Some(65_534)).unwrap();
        }
        fs::copy(SAMPAN, desk.path("sampan")).unwrap();
        desk
    }

    pub(crate) fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.dir.path().join(name.as_ref())
    }

    /// `HOME`.
    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// `SAMPAN_HOME`.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state")
    }

    /// Where it receives.
    pub(crate) fn folder(&self) -> PathBuf {
        self.path("in")
    }

    /// A file to send.
    pub(crate) fn file(&self, name: impl AsRef<OsStr>, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, contents).unwrap();
        path
    }

    /// A file of this many bytes that is made at once.
    pub(crate) fn large_file(&self, name: &str, bytes: u64) -> PathBuf {
        let path = self.path(name);
        allocate(&path, bytes);
        path
    }

    /// Both computers remember each other, as if they had been paired long ago.
    pub(crate) fn pair_with(&self, other: &Self) {
        let (ours, theirs) = (self.device(), other.device());
        self.remember(theirs);
        other.remember(ours);
    }

    /// What others remember of this computer.
    fn device(&self) -> PairedDevice {
        let (engine, state) = Engine::start(Config::new(self.own()), Arc::new(|| ())).unwrap();
        engine.shutdown();
        paired(state.device.id, state.device.name)
    }

    fn remember(&self, device: PairedDevice) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { Records::open(&self.own()).unwrap().remember(device).await }).unwrap();
    }

    fn own(&self) -> Home {
        Home::at(self.state()).unwrap()
    }

    /// The program, on this computer and no display.
    pub(crate) fn command(&self) -> Command {
        self.behind(&[], SAMPAN)
    }

    /// The program, started by another one.
    pub(crate) fn behind(&self, starters: &[&str], program: impl AsRef<OsStr>) -> Command {
        let mut words = starters.iter().map(OsStr::new).chain([program.as_ref()]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("HOME", self.home()).env("SAMPAN_HOME", self.state()).current_dir(self.dir.path());
        command
    }

    /// The program, run by a user who may nothing. Only for a desk that is [`open_to_all`](Self::open_to_all).
    pub(crate) fn as_nobody(&self) -> Command {
        self.behind(&NOBODY, self.path("sampan"))
    }

    /// The program with a small disk of its own mounted on its receive folder.
    pub(crate) fn with_disk(&self, options: &str) -> Command {
        self.with_disk_on(&self.folder(), options)
    }

    /// The program with a small disk of its own mounted on the folder of its own state.
    pub(crate) fn with_state_disk(&self, options: &str) -> Command {
        fs::create_dir_all(self.state()).unwrap();
        self.with_disk_on(&self.state(), options)
    }

    fn with_disk_on(&self, folder: &Path, options: &str) -> Command {
        let script = "mount -t tmpfs -o \"$0\" none \"$1\" && shift && exec \"$@\"";
        let starters = ["unshare", "-m", "sh", "-c", script, options, folder.to_str().unwrap()];
        self.behind(&starters, SAMPAN)
    }

    /// The program in a terminal.
    pub(crate) fn in_terminal(&self, args: &str) -> Program {
        let mut command = self.behind(&[], "script");
        command.env("SHELL", "/bin/sh").env("TERM", "xterm");
        command.args(["-q", "-e", "-c", &format!("exec {SAMPAN} {args}"), "/dev/null"]);
        Program::start(command)
    }

    /// A receiver that takes everything on a free loopback port.
    pub(crate) fn receiver(&self) -> Receiver {
        self.receiver_by(self.command(), &[])
    }

    /// Like [`receiver`](Self::receiver), that ends after one transfer.
    pub(crate) fn receiver_once(&self) -> Receiver {
        self.receiver_by(self.command(), &["--once", "--retry", "0"])
    }

    /// A receiver that is started otherwise.
    pub(crate) fn receiver_by(&self, mut command: Command, more: &[&str]) -> Receiver {
        command.args([
            "receive",
            "--listen",
            "127.0.0.1:0",
            "--accept",
            "all",
            "--insecure-anyone",
            "--json",
            "--dir",
        ]);
        command.arg(self.folder()).args(more);
        Receiver::start(command, self.folder())
    }

    /// A sender that runs.
    pub(crate) fn sending(&self, paths: &[&Path], to: impl Display) -> Program {
        Self::sending_by(self.command(), paths, to)
    }

    /// A sender to a computer that is paired, which runs.
    pub(crate) fn sending_paired(&self, paths: &[&Path], to: impl Display) -> Program {
        let mut command = self.command();
        command.arg("send").args(paths).args(["--json", "--retry", "0", "--to", &to.to_string()]);
        Program::start(command)
    }

    /// A sender that is started otherwise.
    pub(crate) fn sending_by(mut command: Command, paths: &[&Path], to: impl Display) -> Program {
        command.arg("send").args(paths).args(["--json", "--retry", "0", "--insecure-anyone"]);
        command.args(["--to", &to.to_string()]);
        Program::start(command)
    }

    /// A sender that ran.
    pub(crate) fn send(&self, paths: &[&Path], to: impl Display) -> Ended {
        self.sending(paths, to).end()
    }
}

/// A network of its own, with nothing but a loopback.
pub(crate) struct Network {
    holder: Program,
}

impl Network {
    pub(crate) fn new() -> Self {
        let mut command = Command::new("unshare");
        command.args(["-n", "sh", "-c", "ip link set lo up && echo up && exec cat"]);
        let mut holder = Program::start(command);
        holder.out.until("up");
        Self { holder }
    }

    /// The program in this network.
    pub(crate) fn command(&self, desk: &Desk) -> Command {
        let pid = self.holder.pid().as_raw_nonzero().to_string();
        desk.behind(&["nsenter", "-t", &pid, "-n"], SAMPAN)
    }
}

/// A running program. Killed when dropped.
pub(crate) struct Program {
    child: Child,
    input: Option<ChildStdin>,
    pub(crate) out: Pipe,
    pub(crate) err: Pipe,
    /// The lines of `--json` so far.
    lines: Vec<Value>,
}

/// What is left of one that ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// All lines of `--json`, each held against `docs/cli.md`.
    pub(crate) lines: Vec<Value>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = Pipe::start("stdout", child.stdout.take().unwrap());
        let err = Pipe::start("stderr", child.stderr.take().unwrap());
        Self { input: child.stdin.take(), child, out, err, lines: Vec::new() }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Types into it.
    pub(crate) fn type_in(&mut self, text: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(text.as_bytes()).and_then(|()| input.flush()).unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// The next line of `--json` that is so.
    pub(crate) fn line(&mut self, event: &str, is_meant: impl Fn(&Value) -> bool) -> Value {
        loop {
            let Some(text) = self.out.line() else {
                panic!("it ended before such a {event}: {:#?}\n{}", self.lines, self.err.rest());
            };
            let line = parse(&text);
            self.lines.push(line.clone());
            if line["event"] == event && is_meant(&line) {
                return line;
            }
        }
    }

    /// Waits until bytes of a transfer moved.
    pub(crate) fn moves(&mut self) {
        self.line("progress", |line| line["bytes"].as_u64().unwrap() > 0);
    }

    /// Waits for its end. A program that printed lines of `--json` must have said `finished` last.
    pub(crate) fn end(mut self) -> Ended {
        let printed = self.out.rest();
        let stderr = self.err.rest();
        let code = self.wait().code();
        if self.out.text.first() == Some(&b'{') {
            // Who is killed may have told half a line.
            let whole = printed.split_inclusive('\n').filter(|line| code.is_some() || line.ends_with('\n'));
            self.lines.extend(whole.map(|line| parse(line.trim_end_matches('\n'))));
            let last = self.lines.last().unwrap();
            // Some commands have lines of their own, and nothing after them.
            let own = ["paired", "device", "verified", "unfinished", "removed", "kept-receipt", "exported"];
            let is_last = last["event"] == "finished" || own.iter().any(|event| last["event"] == *event);
            assert!(code.is_none() || is_last, "finished is not last: {last}");
        }
        let stdout = String::from_utf8(std::mem::take(&mut self.out.text)).unwrap();
        Ended { code, lines: std::mem::take(&mut self.lines), stdout, stderr }
    }

    fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        until("the end of the program", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Ended {
    /// The last line.
    pub(crate) fn finished(&self) -> &Value {
        self.lines.last().unwrap_or_else(|| panic!("no line: {self:?}"))
    }

    /// The kind of its error, if it told one.
    pub(crate) fn kind(&self) -> Option<&str> {
        self.lines.iter().find(|line| line["event"] == "error").and_then(|line| line["kind"].as_str())
    }

    /// What its `file` lines say of this field.
    pub(crate) fn of_files(&self, field: &str) -> Vec<&str> {
        let files = self.lines.iter().filter(|line| line["event"] == "file");
        files.filter_map(|line| line[field].as_str()).collect()
    }

    /// Exit code, outcome and kind of error in one.
    #[track_caller]
    pub(crate) fn assert(&self, code: i32, outcome: &str, kind: Option<&str>) {
        let found = (self.code, self.finished()["outcome"].as_str(), self.kind());
        assert_eq!(found, (Some(code), Some(outcome), kind), "{self:#?}");
    }
}

fn parse(text: &str) -> Value {
    let line = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text:?} is no JSON: {error}"));
    CONTRACT.check(&line);
    line
}

/// A program that receives, and said where.
pub(crate) struct Receiver {
    pub(crate) program: Program,
    pub(crate) address: SocketAddr,
    /// Its folder, as the test reaches it.
    pub(crate) folder: PathBuf,
    /// Its computer, where nobody else keeps it.
    desk: Option<Desk>,
}

impl Receiver {
    /// One on a computer of its own.
    pub(crate) fn alone() -> Self {
        let desk = Desk::new();
        let receiver = desk.receiver();
        Self { desk: Some(desk), ..receiver }
    }

    /// Like [`alone`](Self::alone), that ends after one transfer.
    pub(crate) fn alone_once() -> Self {
        let desk = Desk::new();
        let receiver = desk.receiver_once();
        Self { desk: Some(desk), ..receiver }
    }

    pub(crate) fn start(command: Command, folder: PathBuf) -> Self {
        let mut program = Program::start(command);
        let line = program.line("listening", |_| true);
        let ip = line["address"].as_str().unwrap().parse().unwrap();
        let port = line["port"].as_u64().unwrap().try_into().unwrap();
        Self { address: SocketAddr::new(ip, port), program, folder, desk: None }
    }

    /// The folder inside a mount of the receiver's own.
    pub(crate) fn inside(self) -> Self {
        let root = PathBuf::from(format!("/proc/{}/root", self.program.pid().as_raw_nonzero()));
        let folder = root.join(self.folder.strip_prefix("/").unwrap());
        Self { folder, ..self }
    }

    /// The code that it showed last.
    pub(crate) fn code(&self) -> String {
        let code = self.program.lines.iter().rev().find_map(|line| line.get("code"));
        code.and_then(Value::as_str).unwrap().to_owned()
    }

    /// Whether it said last that it shows no code.
    pub(crate) fn is_closed(&self) -> bool {
        let codes = self.program.lines.iter().rev().find_map(|line| line.get("code"));
        codes.is_some_and(Value::is_null)
    }

    /// Waits for another code than that; gives it.
    pub(crate) fn next_code(&mut self, spent: &str) -> String {
        let line = self.program.line("code", |line| line["code"].as_str().is_some_and(|code| code != spent));
        line["code"].as_str().unwrap().to_owned()
    }

    /// What it said of itself when it began to listen.
    pub(crate) fn listening(&self) -> &Value {
        &self.program.lines[0]
    }

    /// The next transfer's end.
    pub(crate) fn finished(&mut self) -> Value {
        self.program.line("finished", |_| true)
    }

    /// Names in its folder, sorted; what is the program's own is not among them.
    pub(crate) fn names(&self) -> Vec<String> {
        names_in(&self.folder).into_iter().filter(|name| !name.starts_with(".sampan-")).collect()
    }

    /// Names of the program's own in its folder.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        names_in(&self.folder).into_iter().filter(|name| name.starts_with(".sampan-")).collect()
    }

    /// Proves that the next sender is served: its file arrives, and nothing else is in the folder that was not before.
    #[track_caller]
    pub(crate) fn serves_the_next(&mut self) {
        let before = self.names();
        let next = Desk::new();
        let sent = next.send(&[&next.file("next.txt", "the next")], self.address);
        sent.assert(0, "delivered", None);
        let saved = self.program.line("file", |line| line["path"] == "next.txt");
        let path = self.folder.join(saved["saved_as"].as_str().unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"the next");
        fs::remove_file(path).unwrap();
        assert_eq!(self.names(), before);
        self.program.line("finished", |line| line["transfer"] == saved["transfer"]);
    }

    pub(crate) fn end(self) -> Ended {
        let Self { program, desk, .. } = self;
        let ended = program.end();
        drop(desk);
        ended
    }
}

/// What a pipe brings, read by a thread of its own, so that waiting for it has a limit.
pub(crate) struct Pipe {
    chunks: Channel<Vec<u8>>,
    text: Vec<u8>,
    /// Where the next line begins.
    next: usize,
}

impl Pipe {
    fn start(name: &str, mut from: impl Read + Send + 'static) -> Self {
        let (sender, chunks) = channel();
        let read = move || {
            let mut chunk = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = from.read(&mut chunk) {
                if sender.send(chunk[..count].to_vec()).is_err() {
                    return;
                }
            }
        };
        Builder::new().name(name.to_owned()).spawn(read).unwrap();
        Self { chunks, text: Vec::new(), next: 0 }
    }

    /// Waits for more; `false` at the end.
    fn more(&mut self, deadline: Instant) -> bool {
        match self.chunks.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(chunk) => self.text.extend(chunk),
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => {
                panic!("nothing more for {LIMIT:?} after: {}", String::from_utf8_lossy(&self.text))
            }
        }
        true
    }

    /// The next line.
    fn line(&mut self) -> Option<String> {
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Some(length) = self.text[self.next..].iter().position(|byte| *byte == b'\n') {
                let line = self.text[self.next..self.next + length].to_vec();
                self.next += length + 1;
                return Some(String::from_utf8(line).unwrap());
            }
            if !self.more(deadline) {
                return None;
            }
        }
    }

    /// The next line that has this in it.
    pub(crate) fn line_with(&mut self, needle: &str) -> String {
        loop {
            let line = self.line().unwrap_or_else(|| panic!("it ended without {needle:?}"));
            if line.contains(needle) {
                return line;
            }
        }
    }

    /// Waits for this text behind what was taken so far, also in a line that has no end yet, and takes it.
    pub(crate) fn part(&mut self, needle: &str) {
        let deadline = Instant::now() + LIMIT;
        loop {
            let found =
                self.text[self.next..].windows(needle.len()).position(|part| part == needle.as_bytes());
            if let Some(at) = found {
                self.next += at + needle.len();
                return;
            }
            assert!(
                self.more(deadline),
                "it ended without {needle:?}: {}",
                String::from_utf8_lossy(&self.text)
            );
        }
    }

    /// Waits until it brought this text; gives everything so far.
    pub(crate) fn until(&mut self, needle: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            let text = String::from_utf8_lossy(&self.text).into_owned();
            if text.contains(needle) {
                return text;
            }
            assert!(self.more(deadline), "it ended without {needle:?}: {text}");
        }
    }

    /// Everything to its end that was not taken as a line.
    fn rest(&mut self) -> String {
        let deadline = Instant::now() + LIMIT;
        while self.more(deadline) {}
        let rest = self.text[self.next..].to_vec();
        self.next = self.text.len();
        String::from_utf8_lossy(&rest).into_owned()
    }
}

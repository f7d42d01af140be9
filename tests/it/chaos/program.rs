//! The two computers and the programs on them.

use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::Builder;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How long a program may take for anything. Long: a debug build behind strace on busy cores.
pub(super) const LIMIT: Duration = Duration::from_secs(90);

/// One side's own folder and how its programs are started.
#[derive(Clone, Debug)]
pub(super) struct Computer {
    pub(super) sampan: PathBuf,
    /// What each of its programs is started by.
    pub(super) by: Starter,
    /// `HOME` and `SAMPAN_HOME`.
    pub(super) home: PathBuf,
    /// Where it listens.
    address: Ipv4Addr,
}

/// A running program. Killed when dropped.
pub(super) struct Program {
    name: &'static str,
    child: Child,
    out: Lines,
    err: Receiver<Vec<u8>>,
    pub(super) lines: Vec<Value>,
    /// Lines on stdout that are no JSON.
    torn: Vec<String>,
}

/// What is left of one that ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) name: &'static str,
    /// `None`: a signal.
    pub(super) code: Option<i32>,
    pub(super) lines: Vec<Value>,
    pub(super) torn: Vec<String>,
    pub(super) stderr: String,
    /// It did not end by itself within [`LIMIT`].
    pub(super) hung: bool,
}

/// What a program is started by, before its own name.
pub(super) type Starter = Vec<OsString>;

/// An address of this machine that nobody else in this test listens on: the port of a receiver that was killed may be given to
/// the next one that asks for any, and cycles run beside one another.
fn own_address() -> Ipv4Addr {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let [_, high, middle, low] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    Ipv4Addr::new(127, 128 + high % 64, middle, low)
}

impl Computer {
    pub(super) fn new(sampan: &Path, home: PathBuf) -> Self {
        fs::create_dir_all(&home).unwrap();
        Self { sampan: sampan.to_owned(), by: Starter::new(), home, address: own_address() }
    }

    fn command(&self, starter: &[OsString]) -> Command {
        let sampan = self.sampan.clone().into_os_string();
        let mut words = self.by.iter().chain(starter).cloned().chain([sampan]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("HOME", &self.home).env("SAMPAN_HOME", self.home.join("state")).current_dir(&self.home);
        command
    }

    /// A receiver; its address is `None` if it ended before it listened.
    pub(super) fn receive(
        &self,
        starter: &[OsString],
        dir: &Path,
        on_conflict: &str,
    ) -> (Program, Option<SocketAddr>) {
        let mut command = self.command(starter);
        command.args([
            "receive",
            "--listen",
            &format!("{}:0", self.address),
            "--accept",
            "all",
            "--insecure-anyone",
            "--json",
        ]);
        command.args(["--on-conflict", on_conflict, "--dir"]).arg(dir);
        let mut program = Program::start("receiver", command);
        let address = program.line("listening").map(|line| {
            let ip = line["address"].as_str().unwrap().parse().unwrap();
            SocketAddr::new(ip, line["port"].as_u64().unwrap().try_into().unwrap())
        });
        (program, address)
    }

    /// A sender that runs.
    pub(super) fn send(&self, starter: &[OsString], what: &Path, to: SocketAddr, retry: u64) -> Program {
        let mut command = self.command(starter);
        command.arg("send").arg(what).args(["--to", &to.to_string(), "--retry", &retry.to_string()]);
        command.args(["--insecure-anyone", "--json"]);
        Program::start("sender", command)
    }

    /// The transfers that are not finished; an error is what the program said.
    pub(super) fn transfers(&self) -> Result<Vec<Value>, String> {
        let mut command = self.command(&[]);
        command.args(["transfers", "--json"]);
        let ended = Program::start("transfers", command).end(&mut || ());
        if ended.code == Some(0) { Ok(ended.lines) } else { Err(format!("{ended:?}")) }
    }

    /// Gives a transfer up.
    pub(super) fn remove(&self, id: &str) -> Ended {
        let mut command = self.command(&[]);
        command.args(["transfers", "--json", "--remove", id]);
        Program::start("transfers --remove", command).end(&mut || ())
    }

    /// What its programs logged.
    pub(super) fn logs(&self) -> String {
        let mut all = String::new();
        let mut open = vec![self.home.clone()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    open.push(entry.path());
                } else if entry.file_name().to_string_lossy().contains("log") {
                    all.push_str(&String::from_utf8_lossy(&fs::read(entry.path()).unwrap_or_default()));
                }
            }
        }
        all
    }
}

impl Program {
    fn start(name: &'static str, mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let out = Lines { chunks: pipe(child.stdout.take().unwrap()), text: Vec::new() };
        let err = pipe(child.stderr.take().unwrap());
        Self { name, child, out, err, lines: Vec::new(), torn: Vec::new() }
    }

    pub(super) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).ok();
    }

    pub(super) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// The next line of this kind; `None` if it ended before.
    pub(super) fn line(&mut self, event: &str) -> Option<Value> {
        let end = Instant::now() + LIMIT;
        while let Some(text) = self.out.next(end) {
            self.take(text);
            if self.lines.last().is_some_and(|line| line["event"] == event) {
                return self.lines.last().cloned();
            }
        }
        None
    }

    fn take(&mut self, text: String) {
        match serde_json::from_str(&text) {
            Ok(line) => self.lines.push(line),
            Err(_) => self.torn.push(text),
        }
    }

    /// Waits for its end, and calls `meanwhile` again and again.
    pub(super) fn end(mut self, meanwhile: &mut dyn FnMut()) -> Ended {
        let end = Instant::now() + LIMIT;
        let mut hung = false;
        while !self.has_ended() {
            if Instant::now() > end {
                hung = true;
                self.child.kill().ok();
                break;
            }
            meanwhile();
            // Ended programs close their pipes: that wakes us.
            match self.out.more(Instant::now() + Duration::from_millis(20)) {
                More::Some | More::NotYet => {}
                More::Over => std::thread::park_timeout(Duration::from_millis(2)),
            }
        }
        let code = self.child.wait().unwrap().code();
        let end = Instant::now() + LIMIT;
        while let Some(text) = self.out.next(end) {
            self.take(text);
        }
        let mut stderr = Vec::new();
        while let Ok(chunk) = self.err.recv_timeout(end.saturating_duration_since(Instant::now())) {
            stderr.extend(chunk);
        }
        Ended {
            name: self.name,
            code,
            lines: std::mem::take(&mut self.lines),
            torn: std::mem::take(&mut self.torn),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
            hung,
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Ended {
    /// The last outcome it told.
    pub(super) fn outcome(&self) -> Option<&str> {
        let finished = self.lines.iter().rev().find(|line| line["event"] == "finished");
        finished.and_then(|line| line["outcome"].as_str())
    }

    /// The kind of its first error.
    pub(super) fn kind(&self) -> Option<&str> {
        let error = self.lines.iter().find(|line| line["event"] == "error");
        error.and_then(|line| line["kind"].as_str())
    }

    /// What it said of its first error.
    pub(super) fn message(&self) -> Option<&str> {
        let error = self.lines.iter().find(|line| line["event"] == "error");
        error.and_then(|line| line["message"].as_str())
    }

    /// Code, outcome and error in a word.
    pub(super) fn shown(&self) -> String {
        let code = self.code.map_or_else(|| "killed".to_owned(), |code| code.to_string());
        format!("{code} {} {}", self.outcome().unwrap_or("-"), self.kind().unwrap_or("-"))
    }
}

/// A pipe's lines.
struct Lines {
    chunks: Receiver<Vec<u8>>,
    text: Vec<u8>,
}

enum More {
    Some,
    NotYet,
    Over,
}

impl Lines {
    fn more(&mut self, end: Instant) -> More {
        match self.chunks.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(chunk) => {
                self.text.extend(chunk);
                More::Some
            }
            Err(RecvTimeoutError::Timeout) => More::NotYet,
            Err(RecvTimeoutError::Disconnected) => More::Over,
        }
    }

    /// The next line; what a killed program left unfinished is none.
    fn next(&mut self, end: Instant) -> Option<String> {
        loop {
            if let Some(length) = self.text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.text.drain(..=length).collect();
                return Some(String::from_utf8_lossy(&line[..length]).into_owned());
            }
            match self.more(end) {
                More::Some => {}
                More::NotYet | More::Over => return None,
            }
        }
    }
}

fn pipe(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (tx, rx) = channel();
    let read = move || {
        let mut chunk = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut chunk) {
            if tx.send(chunk[..count].to_vec()).is_err() {
                return;
            }
        }
    };
    Builder::new().name("pipe".to_owned()).spawn(read).unwrap();
    rx
}

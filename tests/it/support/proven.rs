//! The built program where something has to be proven: receivers that take only who is, and commands that ran.

use std::fmt::Display;
use std::path::Path;

use serde_json::Value;

use crate::support::program::{Desk, Ended, Program, Receiver};

impl Desk {
    /// A receiver without a person that takes what is paired or has the code.
    pub(crate) fn careful_receiver(&self) -> Receiver {
        self.receiver_with(&["--accept", "paired"])
    }

    /// A receiver with accounts.
    pub(crate) fn drop_box(&self) -> Receiver {
        self.receiver_with(&["--accounts"])
    }

    fn receiver_with(&self, more: &[&str]) -> Receiver {
        let mut command = self.command();
        command.env("RUST_LOG", "trace");
        command.args(["receive", "--listen", "127.0.0.1:0", "--json", "--dir"]).arg(self.folder()).args(more);
        Receiver::start(command, self.folder())
    }

    /// A command that ran, with nobody at its terminal.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        let mut command = self.command();
        command.env("RUST_LOG", "trace").args(args);
        Program::start(command).end()
    }

    /// A sender that ran, with these options and no others.
    pub(crate) fn give(&self, path: &Path, to: impl Display, more: &[&str]) -> Ended {
        self.giving(path, to, more).end()
    }

    /// A sender that runs, with these options and no others.
    pub(crate) fn giving(&self, path: &Path, to: impl Display, more: &[&str]) -> Program {
        let mut command = self.command();
        command.env("RUST_LOG", "trace").arg("send").arg(path).args(["--json", "--retry", "0"]);
        command.args(["--to", &to.to_string()]);
        command.args(more);
        Program::start(command)
    }

    /// The paired computers, as `sampan devices` lists them.
    pub(crate) fn devices(&self) -> Vec<Value> {
        let listed = self.run(&["devices", "--json"]);
        assert_eq!(listed.code, Some(0), "{listed:?}");
        listed.lines
    }

    /// Pairs both by the code that the receiver shows; gives the one it shows afterwards.
    pub(crate) fn pair_by_code(&self, receiver: &mut Receiver) -> String {
        let code = receiver.code();
        let paired = self.run(&["pair", &receiver.address.to_string(), "--code", &code, "--json"]);
        assert_eq!(paired.code, Some(0), "{paired:?}");
        receiver.next_code(&code)
    }
}

impl Ended {
    /// The first line of this event.
    #[track_caller]
    pub(crate) fn event(&self, event: &str) -> &Value {
        let mut lines = self.lines.iter();
        lines.find(|line| line["event"] == event).unwrap_or_else(|| panic!("no {event}: {self:#?}"))
    }

    /// What its error says to people.
    pub(crate) fn message(&self) -> &str {
        self.event("error")["message"].as_str().unwrap()
    }

    /// It was not let in: exit code 5, this kind, and nothing offered.
    #[track_caller]
    pub(crate) fn assert_unproven(&self, kind: &str) {
        self.assert(5, "failed", Some(kind));
        assert!(self.lines.iter().all(|line| line["event"] != "offer"), "nothing was offered: {self:#?}");
    }
}

/// A code that is not this one.
pub(crate) fn other_than(code: &str) -> String {
    let last = if code.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &code[..5])
}

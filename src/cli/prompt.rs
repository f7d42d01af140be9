//! Questions in a terminal, one at a time.

use crate::cli::output::{Output, print_aside};
use crate::cli::words;
use crate::engine::{Answer, Command, PromptId, State, Transfer};
use crate::model::size;

/// Names listed in a question; the rest is counted.
const NAMES: usize = 10;

/// The question that stands in the terminal.
#[derive(Default)]
pub(super) struct Asking {
    current: Option<PromptId>,
}

impl Asking {
    /// Asks the next open question, if none stands; says when the standing one is gone.
    pub(super) fn update(&mut self, state: &State, output: &Output) {
        let open = |transfer: &&Transfer| transfer.prompt.as_ref().map(|prompt| prompt.id);
        let mut prompts = state.transfers.values().filter(|transfer| open(transfer).is_some());
        if let Some(id) = self.current {
            if prompts.any(|transfer| open(&transfer) == Some(id)) {
                return;
            }
            self.current = None;
            output.aside(|| print_aside("\n(the question is no longer open)\n"));
        }
        if let Some(transfer) = state.transfers.values().find(|transfer| open(transfer).is_some()) {
            self.current = open(&transfer);
            let question = question(transfer);
            output.aside(|| print_aside(question));
        }
    }

    /// What a typed line means for the question that stands. What is neither yes nor no is asked again: a slip must not
    /// send the other person back to the start.
    pub(super) fn answer(&mut self, line: &str, output: &Output) -> Option<Command> {
        let prompt = self.current?;
        let answer = match line.trim().to_lowercase().as_str() {
            "y" | "yes" | "是" | "好" => Answer::Accept,
            "" | "n" | "no" | "否" | "不" => Answer::Decline,
            _ => {
                output.aside(|| print_aside("Please type y or n: "));
                return None;
            }
        };
        self.current = None;
        Some(Command::Decide { prompt, answer })
    }
}

fn question(transfer: &Transfer) -> String {
    let fingerprint = transfer.peer.fingerprint.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut lines = vec![
        String::new(),
        format!(
            "{} ({}, not verified, fingerprint {fingerprint}) wants to send {}, {}:",
            words::peer(&transfer.peer),
            transfer.peer.address,
            words::count(transfer.files),
            size::human(transfer.bytes),
        ),
    ];
    let files = transfer.names.iter().take(NAMES);
    lines.extend(files.map(|file| match file.bytes {
        Some(bytes) => format!("  {}, {}", file.name, size::human(bytes)),
        None => format!("  {}", file.name),
    }));
    let more = transfer.files.saturating_sub(size::from_len(NAMES));
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    match transfer.prompt.as_ref().map(|prompt| (prompt, &prompt.free)) {
        Some((prompt, Ok(free))) => {
            lines.push(format!("Into {}, {} free.", prompt.folder.display(), size::human(*free)));
            if !prompt.fits() {
                lines.push(format!("That is not enough: {} are needed.", size::human(prompt.needed)));
            }
        }
        Some((_, Err(failure))) => lines.push(words::failure(failure, "")),
        None => {}
    }
    lines.push("Accept? [y/N] ".to_owned());
    lines.join("\n")
}

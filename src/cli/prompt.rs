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

    /// What a typed line means for the question that stands.
    pub(super) fn answer(&mut self, line: &str) -> Option<Command> {
        let prompt = self.current.take()?;
        let yes = matches!(line.trim().to_lowercase().as_str(), "y" | "yes" | "是" | "好");
        Some(Command::Decide { prompt, answer: if yes { Answer::Accept } else { Answer::Decline } })
    }
}

fn question(transfer: &Transfer) -> String {
    let fingerprint = transfer.peer.fingerprint.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut text = format!(
        "\n{} ({}, not verified, fingerprint {fingerprint}) wants to send {}, {}:\n",
        words::peer(&transfer.peer),
        transfer.peer.address,
        words::count(transfer.files),
        size::human(transfer.bytes),
    );
    for name in transfer.names.iter().take(NAMES) {
        text.push_str(&format!("  {name}\n"));
    }
    let more = transfer.files.saturating_sub(size::from_len(NAMES));
    if more > 0 {
        text.push_str(&format!("  and {more} more\n"));
    }
    if let Some(prompt) = &transfer.prompt {
        match &prompt.free {
            Ok(free) => {
                text.push_str(&format!("Into {}, {} free.\n", prompt.folder.display(), size::human(*free)));
                if !prompt.fits() {
                    text.push_str(&format!(
                        "That is not enough: {} are needed.\n",
                        size::human(prompt.needed)
                    ));
                }
            }
            Err(failure) => text.push_str(&format!("{}\n", words::failure(failure, ""))),
        }
    }
    text.push_str("Accept? [y/N] ");
    text
}

//! Questions in a terminal, one at a time.

use std::time::{Duration, Instant};

use crate::cli::output::Output;
use crate::cli::print::print_aside;
use crate::cli::words;
use crate::engine::{Answer, Caller, Command, Memory, PromptId, Remember, State, Transfer};
use crate::model::size;

/// Names listed in a question; the rest is counted.
const NAMES: usize = 10;

/// After a question went away by itself, what is typed this soon was meant for that one.
const REACTION: Duration = Duration::from_secs(2);

/// The question that stands in the terminal.
#[derive(Default)]
pub(super) struct Asking {
    current: Option<Question>,
    /// When the last question went away by itself.
    vanished: Option<Instant>,
    /// What was answered, and may stand in the State for a moment still.
    answered: Option<PromptId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    /// Take these files?
    Offer(PromptId, Memory),
    /// They are taken. Remember the computer as well?
    AlsoRemember(PromptId),
    /// Remember this computer, which came only for that?
    Caller(PromptId),
}

impl Question {
    fn is_open(self, state: &State) -> bool {
        match self {
            Self::Offer(id, _) | Self::AlsoRemember(id) => {
                state.transfers.values().any(|row| row.prompt.as_ref().is_some_and(|prompt| prompt.id == id))
            }
            Self::Caller(id) => state.callers.iter().any(|caller| caller.id == id),
        }
    }
}

impl Asking {
    /// Asks the next open question, if none stands; says when the standing one is gone.
    pub(super) fn update(&mut self, state: &State, output: &Output) {
        if let Some(current) = self.current {
            if current.is_open(state) {
                return;
            }
            self.current = None;
            self.vanished = Some(Instant::now());
            output.aside(|| print_aside("\n(the question is no longer open)\n"));
        }
        let is_new = |id: PromptId| self.answered != Some(id);
        let mut offers = state.transfers.values().filter_map(|row| Some((row, row.prompt.as_ref()?)));
        let offer = offers.find(|(_, prompt)| is_new(prompt.id));
        if let Some((transfer, prompt)) = offer {
            self.current = Some(Question::Offer(prompt.id, prompt.memory));
            output.aside(|| print_aside(question(transfer)));
        } else if let Some(caller) = state.callers.iter().find(|caller| is_new(caller.id)) {
            self.current = Some(Question::Caller(caller.id));
            output.aside(|| print_aside(caller_question(caller)));
        }
    }

    /// What a typed line means for the question that stands; an empty line where none stands asks for a new code. What
    /// is neither yes nor no is asked again: a slip must not send the other person back to the start.
    pub(super) fn answer(&mut self, line: &str, output: &Output) -> Option<Command> {
        if self.vanished.take().is_some_and(|vanished| vanished.elapsed() < REACTION) {
            // A yes to one offer must not be taken for a yes to the next.
            if self.current.is_some() {
                output.aside(|| print_aside("This is another question than before. Please answer it: "));
            }
            return None;
        }
        let Some(current) = self.current else {
            return line.trim().is_empty().then_some(Command::OpenPairing);
        };
        let is_yes = match line.trim().to_lowercase().as_str() {
            "y" | "yes" | "是" | "好" => true,
            "" | "n" | "no" | "否" | "不" => false,
            _ => {
                output.aside(|| print_aside("Please type y or n: "));
                return None;
            }
        };
        let remember = if is_yes { Remember::Yes } else { Remember::No };
        self.current = None;
        self.answered = match current {
            // Not answered yet: another question follows.
            Question::Offer(_, Memory::Offered | Memory::Wished) if is_yes => None,
            Question::Offer(id, _) | Question::AlsoRemember(id) | Question::Caller(id) => Some(id),
        };
        Some(match current {
            Question::Offer(prompt, Memory::Offered | Memory::Wished) if is_yes => {
                self.current = Some(Question::AlsoRemember(prompt));
                output.aside(|| {
                    print_aside("Remember that computer, so that it needs no code next time? [y/N] ");
                });
                return None;
            }
            Question::Offer(prompt, _) => {
                let answer = if is_yes { Answer::Accept(Remember::No) } else { Answer::Decline };
                Command::Decide { prompt, answer }
            }
            Question::AlsoRemember(prompt) => Command::Decide { prompt, answer: Answer::Accept(remember) },
            Question::Caller(prompt) => Command::AnswerPairing { prompt, remember },
        })
    }
}

fn caller_question(caller: &Caller) -> String {
    format!(
        "\n\"{}\" ({}) typed the code and wants this computer to remember it: it then needs no code, and is still asked about.\nRemember it? [y/N] ",
        words::peer(&caller.peer),
        words::proof(&caller.peer),
    )
}

fn question(transfer: &Transfer) -> String {
    let mut lines = vec![
        String::new(),
        format!(
            "\"{}\" ({}) wants to send {}, {}:",
            words::peer(&transfer.peer),
            words::proof(&transfer.peer),
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

//! The life of a transfer, written once.

use crate::model::Outcome;

/// Where a transfer stands. The same states serve the sender's and the receiver's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransferState {
    /// The sender looks at the chosen files.
    Preparing,
    /// The sender dials and both greet each other.
    Connecting,
    /// The other side shows a code; a person on the sender's side types it.
    NeedsCode,
    /// Both sides compare what is offered with what is there already.
    Planning,
    /// The plan is made; a person on the receiver's side decides.
    Waiting,
    /// Bytes flow.
    Moving,
    /// All bytes are there; the receiver checks, syncs and renames.
    Checking,
    /// The line was lost; the sender tries to reach the receiver again.
    Reconnecting,
    /// Over, one way or another.
    Finished(Outcome),
}

/// What moves a transfer from one state to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The sources (and the code) are known; dial.
    Connect,
    /// The receiver wants a code that nobody gave yet.
    AskCode,
    /// The offer is with the receiver, which looks at its folder.
    Offer,
    /// The receiver has a plan; somebody decides about it.
    Ask,
    /// The receiver said yes.
    Accept,
    /// The last byte is on its way (sender) or here (receiver).
    Check,
    /// The line was lost, and there is time to try again.
    Lose,
    /// It ended.
    Finish(Outcome),
}

/// A step that does not follow from a state: a bug of ours, never a peer's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{step:?} cannot follow {state:?}")]
pub struct IllegalStep {
    /// Where the transfer stood.
    pub state: TransferState,
    /// What was asked of it.
    pub step: Step,
}

impl TransferState {
    /// The state after `step`. Errors: [`IllegalStep`]; the transfer stays where it is.
    pub fn advance(self, step: Step) -> Result<Self, IllegalStep> {
        use Outcome::{Cancelled, Declined, Delivered, Failed, Interrupted, Partial};
        use TransferState::{
            Checking, Connecting, Finished, Moving, NeedsCode, Planning, Preparing, Reconnecting, Waiting,
        };
        match (self, step) {
            (Preparing | NeedsCode | Reconnecting, Step::Connect) => Ok(Connecting),
            (Connecting, Step::AskCode) => Ok(NeedsCode),
            (Connecting, Step::Offer) => Ok(Planning),
            // Another folder, another plan.
            (Planning | Waiting, Step::Ask) => Ok(Waiting),
            (Waiting, Step::Accept) => Ok(Moving),
            (Moving, Step::Check) => Ok(Checking),
            (Connecting | Planning | Waiting | Moving | Checking, Step::Lose) => Ok(Reconnecting),
            // Success is known only after the check, a refusal only while somebody may still refuse.
            (Checking, Step::Finish(outcome @ (Delivered | Partial)))
            | (Planning | Waiting, Step::Finish(outcome @ Declined))
            | (
                Preparing | Connecting | NeedsCode | Planning | Waiting | Moving | Checking | Reconnecting,
                Step::Finish(outcome @ (Cancelled | Interrupted | Failed)),
            ) => Ok(Finished(outcome)),
            (
                Preparing | Connecting | NeedsCode | Planning | Waiting | Moving | Checking | Reconnecting
                | Finished(_),
                Step::Connect
                | Step::AskCode
                | Step::Offer
                | Step::Ask
                | Step::Accept
                | Step::Check
                | Step::Lose
                | Step::Finish(_),
            ) => Err(IllegalStep { state: self, step }),
        }
    }

    /// How it ended, if it did.
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Finished(outcome) => Some(outcome),
            Self::Preparing
            | Self::Connecting
            | Self::NeedsCode
            | Self::Planning
            | Self::Waiting
            | Self::Moving
            | Self::Checking
            | Self::Reconnecting => None,
        }
    }

    /// Whether it still goes on.
    pub fn is_running(self) -> bool {
        self.outcome().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_step_is_allowed_or_refused_as_written_here() {
        use TransferState::{
            Checking, Connecting, Finished, Moving, NeedsCode, Planning, Preparing, Reconnecting, Waiting,
        };
        let states = [Preparing, Connecting, NeedsCode, Planning, Waiting, Moving, Checking, Reconnecting]
            .into_iter()
            .chain(Outcome::ALL.map(Finished))
            .collect::<Vec<_>>();
        let steps =
            [Step::Connect, Step::AskCode, Step::Offer, Step::Ask, Step::Accept, Step::Check, Step::Lose]
                .into_iter()
                .chain(Outcome::ALL.map(Step::Finish))
                .collect::<Vec<_>>();
        // One row a state: the steps that lead on, in the order of `steps`; '.' is refused. Outcomes: Delivered,
        // Partial, Declined, Cancelled, Interrupted, Failed.
        let allowed = [
            "C.........cif",
            ".QO...L...cif",
            "C.........cif",
            "...W..L..dcif",
            "...WA.L..dcif",
            ".....KL...cif",
            "......LDP.cif",
            "C.........cif",
            ".............",
            ".............",
            ".............",
            ".............",
            ".............",
            ".............",
        ];
        for (state, row) in states.iter().zip(allowed) {
            for (step, mark) in steps.iter().zip(row.chars()) {
                assert_eq!(state.advance(*step).is_ok(), mark != '.', "{state:?} {step:?}");
            }
        }
    }

    #[test]
    fn a_refused_step_names_itself() {
        let error = TransferState::Moving.advance(Step::Accept).unwrap_err();
        assert_eq!(error, IllegalStep { state: TransferState::Moving, step: Step::Accept });
        assert_eq!(error.to_string(), "Accept cannot follow Moving");
    }
}

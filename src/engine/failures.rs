//! Every layer's errors as front ends show them.

use std::error::Error;

use crate::model::{DeclineReason, Failure, FailureKind, FileProblem, RelPathError, shown_path};
use crate::net::{ListenError, NetError};
use crate::session::{LinkError, SessionError};
use crate::wire::ByeReason;

/// An error and all its causes, on one line, without the names of files: it goes into the log.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let path = error.downcast_ref::<RelPathError>();
        let next = path.map_or_else(|| error.to_string(), |error| error.rule().to_owned());
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}

pub(super) fn net(error: &NetError) -> Failure {
    let failure = match error {
        NetError::NameNotFound { host, .. } => Failure::here(FailureKind::NameNotFound).about(host),
        NetError::NobodyListens { address } => {
            Failure::there(FailureKind::NobodyListens).about(address.to_string())
        }
        NetError::Unreachable { address, .. } => {
            Failure::there(FailureKind::Unreachable).about(address.to_string())
        }
        NetError::NotSampan { address, .. } => {
            Failure::there(FailureKind::NotSampan).about(address.to_string())
        }
        NetError::NoPlace { address } => Failure::there(FailureKind::Busy).about(address.to_string()),
        NetError::OtherVersion { address } => {
            Failure::there(FailureKind::OtherVersion).about(address.to_string())
        }
    };
    failure.because(chain(error))
}

pub(super) fn listen(error: &ListenError) -> Failure {
    let failure = match error {
        ListenError::InUse(address) => Failure::here(FailureKind::AddressInUse).about(address.to_string()),
        ListenError::Denied { address, .. } => {
            Failure::here(FailureKind::CannotListen).about(address.to_string())
        }
    };
    failure.because(chain(error))
}

pub(super) fn session(error: &SessionError) -> Failure {
    let failure = match error {
        SessionError::Link(LinkError::Wire(_) | LinkError::Early(_) | LinkError::Talkative(_))
        | SessionError::Unexpected { .. }
        | SessionError::Late { .. }
        | SessionError::Lie { .. }
        | SessionError::Manifest(_)
        | SessionError::Receipt(_)
        | SessionError::Miscounted { .. } => Failure::there(FailureKind::Protocol),
        SessionError::Superseded
        | SessionError::Link(
            LinkError::Closed | LinkError::Truncated | LinkError::Silent(_) | LinkError::Broken(_),
        ) => Failure::there(FailureKind::ConnectionLost),
        SessionError::Left(bye) => match bye.reason {
            ByeReason::Busy => Failure::there(FailureKind::Busy),
            // It says that we broke the protocol.
            ByeReason::Protocol => Failure::here(FailureKind::Protocol),
            ByeReason::WrongCode => Failure::there(FailureKind::WrongCode),
            ByeReason::PairingBusy => Failure::there(FailureKind::PairingBusy),
            ByeReason::PairingClosed => Failure::there(FailureKind::PairingClosed),
            ByeReason::NotAdmitted => Failure::there(FailureKind::NotAdmitted),
            ByeReason::WrongPassword => Failure::there(FailureKind::WrongPassword),
            ByeReason::Superseded => Failure::here(FailureKind::Superseded),
            ByeReason::Leaving => Failure::there(FailureKind::Closed),
            ByeReason::Timeout | ByeReason::Other => Failure::there(FailureKind::ConnectionLost),
        },
        SessionError::Crowded => Failure::here(FailureKind::Busy),
        SessionError::InUse { folder } => Failure::here(FailureKind::TransferInUse).about(shown_path(folder)),
        SessionError::Spool(error) => return error.failure(),
        SessionError::Unrecorded(failure) => return failure.clone(),
        SessionError::Leaving => Failure::here(FailureKind::Closed),
        SessionError::Internal(_) => Failure::here(FailureKind::Internal),
    };
    failure.because(chain(error))
}

/// What the sender shows when the receiver said no.
pub(super) fn declined(reason: DeclineReason) -> Failure {
    Failure::there(match reason {
        DeclineReason::Person => FailureKind::Declined,
        DeclineReason::Timeout => FailureKind::NotAnswered,
        DeclineReason::NoSpace => FailureKind::DiskFull,
        DeclineReason::Folder => FailureKind::FolderUnusable,
        DeclineReason::NotReceiving => FailureKind::NotReceiving,
        DeclineReason::Unsupported => FailureKind::Unsupported,
        DeclineReason::OnlyAsked => FailureKind::OnlyAsked,
    })
}

/// What the sender is told when this side cannot take an offer.
pub(super) fn decline_reason(failure: &Failure) -> DeclineReason {
    if failure.kind == FailureKind::DiskFull { DeclineReason::NoSpace } else { DeclineReason::Folder }
}

/// One file's problem as the transfer's.
pub(super) fn file((path, problem): &(String, FileProblem)) -> Failure {
    Failure { side: problem.side, ..Failure::here(problem.kind) }.about(path.clone())
}

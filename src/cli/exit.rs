//! The exit codes: all of them, and what leads to each. README.md lists the same.

use crate::engine::Ending;
use crate::model::{Failure, FailureKind, Outcome, Side};

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// 0: delivered and verified, all of it; or a command that delivers nothing has done what it should.
    Delivered,
    /// 1: failed for another reason, delivered in part, not a Sampan, another major version.
    Failed,
    /// 2: wrong usage.
    Usage,
    /// 3: declined, cancelled or not answered in time by the other side.
    Refused,
    /// 4: could not reach the other side.
    Unreachable,
    /// 5: not authenticated: this side to the other, or the other to this one.
    Unauthenticated,
    /// 6: contents did not verify.
    Unverified,
    /// 7: disk, on either side.
    Disk,
    /// 130: interrupted by a person here.
    Interrupted,
}

impl Exit {
    /// The number.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Delivered => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Unreachable => 4,
            Self::Unauthenticated => 5,
            Self::Unverified => 6,
            Self::Disk => 7,
            Self::Interrupted => 130,
        }
    }

    /// The code of a transfer.
    pub(super) fn of_ending(ending: &Ending) -> Self {
        match (ending.outcome, &ending.failure) {
            (Outcome::Delivered, _) => Self::Delivered,
            (Outcome::Partial, _) => Self::Failed,
            (
                Outcome::Declined | Outcome::Cancelled | Outcome::Interrupted | Outcome::Failed,
                Some(failure),
            ) => Self::of_failure(failure),
            (Outcome::Declined | Outcome::Cancelled | Outcome::Interrupted | Outcome::Failed, None) => {
                Self::Failed
            }
        }
    }

    /// The code of a failure.
    pub(super) fn of_failure(failure: &Failure) -> Self {
        use FailureKind as Kind;
        match failure.kind {
            Kind::BadAddress
            | Kind::BadCode
            | Kind::NotCareless
            | Kind::NothingToSend
            | Kind::TooManyFiles
            | Kind::NobodyToAsk
            | Kind::AmbiguousDevice
            | Kind::NoSuchTransfer
            | Kind::AmbiguousTransfer
            | Kind::NothingToResume
            | Kind::SenderGoesOn
            | Kind::StillRunning
            | Kind::NoReceipt
            | Kind::BadAccountName
            | Kind::BadPassword
            | Kind::NoPassword => Self::Usage,
            Kind::NameNotFound | Kind::NobodyListens | Kind::Unreachable | Kind::NoAddress => {
                Self::Unreachable
            }
            Kind::CodeNeeded
            | Kind::WrongCode
            | Kind::PairingBusy
            | Kind::PairingBroken
            | Kind::NoAccounts
            | Kind::PairingClosed
            | Kind::NotProven
            | Kind::WrongDevice
            | Kind::NotAdmitted
            | Kind::NothingProven
            | Kind::AccountNeeded
            | Kind::WrongPassword
            | Kind::PasswordNotSafe => Self::Unauthenticated,
            Kind::Cancelled if failure.side == Side::Here => Self::Interrupted,
            Kind::Cancelled
            | Kind::Declined
            | Kind::NotAnswered
            | Kind::NotReceiving
            | Kind::Unsupported
            | Kind::OnlyAsked => Self::Refused,
            Kind::WrongDigest | Kind::BadReceipt => Self::Unverified,
            Kind::NoSuchFile
            | Kind::NotAFile
            | Kind::ReservedName
            | Kind::PathTooLong
            | Kind::LinkNotSent
            | Kind::LinkNowhere
            | Kind::NotReadable
            | Kind::ReadFailed
            | Kind::DiskFull
            | Kind::FolderMissing
            | Kind::FolderReadOnly
            | Kind::FolderForbidden
            | Kind::FolderUnusable
            | Kind::WriteFailed
            | Kind::AlreadyThere
            | Kind::ReceiptUnreadable
            | Kind::HomeUnusable => Self::Disk,
            Kind::SourceChanged
            | Kind::NotSampan
            | Kind::OtherVersion
            | Kind::Protocol
            | Kind::ConnectionLost
            | Kind::Closed
            | Kind::Superseded
            | Kind::Busy
            | Kind::TransferInUse
            | Kind::PartsLeft
            | Kind::AddressInUse
            | Kind::CannotListen
            | Kind::IdentityUnusable
            | Kind::SettingsUnusable
            | Kind::DatabaseUnusable
            | Kind::NoSuchDevice
            | Kind::NoSuchAccount
            | Kind::AccountExists
            | Kind::Internal => Self::Failed,
        }
    }
}

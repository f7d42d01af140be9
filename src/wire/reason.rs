//! Why something ended, as numbers. A number this version does not know is [`Other`](AbortReason::Other), never an error:
//! later versions may know more reasons.

use std::fmt;

use crate::model::DeclineReason;

/// Declares an enum of reasons with their numbers; the last one stands for all others.
macro_rules! reasons {
    ($(#[$top:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $number:literal),+ $(,)? }) => {
        $(#[$top])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ /// A reason of a later version, or none worth a number.
            Other }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+ Self::Other];

            pub(crate) fn from_number(number: u32) -> Self {
                match number { $($number => Self::$variant,)+ _ => Self::Other }
            }

            pub(crate) fn number(self) -> u32 {
                match self { $(Self::$variant => $number,)+ Self::Other => 0 }
            }
        }
    };
}

reasons! {
    /// Why the sender does not finish a file.
    AbortReason {
        /// It changed after it was offered.
        Changed = 1,
        /// It is gone.
        Vanished = 2,
        /// It cannot be read.
        Unreadable = 3,
        /// The receiver said Failed for it.
        NotWanted = 4,
    }
}

reasons! {
    /// Why the receiver cannot save a file.
    FailReason {
        /// No room, or no quota.
        NoSpace = 1,
        /// The disk is read-only.
        ReadOnly = 2,
        /// No permission.
        Forbidden = 3,
        /// The folder is gone.
        FolderMissing = 4,
        /// Writing failed otherwise.
        Disk = 5,
        /// The contents are not what the trailer says.
        WrongDigest = 6,
    }
}

reasons! {
    /// Why a side ends the session.
    ByeReason {
        /// As many sessions as it can serve.
        Busy = 1,
        /// The other side broke the protocol.
        Protocol = 2,
        /// The program ends.
        Leaving = 3,
        /// The other side took too long.
        Timeout = 4,
        /// The code is not the one that was shown; it is spent now.
        WrongCode = 5,
        /// Somebody else is trying the code at this moment.
        PairingBusy = 6,
        /// No code is shown: too many wrong ones came.
        PairingClosed = 7,
        /// Not proven to be anybody who may offer files here.
        NotAdmitted = 8,
        /// Name or password wrong.
        WrongPassword = 9,
        /// The same transfer goes on in another session of its sender.
        Superseded = 10,
    }
}

/// A side's last word about a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bye {
    /// Why.
    pub reason: ByeReason,
    /// A line for the other side's log, cleaned for showing.
    pub detail: String,
}

impl fmt::Display for Bye {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.reason)?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, ", {}", self.detail) }
    }
}

pub(super) fn decline_number(reason: DeclineReason) -> u32 {
    match reason {
        DeclineReason::Person => 1,
        DeclineReason::Timeout => 2,
        DeclineReason::NoSpace => 3,
        DeclineReason::Folder => 4,
        DeclineReason::NotReceiving => 5,
        DeclineReason::Unsupported => 6,
        DeclineReason::OnlyAsked => 7,
    }
}

/// An unknown number is a plain no.
pub(super) fn decline_reason(number: u32) -> DeclineReason {
    match number {
        2 => DeclineReason::Timeout,
        3 => DeclineReason::NoSpace,
        4 => DeclineReason::Folder,
        5 => DeclineReason::NotReceiving,
        6 => DeclineReason::Unsupported,
        7 => DeclineReason::OnlyAsked,
        _ => DeclineReason::Person,
    }
}

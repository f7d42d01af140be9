//! The vocabulary: pure data, no tokio, no disk, no window.
//!
//! Everything above speaks in these types. A value that exists is right: peer data becomes one of them at the
//! border (`wire`), or it becomes an error there.

mod account;
mod code;
mod confirmation;
mod conflict;
mod decision;
mod device;
mod digest;
mod failure;
mod host_port;
mod kept_receipt;
mod leftover;
mod link_target;
mod links;
mod manifest;
mod moment;
mod outcome;
mod password;
mod paused;
mod plan;
mod receipt;
mod rel_path;
mod report;
mod settings;
mod share;
mod shown;
pub mod size;
mod transfer;
mod transfer_id;
mod trust;
mod unfinished;

pub use account::{Account, AccountName, BadAccountName};
pub use code::{Code, NotACode};
pub use confirmation::Confirmation;
pub use conflict::{Choice, Conflict};
pub use decision::{Decision, DeclineReason};
pub use device::{
    DeviceId, DeviceName, DiscoveryKey, Fingerprint, NotADeviceId, PairedDevice, Pinning, Policy, Sighting,
};
pub use digest::{Digest, NotADigest};
pub use failure::{Failure, FailureKind, Side};
pub use host_port::{DEFAULT_PORT, HostPort, LAST_PORT, NotAnAddress, port_in_ipv6};
pub use kept_receipt::{KeptReceipt, ReceiptSum};
pub use leftover::Leftover;
pub use link_target::{LinkTarget, LinkTargetError};
pub use links::Links;
pub use manifest::{Entry, EntryIndex, EntryKind, ManifestSummary, Stamp};
pub use moment::Moment;
pub use outcome::Outcome;
pub use password::{BadPassword, Password};
pub use paused::{Paused, Wish};
pub use plan::{Finding, PlanSummary};
pub use receipt::{
    Comparison, Descent, Difference, DifferenceKind, Level, ReceiptCounts, ReceiptEntry, ReceiptEntryError,
    ReceiptHead, ReceiptKind, ReceiptOutcome, Seal,
};
pub use rel_path::{LocalName, RelPath, RelPathError};
pub use report::{FileFate, FileProblem, FileReport, Skip};
pub use settings::{Language, Settings, Strangers, ThemeChoice};
pub use share::Share;
pub use shown::{shown_bytes, shown_name, shown_path, shown_text};
pub use transfer::{IllegalStep, Step, TransferState};
pub use transfer_id::TransferId;
pub use trust::{Trust, Way};
pub use unfinished::{Agreed, AmbiguousTransfer, Direction, LocalEnd, Outgoing, Standing, Unfinished};

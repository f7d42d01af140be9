//! What went wrong, as front ends show it: a kind, its object, the side it happened on, and the technical chain.
//!
//! The words people read are in `assets/*.ftl`, one entry a kind and a language (`texts`); every layer's own error
//! enum ends here: `storage/error.rs` and `engine/failures.rs` say how.

use std::fmt;

/// Something that did not work, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What it is.
    pub kind: FailureKind,
    /// On whose computer.
    pub side: Side,
    /// The file, folder, address or name it is about, cleaned for showing.
    pub object: Option<String>,
    /// The chain of causes for the Details field and the log; English, technical, without personal paths.
    pub detail: String,
}

/// On whose computer something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// On this one.
    Here,
    /// On the other one.
    There,
}

impl Failure {
    /// A failure on this computer without an object yet.
    pub fn here(kind: FailureKind) -> Self {
        Self { kind, side: Side::Here, object: None, detail: String::new() }
    }

    /// A failure on the other computer.
    pub fn there(kind: FailureKind) -> Self {
        Self { side: Side::There, ..Self::here(kind) }
    }

    /// With what it is about.
    #[must_use]
    pub fn about(self, object: impl Into<String>) -> Self {
        Self { object: Some(object.into()), ..self }
    }

    /// With the technical cause.
    #[must_use]
    pub fn because(self, detail: impl fmt::Display) -> Self {
        Self { detail: detail.to_string(), ..self }
    }
}

/// Declares the kinds once: variant, code.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal),+ $(,)?) => {
        /// Every kind of failure a person can meet.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FailureKind { $($(#[$doc])* $variant),+ }

        impl FailureKind {
            /// All of them; a test holds each against the texts.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in `--json` lines, logs and text ids.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }
    };
}

kinds! {
    /// A chosen file is not there.
    NoSuchFile = "no-such-file",
    /// A chosen path is a device, a FIFO or a socket.
    NotAFile = "not-a-file",
    /// A chosen file has a name that Sampan keeps for its own files.
    ReservedName = "reserved-name",
    /// A name, or the way to something in a chosen folder, is longer than can be sent.
    PathTooLong = "path-too-long",
    /// A link in a chosen folder leads out of it, or in a circle.
    LinkNotSent = "link-not-sent",
    /// A followed link in a chosen folder leads to something that is not there.
    LinkNowhere = "link-nowhere",
    /// A chosen file may not be read.
    NotReadable = "not-readable",
    /// Reading a chosen file failed half way.
    ReadFailed = "read-failed",
    /// A source changed while it was read.
    SourceChanged = "source-changed",
    /// Nothing was chosen.
    NothingToSend = "nothing-to-send",
    /// More files than one offer can hold.
    TooManyFiles = "too-many-files",
    /// Somebody has to answer, and there is no terminal to ask in.
    NobodyToAsk = "nobody-to-ask",
    /// To take files from anyone has to be asked for by its name.
    NotCareless = "not-careless",
    /// The address cannot be understood.
    BadAddress = "bad-address",
    /// What was typed as a code is none.
    BadCode = "bad-code",
    /// The host name has no address.
    NameNotFound = "name-not-found",
    /// Nobody listens at the address.
    NobodyListens = "nobody-listens",
    /// The address does not answer, or there is no way to it.
    Unreachable = "unreachable",
    /// What answers there is no Sampan.
    NotSampan = "not-sampan",
    /// The other side speaks another major version.
    OtherVersion = "other-version",
    /// The other side broke the protocol.
    Protocol = "protocol",
    /// The other side shows a code that has to be typed here.
    CodeNeeded = "code-needed",
    /// The code was not right.
    WrongCode = "wrong-code",
    /// The pairing broke off in the middle; the code is spent.
    PairingBroken = "pairing-broken",
    /// Somebody else is trying the code over there.
    PairingBusy = "pairing-busy",
    /// No code is shown over there, after too many wrong ones.
    PairingClosed = "pairing-closed",
    /// The other side could not prove that it knows the code: an attack, or a broken program.
    NotProven = "not-proven",
    /// Another computer answers than the one that is meant.
    WrongDevice = "wrong-device",
    /// The other side does not take files from this computer.
    NotAdmitted = "not-admitted",
    /// The other side takes files from anyone, and so can't prove who it is.
    NothingProven = "nothing-proven",
    /// The other side wants a name and a password.
    AccountNeeded = "account-needed",
    /// An account was named, and the other side has none.
    NoAccounts = "no-accounts",
    /// Name or password wrong.
    WrongPassword = "wrong-password",
    /// A password goes only to a computer that is proven to be the right one.
    PasswordNotSafe = "password-not-safe",
    /// Nobody knows where a paired computer is.
    NoAddress = "no-address",
    /// The connection was lost.
    ConnectionLost = "connection-lost",
    /// The program was ended in the middle.
    Closed = "closed",
    /// The same transfer goes on in another session.
    Superseded = "superseded",
    /// The other side serves as many as it can.
    Busy = "busy",
    /// A person said no.
    Declined = "declined",
    /// Nobody answered in time.
    NotAnswered = "not-answered",
    /// The other side does not receive just now.
    NotReceiving = "not-receiving",
    /// The other side cannot take what was offered.
    Unsupported = "unsupported",
    /// Only the plan was asked for.
    OnlyAsked = "only-asked",
    /// No interrupted transfer has that id.
    NoSuchTransfer = "no-such-transfer",
    /// Several transfers are meant by what was typed.
    AmbiguousTransfer = "ambiguous-transfer",
    /// No transfer was interrupted.
    NothingToResume = "nothing-to-resume",
    /// It comes to this computer: its sender goes on with it.
    SenderGoesOn = "sender-goes-on",
    /// A transfer that was to be removed or gone on with runs at this moment.
    StillRunning = "still-running",
    /// Another session on this computer takes the same transfer in.
    TransferInUse = "transfer-in-use",
    /// A person cancelled.
    Cancelled = "cancelled",
    /// What arrived is not what was sent.
    WrongDigest = "wrong-digest",
    /// No room on the receiver's disk.
    DiskFull = "disk-full",
    /// The target folder is not there.
    FolderMissing = "folder-missing",
    /// The target folder is on a read-only disk.
    FolderReadOnly = "folder-read-only",
    /// The target folder may not be written.
    FolderForbidden = "folder-forbidden",
    /// The receiver cannot write into its folder; it does not say why.
    FolderUnusable = "folder-unusable",
    /// Writing failed for another reason.
    WriteFailed = "write-failed",
    /// Part files of a receiver that was killed.
    PartsLeft = "parts-left",
    /// The port to receive on is taken.
    AddressInUse = "address-in-use",
    /// The address to receive on is not this computer's, or may not be used.
    CannotListen = "cannot-listen",
    /// The device's key is damaged or readable by others.
    IdentityUnusable = "identity-unusable",
    /// The settings file is damaged.
    SettingsUnusable = "settings-unusable",
    /// The program's own folder cannot be used.
    HomeUnusable = "home-unusable",
    /// The database is damaged, of a newer version, or held by another program.
    DatabaseUnusable = "database-unusable",
    /// No paired device has that name or id.
    NoSuchDevice = "no-such-device",
    /// Several paired devices have that name.
    AmbiguousDevice = "ambiguous-device",
    /// There is no account of that name.
    NoSuchAccount = "no-such-account",
    /// There is an account of that name already.
    AccountExists = "account-exists",
    /// No account can have that name.
    BadAccountName = "bad-account-name",
    /// No password can be like that.
    BadPassword = "bad-password",
    /// A password is wanted, and there is neither a terminal to ask in nor a file.
    NoPassword = "no-password",
    /// A receipt cannot be read.
    ReceiptUnreadable = "receipt-unreadable",
    /// A file is no receipt, or one that is damaged or forged.
    BadReceipt = "bad-receipt",
    /// No receipt of a transfer is kept.
    NoReceipt = "no-receipt",
    /// A file that was to be written is there already, and says something else.
    AlreadyThere = "already-there",
    /// A bug of ours.
    Internal = "internal",
}

impl fmt::Display for Failure {
    /// For logs: `disk-full (there): detail`. No object: it may be a personal path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Here => "here",
            Side::There => "there",
        };
        write!(f, "{} ({side})", self.kind.code())?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, ": {}", self.detail) }
    }
}

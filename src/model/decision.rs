//! What the receiver answers to an offer.

/// The receiver's answer to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send it: bytes may flow from here on.
    Accept,
    /// Not one byte.
    Decline(DeclineReason),
}

/// Why the receiver said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclineReason {
    /// A person pressed Decline.
    Person,
    /// Nobody answered within the time limit.
    Timeout,
    /// The offer needs more room than the target folder's disk has.
    NoSpace,
    /// The target folder is missing, read-only or not ours to write into.
    Folder,
    /// The receiver switched Receive off, or is shutting down.
    NotReceiving,
    /// The offer holds something this version cannot take.
    Unsupported,
    /// The sender only wanted to know the plan.
    OnlyAsked,
}

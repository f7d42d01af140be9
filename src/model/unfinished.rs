//! What both sides remember of a transfer, so that it can go on after an interruption (docs/trees.md, "Resuming").

use std::path::PathBuf;

use crate::model::{
    AccountName, Conflict, DeviceId, DeviceName, Digest, HostPort, Links, Moment, TransferId,
};

/// Which way the bytes of a transfer go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From this computer.
    Outgoing,
    /// To this computer.
    Incoming,
}

impl Direction {
    /// The word in the database and in `--json` lines.
    pub fn code(self) -> &'static str {
        match self {
            Self::Outgoing => "outgoing",
            Self::Incoming => "incoming",
        }
    }

    /// What [`code`](Self::code) gave.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Outgoing, Self::Incoming].into_iter().find(|direction| direction.code() == code)
    }
}

/// What a receiver agreed to take, once. The same device, transfer id and names need not be agreed to again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Who sends, as TLS proved it.
    pub sender: DeviceId,
    /// What the sender calls the transfer. Only together with `sender` it names one.
    pub transfer: TransferId,
    /// Where it goes: absolute, as the system gave it, also where that is not UTF-8.
    pub folder: PathBuf,
    /// The account the sender came in by.
    pub account: Option<AccountName>,
    /// SHA-256 over all paths and kinds: what was shown when it was agreed to.
    pub names: Digest,
    /// What happens where something else has an entry's name.
    pub conflict: Conflict,
    /// Its first name, for lists; ready to be shown.
    pub label: String,
    /// How many files it has.
    pub files: u64,
    /// Their sizes in bytes.
    pub bytes: u64,
    /// How much may still come without another question: bytes, and one more for each entry.
    pub allowance: u64,
    /// When it was agreed to.
    pub at: Moment,
}

/// Where a transfer that was agreed to stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It goes on when the sender comes back.
    Unfinished,
    /// All of it is here. Whoever asks again gets the same answer.
    Delivered {
        /// When it was recorded.
        at: Moment,
    },
}

/// What this computer sends, from the first byte until it is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id, also when it goes on.
    pub transfer: TransferId,
    /// Who is to get it.
    pub receiver: DeviceId,
    /// Where the receiver was last.
    pub address: HostPort,
    /// What was chosen: absolute paths in the order given.
    pub sources: Vec<PathBuf>,
    /// What happens to symbolic links in it.
    pub links: Links,
    /// Its first name, for lists; ready to be shown.
    pub label: String,
    /// How many files it has.
    pub files: u64,
    /// Their sizes in bytes.
    pub bytes: u64,
    /// The receiver took it once: it may be waiting for the rest.
    pub is_accepted: bool,
    /// When it began.
    pub at: Moment,
}

/// A transfer that can go on, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Its id. An incoming one's is unique only together with `peer`.
    pub transfer: TransferId,
    /// The other side.
    pub peer: DeviceId,
    /// What the other side is called here, if it is paired.
    pub peer_name: Option<DeviceName>,
    /// Its first name, ready to be shown.
    pub label: String,
    /// How many files it has.
    pub files: u64,
    /// Their sizes in bytes.
    pub bytes: u64,
    /// When it was agreed to (incoming) or began (outgoing).
    pub at: Moment,
    /// Its end on this computer.
    pub end: LocalEnd,
}

/// Where a transfer begins or ends on this computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalEnd {
    /// It is sent from here.
    Sources {
        /// What was chosen: absolute paths in the order given.
        sources: Vec<PathBuf>,
        /// What happens to symbolic links in it.
        links: Links,
        /// Where the receiver was last.
        address: HostPort,
    },
    /// It comes to here.
    Folder {
        /// Where it goes.
        folder: PathBuf,
    },
}

/// Several transfers are meant by one text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} begins the ids of {} transfers", transfers.len())]
pub struct AmbiguousTransfer {
    /// What was typed.
    pub text: String,
    /// The transfers it may mean.
    pub transfers: Vec<TransferId>,
}

impl Unfinished {
    /// Which way its bytes go.
    pub fn direction(&self) -> Direction {
        match self.end {
            LocalEnd::Sources { .. } => Direction::Outgoing,
            LocalEnd::Folder { .. } => Direction::Incoming,
        }
    }

    /// The one of `list` whose id begins with `text`: 8 or more hex digits. `None`: no such transfer.
    /// Errors: [`AmbiguousTransfer`] if there are several.
    pub fn named<'list>(list: &'list [Self], text: &str) -> Result<Option<&'list Self>, AmbiguousTransfer> {
        let meant: Vec<&Self> = list.iter().filter(|one| one.transfer.has_prefix(text)).collect();
        match meant.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            several => Err(AmbiguousTransfer {
                text: text.to_owned(),
                transfers: several.iter().map(|one| one.transfer).collect(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: [u8; 16]) -> Unfinished {
        Unfinished {
            transfer: TransferId::from_bytes(id),
            peer: DeviceId::from_bytes([1; 32]),
            peer_name: None,
            label: "a".to_owned(),
            files: 1,
            bytes: 1,
            at: Moment::from_secs(1),
            end: LocalEnd::Folder { folder: "/home/anna".into() },
        }
    }

    #[test]
    fn the_begin_of_an_id_names_the_one_transfer_that_has_it() {
        let mut other = [0xab; 16];
        other[4] = 0;
        let list = [one([0xab; 16]), one(other)];
        assert_eq!(Unfinished::named(&list, "ababababAB"), Ok(list.first()));
        assert_eq!(Unfinished::named(&list, " abababab00 \n"), Ok(list.last()));
        for text in ["", "abababa", "bababababa", "ababab--ab", "+ababababab"] {
            assert_eq!(Unfinished::named(&list, text), Ok(None), "{text:?}");
        }
    }

    #[test]
    fn a_begin_that_two_ids_share_names_neither() {
        let list = [one([0xab; 16]), one([0xcd; 16]), one([0xab; 16])];
        let error = Unfinished::named(&list, "abababab").unwrap_err();
        assert_eq!(error.transfers, [list[0].transfer, list[2].transfer]);
        assert_eq!(error.to_string(), "\"abababab\" begins the ids of 2 transfers");
    }

    #[test]
    fn codes_go_there_and_back_and_other_words_are_none() {
        for direction in [Direction::Outgoing, Direction::Incoming] {
            assert_eq!(Direction::from_code(direction.code()), Some(direction));
        }
        assert_eq!(Direction::from_code("sideways"), None);
    }
}

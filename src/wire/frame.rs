//! Control frames as values. Chunks are not among them: their bytes go from buffer to buffer untouched.

use crate::model::{
    Confirmation, Decision, Digest, DiscoveryKey, EntryIndex, Leftover, ManifestSummary, PlanSummary, Share,
    TransferId, size,
};
use crate::wire::head::head;
use crate::wire::reason::{decline_number, decline_reason};
use crate::wire::{
    AbortReason, Beginning, Bye, ByeReason, DecisionPage, EntryRange, FailReason, Hello, Introduction, Kind,
    Login, ManifestPage, WireError, body, decision_page, digests, entry_range, greeting,
};

/// A control frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Version and features.
    Hello(Hello),
    /// The device's name, and whether it remembers the other one.
    Introduce(Introduction),
    /// Still here.
    Ping,
    /// The session ends.
    Bye(Bye),
    /// Half of the pairing.
    PairShare(Share),
    /// The proof of the code.
    PairConfirm(Confirmation),
    /// Name and password of an account.
    Login(Login),
    /// Pairing was all.
    Remember,
    /// Whether the device is remembered now: if so, with the discovery key of who remembers.
    Remembered(Option<DiscoveryKey>),
    /// A transfer is offered.
    Offer(Offer),
    /// Some of its entries.
    ManifestPage(ManifestPage),
    /// Its totals.
    ManifestEnd(ManifestSummary),
    /// What are the digests of the first bytes of these entries? At least one.
    DigestWanted(Vec<Beginning>),
    /// The answers, in the order of the questions; `None` where the bytes cannot be read.
    Digest(Vec<(Beginning, Option<Digest>)>),
    /// What the receiver would do.
    Planned(PlanSummary),
    /// Some of the entries that are not sent whole.
    DecisionPage(DecisionPage),
    /// Yes or no, to the manifest with this digest.
    Decision(Decision, Digest),
    /// A file begins.
    Header {
        /// Which.
        entry: EntryIndex,
        /// First byte that follows; not 0 where a file continues.
        offset: u64,
        /// Length of the whole file in bytes.
        size: u64,
    },
    /// So many zeros of a file, at least one.
    Hole(u64),
    /// A file ends.
    Trailer {
        /// Which.
        entry: EntryIndex,
        /// Length of the whole file in bytes.
        size: u64,
        /// SHA-256 of the whole file.
        digest: Digest,
    },
    /// A file ends without success, or never begins.
    Abort {
        /// Which.
        entry: EntryIndex,
        /// Why.
        reason: AbortReason,
    },
    /// The last file is through.
    End,
    /// Files that are safe on the receiver's disk.
    Saved(Vec<EntryRange>),
    /// A file that could not be saved.
    Failed {
        /// Which.
        entry: EntryIndex,
        /// Why.
        reason: FailReason,
    },
    /// The next bytes of the receipt, at least one.
    ReceiptPage(Vec<u8>),
    /// What arrived in all.
    Delivered {
        /// Files saved.
        saved: u64,
        /// Files not saved.
        failed: u64,
        /// Files that were there already, or not wanted.
        skipped: u64,
        /// Bytes of the saved files.
        bytes: u64,
        /// The manifest's digest.
        manifest: Digest,
    },
    /// Stop the transfer, and what becomes of what is not complete.
    Cancel(Leftover),
    /// Stopped.
    Cancelled,
    /// Send nothing more for now.
    Pause,
    /// Go on.
    Resume,
}

/// The beginning of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The sender's name for the transfer.
    pub transfer: TransferId,
    /// A line from person to person, cleaned for showing.
    pub note: Option<String>,
    /// What for.
    pub purpose: Purpose,
}

/// What an offer is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To send.
    #[default]
    Send,
    /// Only to hear what the receiver would do.
    Ask,
}

impl Frame {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Hello(_) => Kind::Hello,
            Self::Introduce(_) => Kind::Introduce,
            Self::Ping => Kind::Ping,
            Self::Bye(_) => Kind::Bye,
            Self::PairShare(_) => Kind::PairShare,
            Self::PairConfirm(_) => Kind::PairConfirm,
            Self::Login(_) => Kind::Login,
            Self::Remember => Kind::Remember,
            Self::Remembered(_) => Kind::Remembered,
            Self::Offer(_) => Kind::Offer,
            Self::ManifestPage(_) => Kind::ManifestPage,
            Self::ManifestEnd(_) => Kind::ManifestEnd,
            Self::DigestWanted(_) => Kind::DigestWanted,
            Self::Digest(_) => Kind::Digest,
            Self::Planned(_) => Kind::Planned,
            Self::DecisionPage(_) => Kind::DecisionPage,
            Self::Decision(..) => Kind::Decision,
            Self::Header { .. } => Kind::Header,
            Self::Hole(_) => Kind::Hole,
            Self::Trailer { .. } => Kind::Trailer,
            Self::Abort { .. } => Kind::Abort,
            Self::End => Kind::End,
            Self::Saved(_) => Kind::Saved,
            Self::Failed { .. } => Kind::Failed,
            Self::ReceiptPage(_) => Kind::ReceiptPage,
            Self::Delivered { .. } => Kind::Delivered,
            Self::Cancel(_) => Kind::Cancel,
            Self::Cancelled => Kind::Cancelled,
            Self::Pause => Kind::Pause,
            Self::Resume => Kind::Resume,
        }
    }

    /// Appends head and body to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend(head(self.kind(), 0));
        self.encode_body(out);
        let length = size::count32(out.len() - start - crate::wire::HEAD_BYTES);
        if let Some(place) = out.get_mut(start + 4..start + 8) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }

    fn encode_body(&self, out: &mut Vec<u8>) {
        match self {
            Self::Hello(hello) => hello.encode(out),
            Self::Introduce(introduction) => introduction.encode(out),
            Self::PairShare(share) => greeting::encode_proof(share.as_bytes(), out),
            Self::PairConfirm(confirmation) => greeting::encode_proof(confirmation.as_bytes(), out),
            Self::Login(login) => login.encode(out),
            Self::Remembered(key) => greeting::encode_remembered(key.as_ref(), out),
            Self::Ping | Self::Remember | Self::End | Self::Cancelled | Self::Pause | Self::Resume => {
                body::encode(&body::Empty {}, out);
            }
            Self::Bye(bye) => {
                body::encode(&body::Bye { reason: bye.reason.number(), detail: bye.detail.clone() }, out);
            }
            Self::Offer(offer) => {
                let transfer = offer.transfer.as_bytes().to_vec().into();
                let only_asks = match offer.purpose {
                    Purpose::Send => None,
                    Purpose::Ask => Some(true),
                };
                body::encode(&body::Offer { transfer, note: offer.note.clone(), only_asks }, out);
            }
            Self::ManifestPage(page) => out.extend(page.body()),
            Self::ManifestEnd(ManifestSummary { entries, bytes, stored, unreadable, digest }) => {
                let (entries, bytes, stored, unreadable) = (*entries, *bytes, *stored, *unreadable);
                let digest = digest.as_bytes().to_vec().into();
                body::encode(&body::ManifestEnd { entries, bytes, stored, unreadable, digest }, out);
            }
            Self::ReceiptPage(bytes) => {
                body::encode(&body::ReceiptPage { bytes: bytes.clone().into() }, out);
            }
            Self::Cancel(leftover) => {
                let forget = match leftover {
                    Leftover::Keep => None,
                    Leftover::Remove => Some(true),
                };
                body::encode(&body::Cancel { forget }, out);
            }
            Self::DigestWanted(wanted) => digests::encode_wanted(wanted, out),
            Self::Digest(answers) => digests::encode_answers(answers, out),
            Self::Planned(plan) => decision_page::encode_summary(plan, out),
            Self::DecisionPage(page) => page.encode(out),
            Self::Hole(length) => body::encode(&body::Hole { length: *length }, out),
            Self::Decision(decision, manifest) => {
                let reason = match decision {
                    Decision::Accept => None,
                    Decision::Decline(reason) => Some(decline_number(*reason)),
                };
                let manifest = manifest.as_bytes().to_vec().into();
                body::encode(&body::Decision { accept: reason.is_none(), reason, manifest }, out);
            }
            Self::Header { entry, offset, size } => {
                body::encode(&body::Header { entry: *entry, offset: *offset, size: *size }, out);
            }
            Self::Trailer { entry, size, digest } => {
                let digest = digest.as_bytes().to_vec().into();
                body::encode(&body::Trailer { entry: *entry, size: *size, digest }, out);
            }
            Self::Abort { entry, reason } => {
                body::encode(&body::EntryReason { entry: *entry, reason: reason.number() }, out);
            }
            Self::Failed { entry, reason } => {
                body::encode(&body::EntryReason { entry: *entry, reason: reason.number() }, out);
            }
            Self::Saved(ranges) => {
                body::encode(&body::Saved { ranges: entry_range::flat(ranges) }, out);
            }
            Self::Delivered { saved, failed, skipped, bytes, manifest } => {
                let manifest = manifest.as_bytes().to_vec().into();
                let (saved, failed, skipped, bytes) = (*saved, *failed, *skipped, *bytes);
                body::encode(&body::Delivered { saved, failed, bytes, manifest, skipped }, out);
            }
        }
    }

    /// Reads a control body of a kind (never `Chunk`, whose body is raw).
    /// Errors: [`WireError::Malformed`] or [`WireError::Path`].
    pub fn decode(kind: Kind, bytes: &[u8]) -> Result<Self, WireError> {
        let malformed = |reason: &str| body::malformed(kind, reason);
        match kind {
            Kind::Hello => Hello::decode(bytes).map(Self::Hello),
            Kind::Introduce => Introduction::decode(bytes).map(Self::Introduce),
            Kind::PairShare => {
                greeting::decode_proof(kind, bytes).map(|bytes| Self::PairShare(Share::from_bytes(bytes)))
            }
            Kind::PairConfirm => greeting::decode_proof(kind, bytes)
                .map(|bytes| Self::PairConfirm(Confirmation::from_bytes(bytes))),
            Kind::Login => Login::decode(bytes).map(Self::Login),
            Kind::Remembered => greeting::decode_remembered(bytes).map(Self::Remembered),
            Kind::Remember => empty(kind, bytes, Self::Remember),
            Kind::Ping => empty(kind, bytes, Self::Ping),
            Kind::End => empty(kind, bytes, Self::End),
            Kind::ReceiptPage => match Vec::from(body::decode::<body::ReceiptPage>(kind, bytes)?.bytes) {
                bytes if bytes.is_empty() => Err(malformed("a page of no bytes")),
                bytes => Ok(Self::ReceiptPage(bytes)),
            },
            Kind::Cancel => {
                let body::Cancel { forget } = body::decode(kind, bytes)?;
                let forget = forget == Some(true);
                Ok(Self::Cancel(if forget { Leftover::Remove } else { Leftover::Keep }))
            }
            Kind::Cancelled => empty(kind, bytes, Self::Cancelled),
            Kind::Pause => empty(kind, bytes, Self::Pause),
            Kind::Resume => empty(kind, bytes, Self::Resume),
            Kind::Bye => {
                let body::Bye { reason, detail } = body::decode(kind, bytes)?;
                Ok(Self::Bye(Bye { reason: ByeReason::from_number(reason), detail: body::line(&detail) }))
            }
            Kind::Offer => {
                let offer: body::Offer = body::decode(kind, bytes)?;
                let transfer = TransferId::from_bytes(body::exactly(kind, "transfer", &offer.transfer)?);
                let purpose = if offer.only_asks == Some(true) { Purpose::Ask } else { Purpose::Send };
                Ok(Self::Offer(Offer { transfer, note: offer.note.as_deref().map(body::line), purpose }))
            }
            Kind::ManifestPage => ManifestPage::decode(bytes).map(Self::ManifestPage),
            Kind::ManifestEnd => {
                let end: body::ManifestEnd = body::decode(kind, bytes)?;
                Ok(Self::ManifestEnd(ManifestSummary {
                    entries: end.entries,
                    bytes: end.bytes,
                    stored: end.stored,
                    unreadable: end.unreadable,
                    digest: Digest::from_bytes(body::exactly(kind, "digest", &end.digest)?),
                }))
            }
            Kind::DigestWanted => digests::decode_wanted(bytes).map(Self::DigestWanted),
            Kind::Digest => digests::decode_answers(bytes).map(Self::Digest),
            Kind::Planned => decision_page::decode_summary(bytes).map(Self::Planned),
            Kind::DecisionPage => DecisionPage::decode(bytes).map(Self::DecisionPage),
            Kind::Hole => match body::decode(kind, bytes)? {
                body::Hole { length: 0 } => Err(malformed("a hole of no bytes")),
                body::Hole { length } => Ok(Self::Hole(length)),
            },
            Kind::Decision => {
                let body: body::Decision = body::decode(kind, bytes)?;
                let decision = match (body.accept, body.reason) {
                    (true, None) => Decision::Accept,
                    (true, Some(_)) => return Err(malformed("yes with a reason against it")),
                    (false, reason) => Decision::Decline(decline_reason(reason.unwrap_or(0))),
                };
                let manifest = Digest::from_bytes(body::exactly(kind, "manifest", &body.manifest)?);
                Ok(Self::Decision(decision, manifest))
            }
            Kind::Header => {
                let body::Header { entry, offset, size } = body::decode(kind, bytes)?;
                Ok(Self::Header { entry, offset, size })
            }
            Kind::Trailer => {
                let body: body::Trailer = body::decode(kind, bytes)?;
                let digest = Digest::from_bytes(body::exactly(kind, "digest", &body.digest)?);
                Ok(Self::Trailer { entry: body.entry, size: body.size, digest })
            }
            Kind::Abort => {
                let body::EntryReason { entry, reason } = body::decode(kind, bytes)?;
                Ok(Self::Abort { entry, reason: AbortReason::from_number(reason) })
            }
            Kind::Failed => {
                let body::EntryReason { entry, reason } = body::decode(kind, bytes)?;
                Ok(Self::Failed { entry, reason: FailReason::from_number(reason) })
            }
            Kind::Saved => {
                let saved: body::Saved = body::decode(kind, bytes)?;
                match entry_range::ranges(kind, &saved.ranges)? {
                    ranges if ranges.is_empty() => Err(malformed("not a list of ranges")),
                    ranges => Ok(Self::Saved(ranges)),
                }
            }
            Kind::Delivered => {
                let body: body::Delivered = body::decode(kind, bytes)?;
                let manifest = Digest::from_bytes(body::exactly(kind, "manifest", &body.manifest)?);
                let body::Delivered { saved, failed, bytes, skipped, .. } = body;
                Ok(Self::Delivered { saved, failed, skipped, bytes, manifest })
            }
            Kind::Chunk => Err(malformed("a chunk is no control frame")),
        }
    }
}

fn empty(kind: Kind, bytes: &[u8], frame: Frame) -> Result<Frame, WireError> {
    body::decode::<body::Empty>(kind, bytes).map(|_| frame)
}

#[cfg(test)]
mod tests;

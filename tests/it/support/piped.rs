//! A peer that speaks frames by hand, in whatever order a test wants.

use sampan::model::{
    Decision, DeviceName, Digest, Entry, EntryIndex, EntryKind, ManifestSummary, PlanSummary, RelPath,
    TransferId, Way, size,
};
use sampan::wire::{
    EntryRange, Frame, FrameHead, HEAD_BYTES, Hello, Introduction, Kind, ManifestPage, Offer, PageWriter,
    Purpose, chunk_head,
};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use crate::support::within;

/// Large enough that no test of this size ever waits for it.
pub(crate) const ROOMY: usize = 16 * 1024 * 1024;

/// One thing a session says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// A control frame, pings left out.
    Frame(Frame),
    /// A chunk's bytes.
    Chunk(Vec<u8>),
    /// It ended its side.
    End,
}

/// The other end of a session's stream.
pub(crate) struct Peer {
    stream: DuplexStream,
    /// Pings that came between the frames.
    pub(crate) pings: usize,
}

/// What a peer offers.
pub(crate) struct Offering {
    pub(crate) pages: Vec<ManifestPage>,
    pub(crate) summary: ManifestSummary,
}

/// SHA-256 of some bytes.
pub(crate) fn digest(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::digest(bytes).into())
}

/// The Offer that all peers here make.
pub(crate) fn offer() -> Frame {
    Frame::Offer(Offer { transfer: TransferId::from_bytes([7; 16]), note: None, purpose: Purpose::Send })
}

/// A Planned that says nothing: a receiver must have said one before its yes.
pub(crate) fn planned() -> Frame {
    Frame::Planned(PlanSummary::default())
}

/// A Saved about these entries.
pub(crate) fn saved(first: EntryIndex, count: u64) -> Frame {
    Frame::Saved(vec![EntryRange { first, count }])
}

/// A Delivered in which nothing was skipped.
pub(crate) fn delivered(saved: u64, failed: u64, bytes: u64, manifest: Digest) -> Frame {
    Frame::Delivered { saved, failed, skipped: 0, bytes, manifest }
}

/// A file of this path and size; a path that ends with `/` is a folder.
pub(crate) fn entry(path: &str, size: u64) -> Entry {
    let kind = if path.ends_with('/') { EntryKind::Folder } else { EntryKind::File };
    let names: Vec<_> = path.trim_end_matches('/').split('/').collect();
    Entry { path: RelPath::parse(names).unwrap(), kind, size, stored: size, modified: None, mode: None }
}

/// Bytes that differ from place to place.
pub(crate) fn bytes(count: usize) -> Vec<u8> {
    (0..=250_u8).cycle().take(count).collect()
}

/// The Trailer of a file with these contents.
pub(crate) fn trailer(entry: EntryIndex, contents: &[u8]) -> Frame {
    Frame::Trailer { entry, size: size::from_len(contents.len()), digest: digest(contents) }
}

/// The Header of a file of this size.
pub(crate) fn header(entry: EntryIndex, size: u64) -> Frame {
    Frame::Header { entry, offset: 0, size }
}

impl Offering {
    /// Of files with these paths and sizes; a path that ends with `/` is a folder.
    pub(crate) fn of<'a>(files: impl IntoIterator<Item = (&'a str, u64)>) -> Self {
        Self::entries(files.into_iter().map(|(path, size)| entry(path, size)))
    }

    /// Of these entries, however impossible.
    pub(crate) fn entries(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut writer = PageWriter::new();
        let mut pages: Vec<ManifestPage> =
            entries.into_iter().filter_map(|entry| writer.push(entry)).collect();
        let (last, summary) = writer.finish(0);
        pages.extend(last);
        Self { pages, summary }
    }
}

impl Peer {
    /// A peer and the stream for the session, over a pipe that holds this many bytes each way.
    pub(crate) fn over(buffer: usize) -> (Self, DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(buffer);
        (Self { stream: ours, pings: 0 }, theirs)
    }

    /// A peer over a pipe in which nothing ever waits.
    pub(crate) fn roomy() -> (Self, DuplexStream) {
        Self::over(ROOMY)
    }

    /// Writes bytes as they are. That the session may be gone already is not the peer's concern.
    pub(crate) async fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.ok();
    }

    pub(crate) async fn send(&mut self, frame: Frame) {
        self.send_all(&[frame]).await;
    }

    /// Writes frames in one go.
    pub(crate) async fn send_all(&mut self, frames: &[Frame]) {
        let mut bytes = Vec::new();
        for frame in frames {
            frame.encode(&mut bytes);
        }
        self.raw(&bytes).await;
    }

    pub(crate) async fn chunk(&mut self, bytes: &[u8]) {
        self.raw(&chunk_head(size::count32(bytes.len()))).await;
        self.raw(bytes).await;
    }

    /// Header, one chunk, Trailer.
    pub(crate) async fn file(&mut self, entry: EntryIndex, contents: &[u8]) {
        self.send(header(entry, size::from_len(contents.len()))).await;
        if !contents.is_empty() {
            self.chunk(contents).await;
        }
        self.send(trailer(entry, contents)).await;
    }

    /// The next thing the session says.
    pub(crate) async fn read(&mut self) -> Said {
        within("a frame of the session", self.read_for_ever()).await
    }

    /// Like [`read`](Self::read), for tests in which hours pass.
    pub(crate) async fn read_for_ever(&mut self) -> Said {
        loop {
            let mut head = [0; HEAD_BYTES];
            if self.stream.read_exact(&mut head).await.is_err() {
                return Said::End;
            }
            let FrameHead::Known(kind, length) = FrameHead::parse(head).unwrap() else {
                panic!("the session sent a frame of unknown kind")
            };
            let mut body = vec![0; size::to_len(u64::from(length))];
            if self.stream.read_exact(&mut body).await.is_err() {
                return Said::End;
            }
            match kind {
                Kind::Ping => self.pings += 1,
                Kind::Chunk => return Said::Chunk(body),
                kind => return Said::Frame(Frame::decode(kind, &body).unwrap()),
            }
        }
    }

    /// The next control frame, which must be of this kind.
    pub(crate) async fn expect(&mut self, kind: Kind) -> Frame {
        match self.read().await {
            Said::Frame(frame) if frame.kind() == kind => frame,
            other => panic!("expected {kind}, the session said {other:?}"),
        }
    }

    /// Everything the session says until it ends its side.
    pub(crate) async fn rest(&mut self) -> Vec<Said> {
        let mut said = Vec::new();
        loop {
            match self.read().await {
                Said::End => return said,
                other => said.push(other),
            }
        }
    }

    /// The contents of the files up to and with this frame's kind; data frames are the session's.
    pub(crate) async fn rest_until(&mut self, kind: Kind) -> Vec<Said> {
        let mut said = Vec::new();
        loop {
            let next = self.read().await;
            assert_ne!(next, Said::End, "the session ended before {kind}; before that {} frames", said.len());
            let is_last = matches!(&next, Said::Frame(frame) if frame.kind() == kind);
            said.push(next);
            if is_last {
                return said;
            }
        }
    }

    /// Ends its writing side and goes on reading.
    pub(crate) async fn shut_down(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Says Hello and Introduce, and reads both.
    pub(crate) async fn greet(&mut self) {
        self.hello().await;
        self.introduce().await;
    }

    /// Says Hello, and reads the session's.
    pub(crate) async fn hello(&mut self) {
        let admits = vec![Way::Anyone];
        self.send(Frame::Hello(Hello { version: "0.0.0".to_owned(), features: Vec::new(), admits })).await;
        self.expect(Kind::Hello).await;
    }

    /// Says Introduce, and reads the session's.
    pub(crate) async fn introduce(&mut self) {
        self.send(Frame::Introduce(Introduction { name: DeviceName::new("peer"), remembers: None })).await;
        self.expect(Kind::Introduce).await;
    }

    /// Offers these.
    pub(crate) async fn offer(&mut self, offering: &Offering) {
        let mut frames = vec![offer()];
        frames.extend(offering.pages.iter().cloned().map(Frame::ManifestPage));
        frames.push(Frame::ManifestEnd(offering.summary));
        self.send_all(&frames).await;
    }

    /// Greets, offers, and hears yes.
    pub(crate) async fn offer_taken(&mut self, files: &[(&str, u64)]) -> Offering {
        self.greet().await;
        let offering = Offering::of(files.iter().copied());
        self.offer(&offering).await;
        self.expect(Kind::Planned).await;
        let decision = self.expect(Kind::Decision).await;
        assert_eq!(decision, Frame::Decision(Decision::Accept, offering.summary.digest));
        offering
    }

    /// Greets and reads an offer.
    pub(crate) async fn read_offer(&mut self) -> Offering {
        self.greet().await;
        self.expect(Kind::Offer).await;
        let mut pages = Vec::new();
        loop {
            match self.read().await {
                Said::Frame(Frame::ManifestPage(page)) => pages.push(page),
                Said::Frame(Frame::ManifestEnd(summary)) => return Offering { pages, summary },
                other => panic!("expected the manifest, the session said {other:?}"),
            }
        }
    }

    /// Greets, reads an offer and says yes.
    pub(crate) async fn take_offer(&mut self) -> Offering {
        let offering = self.read_offer().await;
        self.say_yes(&offering).await;
        offering
    }
    /// Says what would be done, and yes.
    pub(crate) async fn say_yes(&mut self, offering: &Offering) {
        self.send_all(&[planned(), Frame::Decision(Decision::Accept, offering.summary.digest)]).await;
    }
}

//! A sending session with any bytes from the other side.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use sampan::session::SendEnd;
use sampan::storage::Source;
use tempfile::TempDir;

use super::far;
use crate::support::piped::Peer;
use crate::support::sides::Sender;

/// The first byte says how far the conversation goes politely, and whether the peer then closes or falls silent.
pub(crate) fn run(data: &[u8]) -> String {
    let Some((first, noise)) = data.split_first() else { return String::new() };
    far::run(hears(*first, noise))
}

async fn hears(first: u8, noise: &[u8]) -> String {
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, sources());
    let ledger = Arc::clone(&sender.ledger);
    let (polite, then) = far::beginning(first);
    if polite == 1 {
        peer.read_offer().await;
    } else if polite > 1 {
        peer.take_offer().await;
    }
    let end = far::noise(peer, noise, then, sender.end_at_last()).await;
    if matches!(end, Ok(SendEnd::Delivered)) {
        assert_eq!(ledger.counts().saved, 2, "delivered is said only of what was saved");
    }
    format!("{polite} {then:?} {end:?}")
}

/// Two files, always of the same time and mode, so that saved inputs can answer the very offer.
fn sources() -> Arc<[Source]> {
    static FILES: OnceLock<(TempDir, Arc<[Source]>)> = OnceLock::new();
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        let source = |name: &str, contents: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, contents).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
            let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
            File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
            Source::inspect(&path).unwrap()
        };
        let sources = [source("a", b"hello"), source("b", b"world")].into();
        (folder, sources)
    };
    Arc::clone(&FILES.get_or_init(make).1)
}

//! A sending session with any bytes from the other side.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use sampan::model::Links;
use sampan::session::SendEnd;
use sampan::storage::Roots;
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
    let sender = Sender::start(stream, roots());
    let heard = std::sync::Arc::clone(&sender.heard);
    let (polite, then) = far::beginning(first);
    if polite == 1 {
        peer.read_offer().await;
    } else if polite > 1 {
        peer.take_offer().await;
    }
    let end = far::noise(peer, noise, then, sender.end_at_last()).await;
    if matches!(end, Ok(SendEnd::Delivered)) {
        assert_eq!(heard.saved(), 2, "delivered is said only of what was saved");
    }
    format!("{polite} {then:?} {end:?}")
}

/// Two files, always of the same time and mode, so that saved inputs can answer the very offer.
fn roots() -> Roots {
    static FILES: OnceLock<(TempDir, Roots)> = OnceLock::new();
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        let root = |name: &str, contents: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, contents).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
            let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
            File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
            path
        };
        let roots = Roots::look(&[root("a", b"hello"), root("b", b"world")], Links::Keep).unwrap();
        (folder, roots)
    };
    FILES.get_or_init(make).1.clone()
}

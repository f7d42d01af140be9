//! Trees of a peer that means harm: lists that cannot be, links that lead out, folders that are swapped while files arrive,
//! questions about what was not offered.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;

use minicbor::Encoder;
use sampan::model::{Decision, Digest, ManifestSummary};
use sampan::session::{SendEnd, SessionError};
use sampan::wire::{Beginning, ByeReason, DecisionPage, EntryRange, Frame, Kind};

use crate::support::peer::{digest, frame};
use crate::support::piped::{Peer, Said, offer, planned};
use crate::support::sides::{Files, Receiver, ReceiverEnd, Sender};
use crate::support::tree::{look, ours};

/// An entry as a page has it, however impossible.
#[derive(Clone, Copy)]
struct Item {
    path: &'static [&'static str],
    kind: u32,
    size: u64,
    target: Option<&'static [u8]>,
}

const fn file(path: &'static [&'static str]) -> Item {
    Item { path, kind: 0, size: 0, target: None }
}

const fn folder(path: &'static [&'static str]) -> Item {
    Item { path, kind: 1, size: 0, target: None }
}

const fn link(path: &'static [&'static str], target: &'static [u8]) -> Item {
    Item { path, kind: 2, size: 0, target: Some(target) }
}

/// A page's body.
fn body(items: &[Item]) -> Vec<u8> {
    let mut page = Encoder::new(Vec::new());
    page.map(2).unwrap().u8(0).unwrap().u64(0).unwrap();
    page.u8(1).unwrap().array(items.len() as u64).unwrap();
    for item in items {
        page.map(if item.target.is_some() { 5 } else { 4 }).unwrap();
        page.u8(0).unwrap().array(item.path.len() as u64).unwrap();
        for name in item.path {
            page.bytes(name.as_bytes()).unwrap();
        }
        page.u8(1).unwrap().u32(item.kind).unwrap();
        page.u8(2).unwrap().u64(item.size).unwrap();
        page.u8(3).unwrap().u64(item.size).unwrap();
        if let Some(target) = item.target {
            page.u8(7).unwrap().bytes(target).unwrap();
        }
    }
    page.into_writer()
}

/// Offers a list to a receiver that takes everything; gives what it said, and how it ended.
async fn offered(items: &[Item]) -> (Vec<Said>, ReceiverEnd) {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.greet().await;
    let body = body(items);
    let bytes = items.iter().map(|item| item.size).sum();
    let entries = items.len().try_into().unwrap();
    let summary = ManifestSummary { entries, bytes, stored: bytes, unreadable: 0, digest: digest(&body) };
    peer.send(offer()).await;
    peer.raw(&frame(Kind::ManifestPage, &body)).await;
    peer.send_all(&[Frame::ManifestEnd(summary), Frame::End]).await;
    peer.shut_down().await;
    let said = peer.rest().await;
    drop(peer);
    (said, receiver.end().await)
}

/// Asserts that an offer is a broken protocol, and that nothing is written.
async fn assert_broken(what: &str, items: &[Item]) {
    let (said, end) = offered(items).await;
    let is_bye = matches!(&said[..], [Said::Frame(Frame::Bye(bye))] if bye.reason == ByeReason::Protocol);
    assert!(is_bye, "{what}: {said:?}");
    assert!(end.result.as_ref().is_err_and(SessionError::is_peers_fault), "{what}: {:?}", end.result);
    assert!(look(end.spot.folder()).is_empty() && ours(end.spot.folder()).is_empty(), "{what}");
}

#[tokio::test]
async fn a_tree_that_is_in_order_is_taken() {
    let items = [
        file(&["a"]),
        folder(&["b"]),
        link(&["b", "link"], b"x/../y"),
        folder(&["b", "x"]),
        link(&["b", "x", "up"], b"../y"),
        file(&["c"]),
    ];
    let (said, _) = offered(&items).await;
    assert!(
        said.iter().any(|said| matches!(said, Said::Frame(Frame::Decision(Decision::Accept, _)))),
        "{said:?}"
    );
}

#[tokio::test]
async fn lists_that_no_tree_can_have_are_refused_and_nothing_is_written() {
    let lists: [(&str, &[Item]); 11] = [
        ("out of order", &[file(&["b"]), file(&["a"])]),
        ("the same path twice", &[file(&["a"]), file(&["a"])]),
        ("a folder twice", &[folder(&["a"]), folder(&["a"])]),
        ("a folder and a file of one path", &[folder(&["a"]), file(&["a"])]),
        ("in a file", &[file(&["a"]), file(&["a", "b"])]),
        ("in a link", &[folder(&["a"]), link(&["a", "l"], b"x"), file(&["a", "l", "b"])]),
        ("in no folder", &[file(&["a", "b"])]),
        ("in a folder that was left", &[folder(&["a"]), file(&["b"]), file(&["a", "b"])]),
        ("in a folder too deep", &[folder(&["a"]), file(&["a", "b", "c"])]),
        ("a folder with bytes", &[Item { size: 1, ..folder(&["a"]) }]),
        ("of no known kind", &[Item { kind: 3, ..file(&["a"]) }]),
    ];
    for (what, items) in lists {
        assert_broken(what, items).await;
    }
}

#[tokio::test]
async fn links_that_lead_out_of_their_root_are_refused_and_nothing_is_written() {
    const LONG: &[u8] = &[b'a'; 4096];
    assert_broken("a link that is a root", &[link(&["l"], b"x")]).await;
    let targets: [(&str, &'static [u8]); 9] = [
        ("absolute", b"/etc/passwd"),
        ("out of the root", b".."),
        ("out, and in again", b"../a/x"),
        ("out behind a name", b"x/../../y"),
        ("up behind a name", b"x/.."),
        ("far out", b"../../../../etc/passwd"),
        ("nothing", b""),
        ("a zero byte", b"x\0y"),
        ("too long", LONG),
    ];
    for (what, target) in targets {
        let items: [Item; 2] = [folder(&["a"]), Item { target: Some(target), ..link(&["a", "l"], b"") }];
        assert_broken(what, &items).await;
    }
    assert_broken("a link to nowhere", &[folder(&["a"]), Item { target: None, ..link(&["a", "l"], b"") }])
        .await;
    assert_broken("a file with a target", &[Item { target: Some(b"x"), ..file(&["a"]) }]).await;
    assert_broken("a link with bytes", &[folder(&["a"]), Item { size: 1, ..link(&["a", "l"], b"x") }]).await;
}

// Somebody at work in the target folder

const FOLDERS: usize = 20;
const FILES: usize = 10;

/// Swaps folders of a tree for links to elsewhere and back, until it is told to stop; gives how often.
fn swap(tree: &Path, outside: &Path, stop: &AtomicBool) -> usize {
    let mut swaps = 0;
    while !stop.load(Ordering::Relaxed) {
        let name = format!("folder {}", swaps % FOLDERS);
        let (path, aside) = (tree.join(&name), tree.join("aside"));
        // Any of it may fail: somebody else is at work here too.
        match swaps % 3 {
            0 => {
                fs::rename(&path, &aside).ok();
                symlink(outside, &path).ok();
            }
            1 => {
                fs::remove_file(&path).ok();
                fs::rename(&aside, &path).ok();
            }
            _ => {
                symlink(outside.join("new"), &path).ok();
            }
        }
        swaps += 1;
    }
    swaps
}

#[tokio::test]
async fn folders_of_a_tree_that_are_swapped_for_links_while_it_arrives_lead_nowhere() {
    let names: Vec<String> = (0..FOLDERS)
        .flat_map(|folder| (0..FILES).map(move |file| format!("tree/folder {folder}/{file}")))
        .collect();
    let list: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"theirs".as_slice())).collect();
    let files = Files::of(&list);
    let outside = tempfile::tempdir().unwrap();
    for file in 0..FILES {
        fs::write(outside.path().join(file.to_string()), "kept").unwrap();
    }
    let before = look(outside.path());
    let mut swaps = 0;
    for _ in 0..4 {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let receiver = Receiver::accepting(theirs);
        let tree = receiver.folder().join("tree");
        fs::create_dir(&tree).unwrap();
        let stop = Arc::<AtomicBool>::default();
        let (stopped, elsewhere) = (Arc::clone(&stop), outside.path().to_owned());
        let work = move || swap(&tree, &elsewhere, &stopped);
        let swapper = Builder::new().name("swapper".to_owned()).spawn(work).unwrap();
        // How many files arrive depends on the swapper; that both sides end does not.
        let sent = Sender::start(ours, files.roots.clone()).end().await;
        receiver.end().await;
        stop.store(true, Ordering::Relaxed);
        swaps += swapper.join().unwrap();
        assert!(sent.is_ok(), "{sent:?}");
    }
    assert!(swaps > 4, "the swapper was at work: {swaps}");
    assert_eq!(look(outside.path()), before);
}

// A receiver that wants to know too much

/// A sender of `tree/a` and `tree/b`, whose receiver has its offer and asks these questions.
async fn asked(files: &Files, wanted: Vec<Beginning>) -> (Sender, Vec<Option<Digest>>) {
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    peer.read_offer().await;
    let count = wanted.len();
    peer.send(Frame::DigestWanted(wanted)).await;
    let mut told = Vec::new();
    while told.len() < count {
        match peer.expect(Kind::Digest).await {
            Frame::Digest(digests) => told.extend(digests.into_iter().map(|(_, digest)| digest)),
            other => panic!("{other:?}"),
        }
    }
    (sender, told)
}

#[tokio::test]
async fn a_question_about_a_source_that_was_swapped_for_a_link_is_not_answered() {
    let secret = tempfile::tempdir().unwrap();
    fs::write(secret.path().join("a"), "secret").unwrap();
    let files = Files::of(&[("tree/a", b"public"), ("tree/folder/a", b"public")]);
    let question = |entry| Beginning { entry, length: 6 };
    let (_sender, told) = asked(&files, vec![question(1), question(3)]).await;
    assert_eq!(told, [Some(digest(b"public")), Some(digest(b"public"))], "as offered");
    // A new offer of the same things, in whose place others are when it is asked.
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    let offering = peer.read_offer().await;
    fs::remove_file(files.path("tree/a")).unwrap();
    symlink(secret.path().join("a"), files.path("tree/a")).unwrap();
    fs::remove_dir_all(files.path("tree/folder")).unwrap();
    symlink(secret.path(), files.path("tree/folder")).unwrap();
    peer.send(Frame::DigestWanted(vec![question(1), question(3)])).await;
    let mut told = Vec::new();
    while told.len() < 2 {
        let Frame::Digest(digests) = peer.expect(Kind::Digest).await else { unreachable!() };
        told.extend(digests.into_iter().map(|(_, digest)| digest));
    }
    assert_eq!(told, [None, None]);
    // Nor is a byte of them sent.
    peer.say_yes(&offering).await;
    let said = peer.rest_until(Kind::End).await;
    assert!(said.iter().all(|said| !matches!(said, Said::Chunk(_))), "{said:?}");
    drop(peer);
    assert!(sender.end().await.is_err(), "nobody said Delivered");
}

/// What a sender of two files in a folder makes of a yes with these pages.
async fn decided(pages: Vec<DecisionPage>) -> Result<SendEnd, SessionError> {
    let files = Files::of(&[("tree/a", b"hello"), ("tree/b", b"world")]);
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    let offering = peer.read_offer().await;
    let pages = pages.into_iter().map(Frame::DecisionPage);
    let yes = Frame::Decision(Decision::Accept, offering.summary.digest);
    let frames: Vec<Frame> = [planned()].into_iter().chain(pages).chain([yes]).collect();
    peer.send_all(&frames).await;
    peer.shut_down().await;
    let said = peer.rest().await;
    drop(peer);
    let is_bye =
        matches!(said.last(), Some(Said::Frame(Frame::Bye(bye))) if bye.reason == ByeReason::Protocol);
    let end = sender.end().await;
    assert_eq!(is_bye, end.as_ref().is_err_and(SessionError::is_peers_fault), "{said:?} {end:?}");
    end
}

#[tokio::test]
async fn decisions_that_make_no_sense_end_the_session() {
    let range = |first, count| vec![EntryRange { first, count }];
    let page = DecisionPage::default;
    let nonsense: [(&str, Vec<DecisionPage>); 9] = [
        ("beyond the last entry", vec![DecisionPage { unwanted: range(2, 2), ..page() }]),
        ("far beyond", vec![DecisionPage { unwanted: range(u64::MAX - 1, 1), ..page() }]),
        ("twice", vec![DecisionPage { unwanted: range(1, 1), ..page() }; 2]),
        (
            "backwards",
            vec![
                DecisionPage { unwanted: range(2, 1), ..page() },
                DecisionPage { unwanted: range(1, 1), ..page() },
            ],
        ),
        (
            "identical and unwanted",
            vec![DecisionPage { identical: range(0, 1), unwanted: range(0, 1), ..page() }],
        ),
        ("identical without a digest", vec![DecisionPage { identical: range(1, 1), ..page() }]),
        ("a folder that continues", vec![DecisionPage { offsets: vec![(0, 1)], ..page() }]),
        ("an offset of nothing", vec![DecisionPage { offsets: vec![(9, 1)], ..page() }]),
        ("two offsets", vec![DecisionPage { offsets: vec![(1, 1), (1, 2)], ..page() }]),
    ];
    for (what, pages) in nonsense {
        let end = decided(pages).await;
        assert!(matches!(end, Err(SessionError::Lie { .. } | SessionError::Link(_))), "{what}: {end:?}");
        assert!(end.is_err_and(|error| error.is_peers_fault()), "{what}");
    }
}

#[tokio::test]
async fn a_yes_that_wants_nothing_brings_not_one_byte() {
    let range = vec![EntryRange { first: 0, count: 3 }];
    let files = Files::of(&[("tree/a", b"hello"), ("tree/b", b"world")]);
    let (mut peer, stream) = Peer::roomy();
    let _sender = Sender::start(stream, files.roots.clone());
    let offering = peer.read_offer().await;
    let page = Frame::DecisionPage(DecisionPage { unwanted: range, ..DecisionPage::default() });
    let yes = Frame::Decision(Decision::Accept, offering.summary.digest);
    peer.send_all(&[planned(), page, yes]).await;
    assert_eq!(peer.read().await, Said::Frame(Frame::End));
}

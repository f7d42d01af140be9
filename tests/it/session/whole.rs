//! Whole transfers between two real sessions, over pipes of any width.

use sampan::model::{FileFate, Links, Step};
use sampan::session::{ReceiveEnd, SendEnd};
use sampan::storage::Roots;
use sampan::wire::Kind;

use crate::support::piped::{Peer, ROOMY, Said, bytes, delivered, digest, saved};
use crate::support::sides::{Files, Received, Receiver, Sender};
use crate::support::until_async;

async fn arrives_over_a_pipe_of(buffer: usize, contents: &[u8]) {
    let files = Files::of(&[("empty", b""), ("报告 最终.bin", contents), ("one", b"1"), ("last", b"")]);
    let (ours, theirs) = tokio::io::duplex(buffer);
    let receiver = Receiver::accepting(theirs);
    let sender = Sender::start(ours, files.roots.clone());
    let heard = sender.heard.clone();
    assert_is!(sender.end().await, Ok(SendEnd::Delivered));
    let end = receiver.end().await;
    assert_is!(end.result, Ok(Received::End(ReceiveEnd::Delivered)));
    assert_eq!(end.names(), ["empty", "last", "one", "报告 最终.bin"]);
    assert_eq!(end.contents("报告 最终.bin"), contents);
    for report in [heard.ledger().reports(0, 9), end.ledger.unwrap().reports(0, 9)].concat() {
        assert_is!(report.fate, FileFate::Saved { .. });
        let expected = match report.entry {
            2 => digest(b"1"),
            3 => digest(contents),
            _ => digest(b""),
        };
        assert_eq!(report.sha256, Some(expected));
    }
}

#[tokio::test]
async fn files_arrive_over_a_pipe_one_byte_wide() {
    arrives_over_a_pipe_of(1, &bytes(3_000)).await;
}

#[tokio::test]
async fn files_arrive_over_a_pipe_eight_bytes_wide() {
    arrives_over_a_pipe_of(8, &bytes(30_000)).await;
}

#[tokio::test]
async fn files_arrive_over_a_pipe_of_64_kilobytes() {
    arrives_over_a_pipe_of(64 * 1024, &bytes(3_000_000)).await;
}

#[tokio::test]
async fn files_arrive_over_a_pipe_that_never_waits() {
    arrives_over_a_pipe_of(ROOMY, &bytes(3_000_000)).await;
}

#[tokio::test]
async fn a_thousand_small_files_arrive() {
    let names: Vec<String> = (0..1_000).map(|n| format!("{n:04}")).collect();
    let list: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
    let files = Files::of(&list);
    let (ours, theirs) = tokio::io::duplex(4096);
    let receiver = Receiver::accepting(theirs);
    let sender = Sender::start(ours, files.roots.clone());
    assert_is!(sender.end().await, Ok(SendEnd::Delivered));
    let end = receiver.end().await;
    assert_eq!(end.names(), names);
    assert_eq!(end.contents("0777"), b"0777");
}

#[tokio::test]
async fn files_of_one_name_in_one_offer_replace_nothing() {
    let files = Files::of(&[("one/name.txt", b"contents"), ("other/name.txt", b"more")]);
    let chosen = [files.path("one/name.txt"), files.path("other/name.txt")];
    let roots = Roots::look(&chosen, Links::Keep).unwrap();
    let (ours, theirs) = tokio::io::duplex(4096);
    let receiver = Receiver::accepting(theirs);
    assert_is!(Sender::start(ours, roots).end().await, Ok(SendEnd::Delivered));
    let end = receiver.end().await;
    assert_eq!(end.names(), ["name (1).txt", "name.txt"]);
    assert_eq!(
        [end.contents("name.txt"), end.contents("name (1).txt")],
        [b"contents".to_vec(), b"more".to_vec()]
    );
}

#[tokio::test]
async fn a_sender_says_that_all_is_sent_when_it_is() {
    const ALL: usize = 100_000;
    let files = Files::of(&[("a", &bytes(ALL))]);
    // Its last frames do not fit into the pipe.
    let (mut peer, stream) = Peer::over(16);
    let sender = Sender::start(stream, files.roots.clone());
    let manifest = peer.take_offer().await.summary.digest;
    peer.expect(Kind::Header).await;
    assert_eq!(peer.read().await, Said::Chunk(bytes(ALL)));
    let is_told = || sender.heard.steps.lock().unwrap().contains(&Step::Check);
    assert!(!is_told(), "Trailer and End wait to be written");
    peer.expect(Kind::Trailer).await;
    peer.expect(Kind::End).await;
    until_async("its word that all is sent", is_told).await;
    peer.send_all(&[saved(0, 1), delivered(1, 0, 100_000, manifest)]).await;
    peer.rest().await;
    drop(peer);
    assert_is!(sender.end().await, Ok(SendEnd::Delivered));
}

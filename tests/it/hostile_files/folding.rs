//! Names that differ only in case or Unicode form, on a file system that cannot tell them apart: giving a name without
//! replacing is what finds the conflict, so no rule of ours about which names are alike is needed, or could be wrong.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sampan::session::SendEnd;
use tempfile::TempDir;

use crate::support::sides::{Files, Receiver, Sender};
use crate::support::until;

/// A mounted file system that folds names; gone with this value.
struct Folding {
    rig: Child,
    folder: TempDir,
    backing: TempDir,
}

impl Folding {
    fn mounted(options: &[&str]) -> Self {
        let (folder, backing) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rigs/folding.py");
        let mut command = Command::new(script);
        command.args([backing.path(), folder.path()]).args(options).stdin(Stdio::piped());
        let rig = command.spawn().unwrap();
        let device = |path: &Path| fs::metadata(path).unwrap().dev();
        let here = device(backing.path());
        until("the file system that folds", || device(folder.path()) != here);
        Self { rig, folder, backing }
    }

    /// Names as they are in it, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.backing.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folding {
    fn drop(&mut self) {
        drop(self.rig.stdin.take());
        self.rig.wait().ok();
    }
}

/// Sends files of these names, each with its own name as contents, into a folder that folds.
async fn all_arrive(folding: &Folding, names: &[&str]) {
    let list: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, name.as_bytes())).collect();
    let files = Files::of(&list);
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let receiver = Receiver::into(theirs, folding.folder.path());
    let sender = Sender::start(ours, files.roots.clone());
    let heard = sender.heard.clone();
    assert_eq!(sender.end().await.unwrap(), SendEnd::Delivered);
    receiver.end().await;
    assert_eq!(heard.saved(), u64::try_from(names.len()).unwrap());
}

/// Whatever names the files got: the contents of all are there, once each.
fn contents(folding: &Folding) -> Vec<String> {
    let mut contents: Vec<String> = folding
        .names()
        .iter()
        .map(|name| fs::read_to_string(folding.folder.path().join(name)).unwrap())
        .collect();
    contents.sort();
    contents
}

#[tokio::test]
async fn names_that_differ_only_in_case_or_unicode_form_both_arrive_where_they_are_one() {
    // é as one character and as two; K and the sign of Kelvin; one of each pair would take the other's place.
    let names = ["README.txt", "readme.txt", "ReadMe.TXT", "caf\u{e9}", "cafe\u{301}", "K", "\u{212a}"];
    for options in [&[][..], &["links"]] {
        let folding = Folding::mounted(options);
        all_arrive(&folding, &names).await;
        let mut expected = names.map(str::to_owned);
        expected.sort();
        assert_eq!(contents(&folding), expected, "{options:?}: {:?}", folding.names());
        for numbered in ["ReadMe (1).TXT", "readme (2).txt"] {
            assert!(folding.names().contains(&numbered.to_owned()), "{:?}", folding.names());
        }
    }
}

#[tokio::test]
async fn a_file_that_is_there_in_another_case_or_form_is_never_replaced() {
    for options in [&[][..], &["links"]] {
        let folding = Folding::mounted(options);
        fs::write(folding.folder.path().join("Report.PDF"), "mine").unwrap();
        fs::write(folding.folder.path().join("cafe\u{301}"), "mine too").unwrap();
        all_arrive(&folding, &["report.pdf", "caf\u{e9}"]).await;
        assert_eq!(contents(&folding), ["caf\u{e9}", "mine", "mine too", "report.pdf"], "{options:?}");
        assert_eq!(folding.names(), ["Report.PDF", "cafe\u{301}", "caf\u{e9} (1)", "report (1).pdf"]);
    }
}

#[test]
fn the_rig_folds_names() {
    let folding = Folding::mounted(&[]);
    fs::write(folding.folder.path().join("A"), "one file").unwrap();
    assert_eq!(fs::read_to_string(folding.folder.path().join("a")).unwrap(), "one file");
    assert_eq!(folding.names(), ["A"]);
}

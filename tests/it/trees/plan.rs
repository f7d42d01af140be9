//! The plan before the bytes: what is there already, what differs and what becomes of it, on the command line and between engines.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};

use sampan::engine::{
    Acceptance, Action, Answer, Choices, Command, EntryRange, FileCursor, Prompt, Remember, Shape, State,
    Timing, Transfer,
};
use sampan::model::{Choice, Conflict, FileFate, Finding, Outcome, Skip};
use serde_json::Value;

use crate::support::engines::Side;
use crate::support::line::{Line, Speed};
use crate::support::names_in;
use crate::support::program::{Desk, Ended, Program};
use crate::support::tree::{What, chmod, look, ours, sparse};
use crate::trees::{LARGE, assert_nothing_left, put, settling, sources, tree_of, unfinished};

/// A tree of which half is there already in one way or another.
fn half_there(here: &Desk, there: &Desk) -> PathBuf {
    let tree = tree_of(
        here,
        &[("differs.txt", b"theirs"), ("folder/in it", b"x"), ("new", b"new"), ("same", b"same")],
    );
    symlink("same", tree.join("link differs")).unwrap();
    symlink("same", tree.join("link same")).unwrap();
    put(&there.folder().join("tree"), &[("differs.txt", b"mine"), ("folder", b"a file"), ("same", b"same")]);
    symlink("other", there.folder().join("tree/link differs")).unwrap();
    symlink("same", there.folder().join("tree/link same")).unwrap();
    tree
}

/// What is in the receiver's tree: contents of files, targets of links, a slash for folders.
fn found(there: &Desk) -> Vec<(String, String)> {
    let of = |what: &What| match what {
        What::File(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        What::Link(target) => format!("-> {}", target.display()),
        What::Folder => "/".to_owned(),
        What::Other => "?".to_owned(),
    };
    let tree = look(&there.folder().join("tree"));
    tree.iter().map(|(path, thing)| (path.display().to_string(), of(&thing.what))).collect()
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, what)| ((*name).to_owned(), (*what).to_owned())).collect()
}

/// Inode and time of change: any write, rename or chmod changes one of them.
fn untouched(path: &Path) -> (u64, i64, i64) {
    let there = fs::symlink_metadata(path).unwrap();
    (there.ino(), there.ctime(), there.ctime_nsec())
}

#[test]
fn by_default_both_are_kept_and_what_is_identical_has_no_copy() {
    let (here, there) = (Desk::new(), Desk::new());
    let tree = half_there(&here, &there);
    let (receiver, before) = (there.receiver_once(), untouched(&there.folder().join("tree/same")));
    let sent = here.send(&[&tree], receiver.address);
    let got = receiver.end();
    for side in [&sent, &got] {
        side.assert(0, "delivered", None);
        assert_eq!(
            (&side.finished()["files"], &side.finished()["skipped"]),
            (&4.into(), &2.into()),
            "{side:#?}"
        );
        assert_eq!(side.of_files("skipped"), ["identical", "identical"]);
    }
    let expected = [
        ("differs (1).txt", "theirs"),
        ("differs.txt", "mine"),
        ("folder", "a file"),
        ("folder (1)", "/"),
        ("folder (1)/in it", "x"),
        ("link differs", "-> other"),
        ("link differs (1)", "-> same"),
        ("link same", "-> same"),
        ("new", "new"),
        ("same", "same"),
    ];
    assert_eq!(found(&there), pairs(&expected));
    assert_eq!(untouched(&there.folder().join("tree/same")), before, "nobody touched what is identical");
    assert_nothing_left(&here, &there);
}

#[test]
fn what_is_sent_again_beside_what_has_its_names_gets_no_second_copy() {
    let (here, there) = (Desk::new(), Desk::new());
    let tree = tree_of(&here, &[("a.txt", b"theirs"), ("folder/b", b"b")]);
    symlink("a.txt", tree.join("link")).unwrap();
    put(&there.folder().join("tree"), &[("a.txt", b"mine!!"), ("folder", b"no folder")]);
    symlink("elsewhere", there.folder().join("tree/link")).unwrap();
    let receiver = there.receiver();
    here.send(&[&tree], receiver.address).assert(0, "delivered", None);
    let once = look(&there.folder());
    let again = here.send(&[&tree], receiver.address);
    again.assert(0, "delivered", None);
    assert_eq!(again.of_files("skipped"), ["identical"; 3]);
    assert_eq!(look(&there.folder()), once);
    // With another number in between, and when the copy itself was changed.
    fs::rename(there.folder().join("tree/a (1).txt"), there.folder().join("tree/a (2).txt")).unwrap();
    put(&there.folder().join("tree"), &[("a (1).txt", b"in the way"), ("folder (1)/b", b"changed")]);
    here.send(&[&tree], receiver.address).assert(0, "delivered", None);
    assert_eq!(
        names_in(&there.folder().join("tree")),
        ["a (1).txt", "a (2).txt", "a.txt", "folder", "folder (1)", "link", "link (1)"]
    );
    assert_eq!(names_in(&there.folder().join("tree/folder (1)")), ["b", "b (1)"]);
    drop(receiver);
    // Who wants it replaced gets it replaced, though it is there with a number.
    let receiver = settling(&there, "replace");
    here.send(&[&tree], receiver.address).assert(0, "delivered", None);
    assert_eq!(fs::read(there.folder().join("tree/a.txt")).unwrap(), b"theirs");
    assert_nothing_left(&here, &there);
}

#[test]
fn with_skip_what_is_there_stays_and_what_differs_is_not_sent() {
    let (here, there) = (Desk::new(), Desk::new());
    let tree = half_there(&here, &there);
    let receiver = settling(&there, "skip");
    let sent = here.send(&[&tree], receiver.address);
    sent.assert(0, "delivered", None);
    let mut skipped = sent.of_files("skipped");
    skipped.sort_unstable();
    assert_eq!(skipped, ["identical", "identical", "unwanted", "unwanted"]);
    let expected = [
        ("differs.txt", "mine"),
        ("folder", "a file"),
        ("folder (1)", "/"),
        ("folder (1)/in it", "x"),
        ("link differs", "-> other"),
        ("link same", "-> same"),
        ("new", "new"),
        ("same", "same"),
    ];
    assert_eq!(found(&there), pairs(&expected));
    assert_nothing_left(&here, &there);
}

#[test]
fn with_replace_files_take_the_names_and_folders_are_never_replaced() {
    let (here, there) = (Desk::new(), Desk::new());
    let tree = half_there(&here, &there);
    let receiver = settling(&there, "replace");
    here.send(&[&tree], receiver.address).assert(0, "delivered", None);
    let found = found(&there);
    for kept in [("differs.txt", "theirs"), ("folder", "a file"), ("folder (1)/in it", "x"), ("same", "same")]
    {
        assert!(found.contains(&pairs(&[kept])[0]), "{kept:?}: {found:#?}");
    }
    assert!(found.iter().all(|(name, _)| name != "differs (1).txt"), "{found:#?}");
    assert_nothing_left(&here, &there);
}

#[test]
fn a_link_is_replaced_itself_and_never_what_it_points_to() {
    let (here, there) = (Desk::new(), Desk::new());
    let tree = tree_of(&here, &[("a", b"theirs"), ("folder/b", b"theirs")]);
    let outside = there.path("outside");
    put(&outside, &[("victim", b"mine"), ("b", b"mine")]);
    fs::create_dir(there.folder().join("tree")).unwrap();
    symlink(outside.join("victim"), there.folder().join("tree/a")).unwrap();
    symlink(&outside, there.folder().join("tree/folder")).unwrap();
    let receiver = settling(&there, "replace");
    here.send(&[&tree], receiver.address).assert(0, "delivered", None);
    assert_eq!(fs::read(outside.join("victim")).unwrap(), b"mine");
    assert_eq!(names_in(&outside), ["b", "victim"]);
    assert_eq!(fs::read(outside.join("b")).unwrap(), b"mine");
    assert_eq!(fs::read(there.folder().join("tree/folder (1)/b")).unwrap(), b"theirs");
    assert_nothing_left(&here, &there);
}

#[test]
fn what_is_replaced_is_kept_until_all_is_delivered_and_gone_then() {
    let (here, there) = (Desk::new(), Desk::new());
    let tree = tree_of(&here, &[("a", b"theirs")]);
    here.large_file("sources/tree/b", LARGE);
    put(&there.folder().join("tree"), &[("a", b"mine")]);
    let mut receiver = settling(&there, "replace");
    let line = Line::slow(receiver.address);
    let mut sender = here.sending(&[&tree], line.address);
    sender.line("file", |line| line["path"] == "tree/a");
    assert_eq!(fs::read(there.folder().join("tree/a")).unwrap(), b"theirs");
    let staging = ours(&there.folder());
    let kept = staging.iter().flat_map(|folder| names_in(folder).into_iter().map(|name| folder.join(name)));
    let old: Vec<PathBuf> = kept.filter(|path| path.extension().is_some_and(|end| end == "old")).collect();
    assert_eq!(old.len(), 1, "{staging:?}");
    assert_eq!(fs::read(&old[0]).unwrap(), b"mine");
    line.set(Speed::Open);
    sender.end().assert(0, "delivered", None);
    assert_eq!(receiver.finished()["outcome"], "delivered");
    assert_eq!(receiver.names(), ["tree"]);
    assert_nothing_left(&here, &there);
}

// --dry-run

/// What a sender that only asks prints.
fn asked(here: &Desk, tree: &Path, to: impl std::fmt::Display, more: &[&str]) -> Ended {
    here.give(tree, to, &[&["--dry-run"], more].concat())
}

fn plan_of(lines: &[Value]) -> Vec<(&str, &str, Option<&str>)> {
    let plan = lines.iter().filter(|line| line["event"] == "plan");
    plan.map(|line| {
        (line["path"].as_str().unwrap(), line["finding"].as_str().unwrap(), line["skipped"].as_str())
    })
    .collect()
}

#[test]
fn a_dry_run_tells_the_plan_of_a_paired_receiver_and_nothing_is_written_anywhere() {
    let (here, there) = (Desk::new(), Desk::new());
    here.pair_with(&there);
    let tree = half_there(&here, &there);
    let receiver = there.careful_receiver();
    let before = look(&there.folder());
    let told = asked(&here, &tree, receiver.address, &[]);
    assert_eq!(told.code, Some(0), "{told:#?}");
    assert_eq!(told.kind(), None, "{told:#?}");
    assert_eq!(told.event("finished")["outcome"], "planned");
    let plan = plan_of(&told.lines);
    for expected in [
        ("tree/differs.txt", "differs", None),
        ("tree/link differs", "differs", None),
        ("tree/link same", "identical", Some("identical")),
        ("tree/new", "new", None),
        ("tree/same", "identical", Some("identical")),
    ] {
        assert!(plan.contains(&expected), "{expected:?}: {plan:#?}");
    }
    let planned = told.event("planned");
    let numbers = ["new", "identical", "continued", "differing", "blocked"]
        .map(|field| planned[field].as_u64().unwrap());
    assert_eq!(numbers, [2, 2, 0, 2, 1], "{planned}");
    assert_eq!((&planned["bytes"], planned["on_conflict"].as_str()), (&10.into(), Some("rename")));
    assert!(planned["free"].as_u64() > planned["needed"].as_u64());
    assert_eq!(look(&there.folder()), before);
    assert_nothing_left(&here, &there);
}

#[test]
fn a_dry_run_for_people_is_a_line_an_entry_and_the_sums() {
    let (here, there) = (Desk::new(), Desk::new());
    here.pair_with(&there);
    let tree = half_there(&here, &there);
    let receiver = there.careful_receiver();
    let mut command = here.command();
    command.arg("send").arg(&tree).args(["--dry-run", "--to", &receiver.address.to_string()]);
    let told = Program::start(command).end();
    assert_eq!(told.code, Some(0), "{told:#?}");
    let line = |word: &str, path: &str| {
        told.stdout.lines().any(|line| line.starts_with(word) && line.ends_with(path))
    };
    assert!(line("differs, both kept", "tree/differs.txt"), "{}", told.stdout);
    assert!(line("identical", "tree/same") && line("new", "tree/new"), "{}", told.stdout);
    assert!(
        told.stdout.contains("2 new, 2 identical, 0 continued, 2 differing, 1 under another name"),
        "{}",
        told.stdout
    );
}

#[test]
fn a_dry_run_asks_nobody() {
    let (here, there) = (Desk::new(), Desk::new());
    here.pair_with(&there);
    let tree = half_there(&here, &there);
    let mut receiver = there.in_terminal("receive --listen 127.0.0.1:0 --once --dir in");
    let port = receiver.out.line_with("--to 127.0.0.1:").trim().rsplit(':').next().unwrap().to_owned();
    let told = asked(&here, &tree, format!("127.0.0.1:{port}"), &[]);
    assert_eq!(told.code, Some(0), "{told:#?}");
    assert!(!plan_of(&told.lines).is_empty());
    let real = here.sending_paired(&[&here.file("real.txt", "text")], format!("127.0.0.1:{port}"));
    let question = receiver.out.until("Accept? [y/N]");
    assert!(question.contains("real.txt") && !question.contains("differs.txt"), "{question}");
    receiver.type_in("y\n");
    real.end().assert(0, "delivered", None);
    assert_eq!(receiver.end().code, Some(0));
}

#[test]
fn a_dry_run_of_an_account_tells_its_own_folder() {
    let (here, there) = (Desk::new(), Desk::new());
    let password = there.file("password", "correct horse\n");
    chmod(&password, 0o600);
    let password = password.to_str().unwrap();
    assert_eq!(there.run(&["account", "add", "anna", "--password-file", password]).code, Some(0));
    put(&there.folder().join("anna/tree"), &[("same", b"same")]);
    let tree = tree_of(&here, &[("new", b"new"), ("same", b"same")]);
    let receiver = there.drop_box();
    let id = receiver.listening()["device"].as_str().unwrap().to_owned();
    let told = asked(
        &here,
        &tree,
        receiver.address,
        &["--device", &id, "--user", "anna", "--password-file", password],
    );
    assert_eq!(told.code, Some(0), "{told:#?}");
    let plan = plan_of(&told.lines);
    assert_eq!(plan, [("tree/new", "new", None), ("tree/same", "identical", Some("identical"))]);
    assert_eq!(names_in(&there.folder().join("anna/tree")), ["same"]);
    assert_nothing_left(&here, &there);
}

#[test]
fn a_stranger_may_not_even_ask() {
    let (here, there) = (Desk::new(), Desk::new());
    let tree = half_there(&here, &there);
    // Taken would it be, from anybody.
    let receiver = there.receiver();
    let told = asked(&here, &tree, receiver.address, &["--insecure-anyone"]);
    told.assert(5, "failed", Some("not-admitted"));
    assert!(plan_of(&told.lines).is_empty(), "{told:#?}");
    assert!(told.lines.iter().all(|line| line["event"] != "planned"));
    assert_nothing_left(&here, &there);
}

// Between engines, where a person decides

/// A receiver that is asked about a tree; paired with its sender.
fn prompted(there: &[(&str, &[u8])], tree: &[(&str, &[u8])]) -> (Side, Side, Desk, Prompt) {
    let mut receiver = Side::start(Acceptance::Ask, Timing::default());
    let sender = Side::start(Acceptance::Ask, Timing::default());
    receiver.pair_with(&sender);
    let desk = Desk::new();
    let path = tree_of(&desk, tree);
    put(&receiver.folder.join("tree"), there);
    let address = receiver.listen();
    sender.send(&[&path], address);
    receiver.until("a question", |state| state.transfers.values().any(|row| row.prompt.is_some()));
    let prompt = only(&receiver.state).prompt.clone().unwrap();
    (receiver, sender, desk, prompt)
}

fn only(state: &State) -> &Transfer {
    state.transfers.values().next().unwrap()
}

/// The rows of a side's plan that are no folders: path, finding, action.
fn rows(side: &Side) -> Vec<(String, Finding, Action)> {
    let key = only(&side.state).key;
    let rows = side.engine.plan(key, 0, 100);
    assert_eq!(side.engine.plan_len(key), u64::try_from(rows.len()).unwrap());
    let files = rows.into_iter().filter(|row| row.shape != Shape::Folder);
    files.map(|row| (row.path.to_string(), row.finding, row.action)).collect()
}

const THEIRS: [(&str, &[u8]); 4] =
    [("a", b"theirs"), ("left/b", b"unwanted"), ("left/c", b"unwanted"), ("same", b"same")];

#[test]
fn a_question_has_the_plan_and_each_choice_makes_another() {
    let (mut receiver, mut sender, _desk, prompt) = prompted(&[("a", b"mine"), ("same", b"same")], &THEIRS);
    assert_eq!((prompt.plan.new, prompt.plan.identical, prompt.plan.differing), (2, 1, 1));
    assert_eq!((prompt.plan.bytes, prompt.plan.conflict), (22, Conflict::KeepBoth));
    let row = |path: &str, finding, action| (format!("tree/{path}"), finding, action);
    let expected = |a, left| {
        vec![
            row("a", Finding::Differs, a),
            row("left/b", Finding::New, left),
            row("left/c", Finding::New, left),
            row("same", Finding::Identical, Action::Skip(Skip::Identical)),
        ]
    };
    assert_eq!(rows(&receiver), expected(Action::KeepBoth, Action::KeepBoth));
    let left = {
        let rows = receiver.engine.plan(only(&receiver.state).key, 0, 100);
        rows.iter().find(|row| row.path.to_string() == "tree/left").unwrap().whole
    };
    assert_eq!(left, EntryRange { first: left.first, count: 3 });
    let choices = Choices { conflict: Conflict::Replace, entries: vec![(left, Choice::Leave)] };
    receiver.command(Command::Arrange { prompt: prompt.id, choices: choices.clone() });
    receiver.until("the other plan", |state| {
        only(state).prompt.as_ref().is_some_and(|prompt| prompt.choices == choices)
    });
    let arranged = only(&receiver.state).prompt.clone().unwrap();
    assert_eq!((arranged.plan.bytes, arranged.plan.conflict), (6, Conflict::Replace));
    assert_eq!(rows(&receiver), expected(Action::Replace, Action::Skip(Skip::Unwanted)));
    receiver.command(Command::Decide { prompt: prompt.id, answer: Answer::Accept(Remember::No) });
    for side in [&mut sender, &mut receiver] {
        let ending = side.ended(1).ending.unwrap();
        assert_eq!((ending.outcome, ending.saved, ending.skipped), (Outcome::Delivered, 1, 3));
        let reports = side.engine.files(only(&side.state).key, &mut FileCursor::default(), 100);
        let unwanted =
            reports.iter().filter(|report| matches!(report.fate, FileFate::Skipped(Skip::Unwanted)));
        let mut unwanted: Vec<String> = unwanted.map(|report| report.path.to_string()).collect();
        unwanted.sort();
        assert_eq!(unwanted, ["tree/left/b", "tree/left/c"]);
    }
    assert_eq!(names_in(&receiver.folder.join("tree")), ["a", "same"], "a folder nobody wants is not made");
    assert_eq!(fs::read(receiver.folder.join("tree/a")).unwrap(), b"theirs");
    assert_eq!(ours(&receiver.folder), Vec::<PathBuf>::new());
}

#[test]
fn another_folder_has_another_plan() {
    let (mut receiver, mut sender, _desk, prompt) = prompted(&[("a", b"mine"), ("same", b"same")], &THEIRS);
    assert_eq!(prompt.plan.identical, 1);
    let other = tempfile::tempdir().unwrap();
    put(&other.path().join("tree"), &[("a", b"theirs"), ("left/b", b"different")]);
    receiver.command(Command::Retarget { prompt: prompt.id, folder: other.path().to_owned() });
    receiver.until("the other folder", |state| {
        only(state).prompt.as_ref().is_some_and(|prompt| prompt.folder == other.path())
    });
    let again = only(&receiver.state).prompt.clone().unwrap();
    assert_eq!((again.plan.new, again.plan.identical, again.plan.differing), (2, 1, 1));
    let found: Vec<Finding> = rows(&receiver).into_iter().map(|(_, finding, _)| finding).collect();
    assert_eq!(found, [Finding::Identical, Finding::Differs, Finding::New, Finding::New]);
    receiver.command(Command::Decide { prompt: again.id, answer: Answer::Accept(Remember::No) });
    assert_eq!(sender.outcome(), Outcome::Delivered);
    assert_eq!(receiver.outcome(), Outcome::Delivered);
    assert_eq!(names_in(&other.path().join("tree/left")), ["b", "b (1)", "c"]);
    assert_eq!(fs::read(receiver.folder.join("tree/a")).unwrap(), b"mine", "the first folder is as it was");
    for folder in [other.path(), receiver.folder.as_path()] {
        assert_eq!(ours(folder), Vec::<PathBuf>::new());
    }
}

// Room

#[test]
fn too_little_room_is_told_before_a_byte_is_sent_and_holes_need_none() {
    let (here, there) = (Desk::new(), Desk::new());
    let receiver = there.receiver_by(there.with_disk("size=4m"), &[]).inside();
    here.large_file("large", 8 * 1024 * 1024);
    let sent = here.send(&[&here.path("large")], receiver.address);
    assert_eq!((sent.code, sent.kind()), (Some(7), Some("disk-full")), "{sent:#?}");
    assert!(sent.lines.iter().all(|line| line["stage"] != "sending"), "{sent:#?}");
    assert_eq!(names_in(&receiver.folder), [""; 0]);
    // Once there is room it can go on.
    let kept = unfinished(&here);
    assert_eq!(
        (kept.len(), kept[0]["bytes"].as_u64(), unfinished(&there)),
        (1, Some(8 * 1024 * 1024), vec![])
    );
    let holes = sources(&here).join("holes.img");
    sparse(&holes, 1024 * 1024 * 1024);
    here.send(&[&holes], receiver.address).assert(0, "delivered", None);
    assert_eq!(fs::metadata(receiver.folder.join("holes.img")).unwrap().len(), 1024 * 1024 * 1024);
}

//! The two languages say the same things, and everything the code asks for is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::*;

const BOTH: [Lang; 2] = [Lang::English, Lang::Chinese];

/// Each id with the variables of its message.
fn shape(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut shape = BTreeMap::<String, BTreeSet<String>>::new();
    let mut current = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if let Some(id) = message_ids(line).next() {
            current = id.to_owned();
            assert!(shape.insert(current.clone(), BTreeSet::new()).is_none(), "{current} stands there twice");
        }
        for part in line.split('$').skip(1) {
            let name = part.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            shape.entry(current.clone()).or_default().insert(name.to_owned());
        }
    }
    shape
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn both_files_are_without_errors() {
    for lang in BOTH {
        assert!(FluentResource::try_new(lang.source().to_owned()).is_ok(), "{lang:?}");
    }
}

#[test]
fn both_languages_have_the_same_ids() {
    let (english, chinese) = (shape(ENGLISH), shape(CHINESE));
    assert_eq!(english.keys().collect::<Vec<_>>(), chinese.keys().collect::<Vec<_>>());
}

#[test]
fn no_language_uses_a_variable_that_the_other_is_not_given() {
    let (english, chinese) = (shape(ENGLISH), shape(CHINESE));
    for (id, variables) in &english {
        if !id.starts_with("failure-") {
            assert_eq!(Some(variables), chinese.get(id), "{id}");
        }
    }
    let known = BTreeSet::from(["object", "peer", "side"].map(str::to_owned));
    for (id, variables) in english.iter().chain(&chinese).filter(|(id, _)| id.starts_with("failure-")) {
        assert!(variables.is_subset(&known), "{id}: {variables:?}");
    }
}

#[test]
fn every_id_the_code_asks_for_exists() {
    let known = shape(ENGLISH);
    let mut asked = 0;
    for file in rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let code = std::fs::read_to_string(&file).unwrap();
        for call in [".t(\"", ".with(\"", "Some(\"noun-"] {
            for (at, _) in code.match_indices(call) {
                let start = at + code[at..].find('"').unwrap() + 1;
                let id = code[start..].split('"').next().unwrap();
                assert!(known.contains_key(id), "{}: {id}", file.display());
                asked += 1;
            }
        }
    }
    assert!(asked > 0);
}

#[test]
fn every_failure_has_words_and_advice_on_both_sides() {
    for lang in BOTH {
        let texts = Texts::of(lang);
        for kind in FailureKind::ALL {
            for failure in [Failure::here(*kind), Failure::there(*kind).about("a b")] {
                let spoken = texts.failure(&failure, "ANNA-PC");
                for text in [spoken.what, spoken.advice] {
                    assert!(!text.starts_with("failure-"), "{lang:?}: {text}");
                    assert!(!text.contains('{') && !text.contains('\u{2068}'), "{lang:?}: {text}");
                    assert!(text.ends_with(['.', '。', '？']), "{lang:?}: {text}");
                }
            }
        }
    }
}

#[test]
fn a_peer_without_a_name_is_the_other_computer() {
    let failure = Failure::there(FailureKind::DiskFull);
    assert_eq!(
        Texts::of(Lang::English).failure(&failure, "").what,
        "The disk on the other computer is full."
    );
    assert_eq!(Texts::of(Lang::Chinese).failure(&failure, "").what, "对方电脑的磁盘已满。");
}

#[test]
fn a_name_is_never_markup() {
    let texts = Texts::of(Lang::English);
    let failure = Failure::here(FailureKind::NotReadable).about("{ $peer } <b>");
    assert_eq!(texts.failure(&failure, "").what, "You may not read “{ $peer } <b>”.");
}

#[test]
fn durations_are_short() {
    let texts = Texts::of(Lang::English);
    let say = |secs| texts.duration(Duration::from_secs(secs));
    assert_eq!([say(0), say(59), say(185), say(7_800)], ["0 s", "59 s", "3 min 5 s", "2 h 10 min"]);
}

#[test]
fn the_systems_locale_chooses_the_language() {
    assert_eq!(Lang::of_locale("zh_CN.UTF-8"), Lang::Chinese);
    assert_eq!(Lang::of_locale("zh-Hans-SG"), Lang::Chinese);
    assert_eq!(Lang::of_locale("de-DE"), Lang::English);
    assert_eq!(Lang::of_locale("C"), Lang::English);
}

#[test]
fn every_text_is_asked_for_somewhere() {
    let mut code = String::new();
    for file in rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        code.push_str(&std::fs::read_to_string(file).unwrap());
    }
    for id in shape(ENGLISH).into_keys().filter(|id| !id.starts_with("failure-")) {
        assert!(code.contains(&format!("\"{id}\"")), "nobody asks for {id}");
    }
}

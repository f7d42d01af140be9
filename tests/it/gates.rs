//! The gates that keep the build clean, tried with what they must refuse.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether the gate for dependencies lets everything pass under these rules.
fn passes(rules: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deny.toml");
    fs::write(&file, rules).unwrap();
    let mut gate = Command::new("python3");
    let output = gate.arg(root().join("tests/dependencies.py")).arg(file).output().unwrap();
    match output.status.code() {
        Some(0) => true,
        // An exception of the script's own is no finding.
        Some(1) if !String::from_utf8_lossy(&output.stderr).contains("Traceback") => false,
        _ => panic!("{output:?}"),
    }
}

#[test]
fn the_gate_for_dependencies_refuses_what_it_should() {
    let rules = fs::read_to_string(root().join("deny.toml")).unwrap();
    assert!(passes(&rules));
    for (allowed, refused) in [("    \"Zlib\",\n", ""), ("crate = \"openssl\"", "crate = \"rustls\"")] {
        assert!(rules.contains(allowed));
        assert!(!passes(&rules.replace(allowed, refused)), "without {allowed}");
    }
}

#[test]
fn the_gate_for_dependencies_is_part_of_the_tests() {
    let run = fs::read_to_string(root().join("tests/run.sh")).unwrap();
    assert!(run.lines().any(|line| line == "step \"dependencies\" python3 tests/dependencies.py"));
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The lines of code with this word, comments and texts left out.
fn lines_with<'a>(word: &str, code: &'a str) -> Vec<&'a str> {
    let has = |line: &&str| {
        let code = line.split("//").next().unwrap_or_default();
        let code: String = code.split('"').step_by(2).collect();
        code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
    };
    code.lines().filter(has).collect()
}

#[test]
fn nothing_of_ours_is_unsafe() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(
        manifest.contains("[lints.rust]\nunsafe_code = \"forbid\"\n"),
        "not even an allow beside it helps"
    );
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches", "examples"] {
        rust_files(&root().join(folder), &mut files);
    }
    assert!(files.len() > 100);
    for file in files {
        let code = fs::read_to_string(&file).unwrap();
        let found = lines_with("unsafe", &code);
        assert!(found.is_empty(), "{}: {found:?}", file.display());
    }
}

#[test]
fn a_block_that_is_unsafe_is_noticed_and_the_word_alone_is_not() {
    assert_eq!(lines_with("unsafe", "let a = unsafe { b() };").len(), 1);
    assert_eq!(lines_with("unsafe", "// unsafe\nunsafe_code\n\"unsafe\"").len(), 0);
}

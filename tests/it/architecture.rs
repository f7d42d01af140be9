//! Arrows go down only: every `crate::` path in src/ names a layer that its file's layer may know.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each layer and what it may name, beside itself.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("wire", &["model"]),
    ("net", &["model"]),
    ("storage", &["model"]),
    ("session", &["model", "wire", "storage"]),
    ("pairing", &["model", "wire", "session"]),
    ("engine", &["model", "wire", "net", "storage", "session", "pairing"]),
    ("texts", &["model"]),
    ("logging", &[]),
    ("cli", &["model", "engine", "texts", "logging", "ui"]),
    ("ui", &["model", "engine", "texts"]),
    ("main", &["cli"]),
    ("lib", &[]),
];

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

/// The layer a file belongs to: the first folder or file name below src/.
fn layer_of(file: &Path) -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let first = file.strip_prefix(source).unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// The layers that a file's code names, outside its tests.
fn named_layers(text: &str) -> Vec<String> {
    let code = text.split("\n#[cfg(test)]").next().unwrap();
    let code =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let paths = code.split("crate::").skip(1).chain(code.split("sampan::").skip(1));
    paths.map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()).collect()
}

#[test]
fn arrows_between_layers_go_down_only() {
    let layers: BTreeMap<&str, &[&str]> = LAYERS.iter().copied().collect();
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut arrows = 0;
    for file in files {
        let layer = layer_of(&file);
        let allowed = layers.get(layer.as_str()).unwrap_or_else(|| panic!("{file:?} is in no known layer"));
        for named in named_layers(&fs::read_to_string(&file).unwrap()) {
            arrows += 1;
            let is_down = named == layer || allowed.contains(&named.as_str());
            assert!(is_down, "{}: {layer} must not name {named}", file.display());
        }
    }
    assert!(arrows > 100, "the test reads the code: {arrows}");
}

#[test]
fn an_arrow_that_goes_up_is_noticed() {
    assert_eq!(named_layers("use crate::engine::State;\n// crate::ui\n"), ["engine"]);
}

#[test]
fn no_file_of_the_source_grew_past_800_lines() {
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 800, "{}: {lines} lines; split it", file.display());
    }
}

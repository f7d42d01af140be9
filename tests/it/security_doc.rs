//! docs/security.md held to the tests: every test it names is there, and every row of its tables names one.

use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../docs/security.md");

/// The head of a table's column that names tests.
const COLUMN: &str = "Shown by";

/// The tests a cell names: `module::test` as the test program prints it.
fn tests_in(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).filter(|code| code.contains("::") && !code.contains(' ')).collect()
}

/// The cells of a table's line.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

/// Every row of a table with a column of tests: its first cell and the tests.
fn rows(page: &str) -> Vec<(&str, Vec<&str>)> {
    let mut column = None;
    let mut rows = Vec::new();
    for line in page.lines() {
        let Some(cells) = cells(line) else {
            column = None;
            continue;
        };
        if let Some(found) = cells.iter().position(|cell| *cell == COLUMN) {
            column = Some(found);
        } else if let Some(cell) = column.and_then(|column| cells.get(column))
            && !cell.starts_with("--")
        {
            rows.push((cells[0], tests_in(cell)));
        }
    }
    rows
}

/// The files a test's module may be in: below tests/it or src, and `tests` may stand in its parent's file.
fn files_of(test: &str) -> Vec<PathBuf> {
    let (path, _name) = test.rsplit_once("::").unwrap();
    let path = path.replace("::", "/");
    let names =
        [format!("{path}.rs"), format!("{path}/mod.rs"), format!("{}.rs", path.trim_end_matches("/tests"))];
    let folders = ["tests/it", "src"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let files = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name)));
    files.filter(|file| file.is_file()).collect()
}

fn exists(test: &str) -> bool {
    let name = test.rsplit("::").next().unwrap();
    let is_test = |source: &str| {
        source.match_indices(&format!("fn {name}(")).any(|(at, _)| {
            let before = source[..at].trim_end().trim_end_matches("async").trim_end();
            let attribute = before.lines().next_back().unwrap_or_default().trim();
            attribute == "#[test]" || attribute.starts_with("#[tokio::test")
        })
    };
    files_of(test).iter().any(|file| is_test(&fs::read_to_string(file).unwrap()))
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let named: Vec<&str> = rows(PAGE).into_iter().flat_map(|(_, tests)| tests).collect();
    assert!(named.len() > 40, "the page is read: {} tests", named.len());
    let missing: Vec<&&str> = named.iter().filter(|test| !exists(test)).collect();
    assert!(missing.is_empty(), "docs/security.md names tests that are not there: {missing:#?}");
}

#[test]
fn every_row_names_a_test() {
    let bare: Vec<&str> =
        rows(PAGE).into_iter().filter(|(_, tests)| tests.is_empty()).map(|(first, _)| first).collect();
    assert!(bare.is_empty(), "rows of docs/security.md without a test: {bare:#?}");
}

#[test]
fn a_test_that_is_not_there_and_a_row_without_one_are_noticed() {
    assert!(exists("security_doc::every_row_names_a_test"));
    assert!(!exists("security_doc::exists"), "no test");
    assert!(!exists("security_doc::no_such_test"));
    assert!(!exists("no_such_module::every_row_names_a_test"));
    let page = "| What | Shown by |\n|---|---|\n| a | `b::c`, `d` |\n| e | nothing |\n\n| f | g |\n";
    assert_eq!(rows(page), [("a", vec!["b::c"]), ("e", vec![])]);
}

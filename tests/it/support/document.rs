//! docs/protocol.md as the tests read it.

/// The whole page.
pub(crate) const PROTOCOL: &str = include_str!("../../../docs/protocol.md");

/// The rows below the one table that begins with these columns, cell by cell.
pub(crate) fn rows(columns: &[&str]) -> Vec<Vec<&'static str>> {
    let mut lines = PROTOCOL.lines();
    let is_head = |line: &str| cells(line).is_some_and(|cells| cells == columns);
    assert!(lines.any(is_head), "docs/protocol.md has no table of {columns:?}");
    lines.skip(1).map_while(cells).collect()
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

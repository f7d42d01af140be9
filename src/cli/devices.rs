//! `sampan devices`.

use std::time::{Duration, SystemTime};

use serde_json::json;
use unicode_width::UnicodeWidthStr as _;

use crate::cli::args::DevicesArgs;
use crate::cli::print::print_line;
use crate::engine::Records;
use crate::model::{Failure, Moment, PairedDevice, Pinning};

/// What stands above the columns.
const HEAD: [&str; 6] = ["NAME", "FINGERPRINT", "POLICY", "LAST SEEN", "ADDRESS", "REMEMBERS US"];

/// Between two columns.
const GAP: usize = 2;

/// Lists the paired computers.
pub(super) async fn run(records: &Records, args: &DevicesArgs) -> Result<(), Failure> {
    let devices = records.devices().await?;
    if args.json {
        for device in &devices {
            print_line(line(device));
        }
    } else if devices.is_empty() {
        print_line("No computer is paired with this one.");
    } else {
        let now = Moment::from(SystemTime::now());
        let rows = devices.iter().map(|device| row(device, now));
        print_line(table(&[HEAD.map(str::to_owned)].into_iter().chain(rows).collect::<Vec<_>>()));
    }
    Ok(())
}

/// For programs.
fn line(device: &PairedDevice) -> serde_json::Value {
    json!({
        "event": "device", "id": device.id.to_string(), "fingerprint": device.id.fingerprint().to_string(),
        "name": device.name.as_str(), "policy": device.policy.code(),
        "remembers_us": remembers_us(device), "address": device.address.as_ref().map(ToString::to_string),
        "paired": device.paired_at.as_secs(), "seen": device.seen_at.as_secs(),
    })
}

fn remembers_us(device: &PairedDevice) -> bool {
    match device.pinning {
        Pinning::Mutual => true,
        Pinning::OneSided => false,
    }
}

fn row(device: &PairedDevice, now: Moment) -> [String; HEAD.len()] {
    let yes_or_no = if remembers_us(device) { "yes" } else { "no, asks for the code" };
    [
        device.name.to_string(),
        device.id.fingerprint().to_string(),
        device.policy.code().to_owned(),
        ago(now.since(device.seen_at)),
        device.address.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string),
        yes_or_no.to_owned(),
    ]
}

/// `just now`, `1 hour ago`, `3 weeks ago`: the largest unit that fits.
pub(super) fn ago(span: Duration) -> String {
    const DAY: u64 = 24 * 60 * 60;
    let units = [
        (365 * DAY, "year"),
        (30 * DAY, "month"),
        (7 * DAY, "week"),
        (DAY, "day"),
        (60 * 60, "hour"),
        (60, "minute"),
    ];
    let fitting = units.into_iter().map(|(secs, unit)| (span.as_secs() / secs, unit));
    match fitting.into_iter().find(|(count, _)| *count > 0) {
        None => "just now".to_owned(),
        Some((1, unit)) => format!("1 {unit} ago"),
        Some((count, unit)) => format!("{count} {unit}s ago"),
    }
}

/// Columns as wide as their widest cell, measured as terminals draw it.
pub(super) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    let padded =
        |(cell, width): (&String, usize)| format!("{cell}{}", " ".repeat(width - cell.width() + GAP));
    let line =
        |row: &[String; N]| row.iter().zip(widths).map(padded).collect::<String>().trim_end().to_owned();
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_told_in_the_largest_unit_that_fits() {
        for (secs, text) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7_199, "1 hour ago"),
            (3 * 86_400, "3 days ago"),
            (20 * 86_400, "2 weeks ago"),
            (364 * 86_400, "12 months ago"),
            (u64::MAX, "584942417355 years ago"),
        ] {
            assert_eq!(ago(Duration::from_secs(secs)), text);
        }
    }

    #[test]
    fn columns_line_up_also_behind_a_chinese_name() {
        let rows = [["NAME", "X"], ["安娜", "1"], ["a long name", "2"]].map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows), "NAME         X\n安娜         1\na long name  2");
    }
}

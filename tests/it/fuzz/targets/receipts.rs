//! A receipt: what is read is written again as the very same bytes, and its list has a line for each file.

use sampan::model::{ReceiptEntry, ReceiptHead};
use sampan::wire::{ReceiptError, ReceiptReader, ReceiptWriter, write_sums};

/// The data is the file.
pub(crate) fn run(data: &[u8]) -> String {
    let (head, entries) = match read(data) {
        Ok(read) => read,
        // Without the place, which would make every place another outcome.
        Err(ReceiptError::Truncated { .. }) => return "it ends in the middle".to_owned(),
        Err(ReceiptError::Malformed { rule, .. }) => return rule.to_owned(),
        Err(ReceiptError::Path { source, .. }) => return source.rule().to_owned(),
        Err(ReceiptError::Entry { .. }) => return "no such entry".to_owned(),
        Err(error) => return error.to_string(),
    };
    let mut writer = ReceiptWriter::begin(Vec::new(), &head).expect("we write what we read");
    for entry in &entries {
        writer.push(entry).expect("we write what we read");
    }
    let unsealed = writer.finish().expect("we write what we read");
    let (digest, seal) =
        ReceiptReader::begin(data).and_then(ReceiptReader::finish).expect("it was read before");
    assert_eq!(unsealed.digest(), digest, "both sides sign the same");
    assert_eq!(unsealed.seal(&seal).expect("a Vec takes every byte"), data, "one receipt, one encoding");
    let mut list = Vec::new();
    let files = write_sums(&mut ReceiptReader::begin(data).expect("it was read before"), &mut list);
    let lines = list.split(|byte| *byte == b'\n').skip(1).count();
    assert_eq!(
        files.expect("a Vec takes every byte"),
        u64::try_from(lines).unwrap(),
        "no name breaks a line"
    );
    format!("{} entries, {lines} lines", entries.len())
}

fn read(data: &[u8]) -> Result<(ReceiptHead, Vec<ReceiptEntry>), ReceiptError> {
    let mut reader = ReceiptReader::begin(data)?;
    let head = reader.head().clone();
    let mut entries = Vec::new();
    while let Some(entry) = reader.entry()? {
        entries.push(entry);
    }
    reader.finish()?;
    Ok((head, entries))
}

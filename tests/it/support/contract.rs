//! `docs/cli.md` as a judge: every line of `--json` that a test sees is held against the page's tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

/// The page, read once.
pub(crate) static CONTRACT: LazyLock<Contract> =
    LazyLock::new(|| Contract::read(include_str!("../../../docs/cli.md")));

/// What the page promises.
#[derive(Default)]
pub(crate) struct Contract {
    /// Fields of each event.
    pub(crate) events: BTreeMap<String, Vec<Field>>,
    /// Words of `kind` and of a file's `error`.
    pub(crate) kinds: BTreeSet<String>,
    /// Words of `outcome`.
    pub(crate) outcomes: BTreeSet<String>,
    /// Exit codes.
    pub(crate) exits: BTreeSet<i32>,
}

/// One row of an event's table.
pub(crate) struct Field {
    pub(crate) name: String,
    types: Vec<String>,
    /// "Only …": it may be missing.
    optional: bool,
    /// The words it may be, where the page lists them.
    words: Vec<String>,
}

impl Contract {
    fn read(page: &str) -> Self {
        let mut contract = Self::default();
        let mut heading = String::new();
        for line in page.lines() {
            if let Some(text) = line.strip_prefix("## ").or_else(|| line.strip_prefix("### ")) {
                text.clone_into(&mut heading);
            }
            let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
            match cells[..] {
                [code, _] if heading == "Exit codes" => contract.exits.extend(code.parse::<i32>()),
                [name, _] if heading == "finished" => contract.outcomes.extend(quoted(name)),
                [name, _] if heading == "Kinds of errors" => contract.kinds.extend(quoted(name)),
                [name, types, meaning] if name.starts_with('`') && !heading.contains(' ') => {
                    contract
                        .events
                        .entry(heading.clone())
                        .or_default()
                        .push(Field::read(name, types, meaning));
                }
                _ => {}
            }
        }
        contract
    }

    /// Panics if the page does not promise this line.
    pub(crate) fn check(&self, line: &Value) {
        let object = line.as_object().unwrap_or_else(|| panic!("no object: {line}"));
        let event = line["event"].as_str().unwrap_or_else(|| panic!("no event: {line}"));
        let fields = self.events.get(event).unwrap_or_else(|| panic!("no such event in the page: {line}"));
        for name in object.keys().filter(|name| *name != "event") {
            assert!(fields.iter().any(|field| field.name == *name), "{name} is not in the page: {line}");
        }
        for field in fields {
            match object.get(&field.name) {
                Some(value) => field.check(value, line),
                None => assert!(field.optional, "{} is missing: {line}", field.name),
            }
        }
        let words = [(&self.kinds, "kind"), (&self.kinds, "error"), (&self.outcomes, "outcome")];
        for (known, name) in words {
            if let Some(word) = object.get(name).and_then(Value::as_str) {
                assert!(known.contains(word), "{name} {word:?} is not in the page: {line}");
            }
        }
    }
}

impl Field {
    fn read(name: &str, types: &str, meaning: &str) -> Self {
        Self {
            name: name.trim_matches('`').to_owned(),
            types: types.split(" or ").map(|kind| kind.split(' ').next().unwrap().to_owned()).collect(),
            optional: meaning.contains("Only ") || meaning.starts_with("only "),
            words: if name == "`stage`" { quoted(meaning) } else { Vec::new() },
        }
    }

    fn check(&self, value: &Value, line: &Value) {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        assert!(self.types.iter().any(|kind| kind == found), "{} is a {found}: {line}", self.name);
        if let Some(word) = value.as_str()
            && !self.words.is_empty()
        {
            assert!(self.words.iter().any(|known| known == word), "{word:?} is not in the page: {line}");
        }
    }
}

/// The words between backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

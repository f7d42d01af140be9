//! A plan in words: its numbers, and its rows as they are pulled.

use crate::engine::{Action, EntryRange, PlanRow, Prompt, Shape};
use crate::model::{Choice, Conflict, Finding, PlanSummary, RelPath, Skip, shown_bytes, size};
use crate::texts::Texts;
use crate::ui::pulled::Picks;

/// Between figures on one line.
const DOT: &str = "  ·  ";

/// A plan's numbers in words.
pub struct PlanText {
    /// How many are new, already there, and so on.
    pub sum: String,
    /// What is asked about those that differ, if some do.
    pub conflict: Option<ConflictText>,
}

/// The question what becomes of what differs.
pub struct ConflictText {
    /// What is asked.
    pub question: String,
    /// What the present answer means.
    pub meaning: String,
}

impl PlanText {
    pub(super) fn of(prompt: &Prompt, texts: &Texts) -> Self {
        let plan = &prompt.plan;
        let question = || texts.with("plan-conflict", [("count", plan.differing.into())]);
        let meaning = match prompt.choices.conflict {
            Conflict::KeepBoth => "plan-keep-both-meaning",
            Conflict::Skip => "plan-skip-meaning",
            Conflict::Replace => "plan-replace-meaning",
        };
        Self {
            sum: sum(plan, texts),
            conflict: (plan.differing > 0)
                .then(|| ConflictText { question: question(), meaning: texts.t(meaning).to_owned() }),
        }
    }
}

/// `300 new  ·  12 already here  ·  2 differ  ·  2.1 GB to come`.
fn sum(plan: &PlanSummary, texts: &Texts) -> String {
    let counted = [
        ("plan-sum-new", plan.new),
        ("plan-sum-identical", plan.identical),
        ("plan-sum-continued", plan.continued),
        ("plan-sum-restarted", plan.restarted),
        ("plan-sum-differing", plan.differing),
        ("plan-sum-blocked", plan.blocked),
    ];
    let counted = counted.into_iter().filter(|(_, count)| *count > 0);
    let mut parts: Vec<String> =
        counted.map(|(id, count)| texts.with(id, [("count", count.into())])).collect();
    parts.push(texts.with("plan-sum-bytes", [("size", size::human(plan.bytes).into())]));
    parts.join(DOT)
}

/// A row of a plan in words.
pub struct PlanLine {
    /// Itself and all below it.
    pub whole: EntryRange,
    /// The folders it is in, outermost first.
    pub folders: Vec<EntryRange>,
    /// What it is.
    pub shape: Shape,
    /// Its own name.
    pub name: String,
    /// A file's size.
    pub size: String,
    /// What happens to it.
    pub state: String,
    /// What the state means, for its colour.
    pub tone: PlanTone,
    /// Whether something can be decided about it: it differs from what is there.
    pub differs: bool,
    /// The name of its box.
    pub take_name: String,
    /// The name of the menu with what can be decided.
    pub decide_name: String,
}

/// What a row's state means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanTone {
    /// It comes.
    Comes,
    /// Nothing has to come.
    Quiet,
    /// Look here: it differs, or gets another name.
    Look,
}

impl PlanLine {
    pub(in crate::ui) fn of(row: PlanRow, picks: &Picks, texts: &Texts) -> Self {
        let is_left = picks.get(row.entry) == Some(Choice::Leave);
        let differs = row.finding == Finding::Differs && row.shape != Shape::Folder;
        let (state, tone) = state(&row, is_left, texts);
        let path = row.path.to_string();
        let named = |id: &str| texts.with(id, [("name", path.as_str().into())]);
        Self {
            take_name: named("plan-take-name"),
            decide_name: named("plan-decide-name"),
            name: name(&row.path, row.shape),
            size: match row.shape {
                Shape::File => size::human(row.bytes),
                Shape::Folder | Shape::Link => String::new(),
            },
            state,
            tone,
            differs: differs && !is_left,
            whole: row.whole,
            folders: row.folders,
            shape: row.shape,
        }
    }

    /// How deep it is in the tree, from 0.
    pub fn depth(&self) -> usize {
        self.folders.len()
    }
}

fn name(path: &RelPath, shape: Shape) -> String {
    let mut name = shown_bytes(path.name());
    match shape {
        Shape::Folder => name.push('/'),
        Shape::File | Shape::Link => {}
    }
    name
}

fn state(row: &PlanRow, is_left: bool, texts: &Texts) -> (String, PlanTone) {
    let plain = |id: &str, tone| (texts.t(id).to_owned(), tone);
    match (row.action, row.finding) {
        (Action::Skip(Skip::Identical), _) | (Action::KeepBoth, Finding::Identical) => {
            plain("plan-identical", PlanTone::Quiet)
        }
        (Action::Skip(Skip::Unwanted), _) if is_left => plain("plan-left", PlanTone::Quiet),
        (Action::Skip(Skip::Unwanted), Finding::Differs) => plain("plan-skip", PlanTone::Look),
        (Action::Skip(Skip::Unwanted), _) => plain("plan-left", PlanTone::Quiet),
        (Action::Replace, _) => plain("plan-replace", PlanTone::Look),
        (Action::KeepBoth, Finding::New) => plain("plan-new", PlanTone::Comes),
        (Action::KeepBoth, Finding::Merge) => plain("plan-merge", PlanTone::Quiet),
        (Action::KeepBoth, Finding::Continues) => {
            let percent = size::percent(row.offset, row.bytes);
            (texts.with("plan-continues", [("percent", percent.into())]), PlanTone::Comes)
        }
        (Action::KeepBoth, Finding::Differs) => plain("plan-keep-both", PlanTone::Look),
        (Action::KeepBoth, Finding::Blocked) => plain("plan-blocked", PlanTone::Look),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;

    fn row(finding: Finding, action: Action) -> PlanRow {
        let whole = EntryRange { first: 3, count: 1 };
        let path = RelPath::parse(vec![b"a".to_vec(), b"b\xe2\x80\xaeg\xff".to_vec()]).unwrap();
        PlanRow {
            entry: 3,
            path,
            shape: Shape::File,
            bytes: 100,
            finding,
            action,
            offset: 38,
            folders: vec![EntryRange { first: 2, count: 9 }],
            whole,
        }
    }

    #[test]
    fn every_finding_and_action_has_its_words() {
        let texts = Texts::of(Lang::English);
        let say = |finding, action| PlanLine::of(row(finding, action), &Picks::default(), &texts).state;
        assert_eq!(say(Finding::New, Action::KeepBoth), "new");
        assert_eq!(say(Finding::Identical, Action::Skip(Skip::Identical)), "already here");
        assert_eq!(say(Finding::Continues, Action::KeepBoth), "continues from 38 %");
        assert_eq!(say(Finding::Differs, Action::KeepBoth), "differs: keep both");
        assert_eq!(say(Finding::Differs, Action::Replace), "differs: replace");
        assert_eq!(say(Finding::Differs, Action::Skip(Skip::Unwanted)), "differs: skip");
        assert_eq!(say(Finding::Blocked, Action::KeepBoth), "gets another name");
        assert_eq!(say(Finding::New, Action::Skip(Skip::Unwanted)), "not taken");
    }

    #[test]
    fn what_is_left_has_nothing_to_decide() {
        let texts = Texts::of(Lang::English);
        let picks = Picks::of(&[(EntryRange { first: 0, count: 9 }, Choice::Leave)]);
        let line = PlanLine::of(row(Finding::Differs, Action::Skip(Skip::Unwanted)), &picks, &texts);
        assert_eq!((line.state.as_str(), line.differs), ("not taken", false));
    }

    #[test]
    fn a_name_that_turns_the_line_around_is_shown_with_its_mark_in_every_place() {
        let texts = Texts::of(Lang::English);
        let line = PlanLine::of(row(Finding::New, Action::KeepBoth), &Picks::default(), &texts);
        assert_eq!((line.name.as_str(), line.depth()), ("b\\u{202e}g\\xff", 1));
        assert!(line.take_name.contains("a/b\\u{202e}g\\xff"), "{}", line.take_name);
    }
}

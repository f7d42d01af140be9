//! The plan of an offer as a table: what would happen to each entry, and what a person wants otherwise.

use std::ops::RangeInclusive;

use eframe::egui::{Align, Color32, Label, Layout, Popup, Rect, RichText, Sense, Ui, UiBuilder, Vec2, pos2};

use crate::engine::{EntryRange, Shape};
use crate::model::{Choice, Conflict};
use crate::texts::Texts;
use crate::ui::act::Act;
use crate::ui::fonts::Icon;
use crate::ui::pulled::{PlanTable, Tick};
use crate::ui::shown::{ConflictText, PlanLine, PlanTone};
use crate::ui::theme::{self, Palette};
use crate::ui::view::table::{Table, table_ui};
use crate::ui::widget::{Button, Kind, choice_ui, icon_ui, label_ui, line_ui, tick_ui, wrapped_ui};

/// What happens to an entry, in points: the longest words of both languages.
const STATE: f32 = 156.0;

/// A size.
const SIZE: f32 = 72.0;

/// Folders deeper than this are not indented any further, or nothing would be left for their names.
const DEEPEST: usize = 6;

/// What a person did in a row.
enum Done {
    Toggled(u64),
    Decided(EntryRange, Choice),
}

/// Draws the table, so high.
pub(super) fn plan_ui(
    ui: &mut Ui,
    plan: &mut PlanTable,
    texts: &Texts,
    height: RangeInclusive<f32>,
) -> Option<Act> {
    let mut done = None;
    let table = Table { salt: "plan", name: texts.t("prompt-files"), row: theme::CONTROL_HEIGHT, height };
    let mut scroll = plan.scroll;
    let shown = &*plan;
    let seen = table_ui(ui, &table, shown.len(), Some(&mut scroll), |ui, index| {
        done = row_ui(ui, shown, index, texts).or(done.take());
    });
    plan.scroll = scroll;
    plan.rows().look_at(seen);
    let command = match done? {
        Done::Toggled(index) => plan.toggle(index)?,
        Done::Decided(entry, choice) => plan.decide(entry, choice),
    };
    Some(Act::ask(command))
}

/// Draws the question what becomes of everything that differs.
pub(super) fn conflict_ui(
    ui: &mut Ui,
    plan: &mut PlanTable,
    text: &ConflictText,
    texts: &Texts,
) -> Option<Act> {
    let mut act = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = theme::XS;
        line_ui(ui, |ui| {
            icon_ui(ui, Icon::Warning, Palette::of(ui).warn);
            label_ui(ui, &text.question);
        });
        let options = [
            (Conflict::KeepBoth, texts.t("conflict-keep-both")),
            (Conflict::Skip, texts.t("conflict-skip")),
            (Conflict::Replace, texts.t("conflict-replace")),
        ];
        if let Some(conflict) = choice_ui(ui, texts, texts.t("conflict-group"), plan.conflict(), options) {
            act = Some(Act::ask(plan.decide_all(conflict)));
        }
        wrapped_ui(ui, &text.meaning, Palette::of(ui).quiet);
    });
    act
}

fn row_ui(ui: &mut Ui, plan: &PlanTable, index: u64, texts: &Texts) -> Option<Done> {
    let size = Vec2::new(ui.available_width(), theme::CONTROL_HEIGHT);
    let (row, _) = ui.allocate_exact_size(size, Sense::hover());
    // It comes with the next frame.
    let line = plan.line(index)?;
    let tick = plan.picks().tick(line.whole);
    let mut done = None;
    let from = |left: f32, right: f32| Rect::from_min_max(pos2(left, row.top()), pos2(right, row.bottom()));

    // Room for the ring around a box that has the focus.
    let left = row.left() + theme::XS;
    let mut start = part_ui(ui, from(left, left + theme::ICON), Layout::left_to_right(Align::Center));
    let response = tick_ui(&mut start, tick, &line.take_name);
    if response.clicked() {
        done = Some(Done::Toggled(index));
    }
    if response.gained_focus() {
        // With the next row in sight, Tab always finds it.
        ui.scroll_to_rect(row.expand2(Vec2::new(0.0, theme::CONTROL_HEIGHT)), None);
    }

    let depth: f32 = (0..line.depth().min(DEEPEST)).map(|_| theme::L).sum();
    let (sizes, states) = (row.right() - STATE - SIZE - theme::S, row.right() - STATE);
    let name_rect = from(left + theme::ICON + theme::S + depth, sizes - theme::S);
    let mut name = part_ui(ui, name_rect, Layout::left_to_right(Align::Center));
    name_ui(&mut name, line, tick);

    let mut size = part_ui(ui, from(sizes, states - theme::S), Layout::right_to_left(Align::Center));
    let quiet = Palette::of(ui).quiet;
    size.add(Label::new(RichText::new(&line.size).color(quiet)).truncate());

    let mut state = part_ui(ui, from(states, row.right()), Layout::left_to_right(Align::Center));
    if line.differs {
        if let Some(choice) = decide_ui(&mut state, line, texts) {
            done = Some(Done::Decided(line.whole, choice));
        }
    } else {
        let color = tone(line.tone, Palette::of(ui));
        // Under the words of the buttons in other rows.
        state.add_space(theme::S);
        state.add(Label::new(RichText::new(&line.state).color(color)).truncate());
    }
    done
}

fn part_ui(ui: &mut Ui, rect: Rect, layout: Layout) -> Ui {
    let mut part = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    part.set_clip_rect(rect.expand(theme::XS).intersect(ui.clip_rect()));
    part
}

fn name_ui(ui: &mut Ui, line: &PlanLine, tick: Tick) {
    let palette = Palette::of(ui);
    let icon = match line.shape {
        Shape::File => Icon::File,
        Shape::Folder => Icon::Folder,
        Shape::Link => Icon::Link,
    };
    icon_ui(ui, icon, palette.quiet);
    let color = match tick {
        Tick::All | Tick::Some => palette.text,
        Tick::None => palette.quiet,
    };
    ui.add(Label::new(RichText::new(&line.name).color(color)).truncate());
}

/// What happens to a file that differs, and the menu with what else may.
fn decide_ui(ui: &mut Ui, line: &PlanLine, texts: &Texts) -> Option<Choice> {
    let mut picked = None;
    let button = Button::new(&line.state, &line.decide_name).icon(Icon::Expand).kind(Kind::Bare).show(ui);
    Popup::menu(&button).accessible_name(&line.decide_name).show(|ui| {
        for (choice, word) in [
            (Choice::KeepBoth, texts.t("conflict-keep-both")),
            (Choice::Skip, texts.t("conflict-skip")),
            (Choice::Replace, texts.t("conflict-replace")),
        ] {
            if Button::new(word, word).kind(Kind::Bare).clicked(ui) {
                picked = Some(choice);
                ui.close();
            }
        }
    });
    picked
}

fn tone(tone: PlanTone, palette: &Palette) -> Color32 {
    match tone {
        PlanTone::Comes => palette.text,
        PlanTone::Quiet => palette.quiet,
        PlanTone::Look => palette.warn,
    }
}

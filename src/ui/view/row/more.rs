//! What a row can do that is not wanted often: a menu behind three dots.

use eframe::egui::{Popup, Ui};

use crate::engine::Transfer;
use crate::model::Outcome;
use crate::texts::Texts;
use crate::ui::act::{Act, FolderFor, Sheet, Wish};
use crate::ui::fonts::Icon;
use crate::ui::view::row::Row;
use crate::ui::widget::{Button, Kind};

/// Draws the menu's button, and the menu while it is open. Nothing where there is nothing in it.
pub(super) fn more_ui(ui: &mut Ui, row: &Row<'_>, texts: &Texts) -> Option<Act> {
    let Row { transfer, text, .. } = *row;
    let (can_limit, has_receipt) = (transfer.state.is_running(), has_receipt(transfer));
    if !can_limit && !has_receipt {
        return None;
    }
    let mut act = None;
    let button = Button::icon_only(Icon::More, &text.more_name).show(ui);
    Popup::menu(&button).accessible_name(&text.more_name).show(|ui| {
        let mut item = |shown: bool, icon, word: &str, name: &str, does: Act| {
            if shown && Button::new(word, name).icon(icon).kind(Kind::Bare).clicked(ui) {
                act = Some(does);
                ui.close();
            }
        };
        let limit = Act::Answer(Sheet::Limit(transfer.key));
        item(can_limit, Icon::Speed, texts.t("limit"), &text.limit_name, limit);
        let save = Act::Wish(Wish::PickFolder(FolderFor::Receipt(transfer.key)));
        item(has_receipt, Icon::File, texts.t("save-receipt"), &text.save_receipt_name, save);
    });
    act
}

/// Whether both sides settled what arrived: then the receiver signed it, and both keep that.
fn has_receipt(transfer: &Transfer) -> bool {
    let is_settled = match transfer.state.outcome() {
        Some(Outcome::Delivered | Outcome::Partial) => true,
        Some(Outcome::Declined | Outcome::Cancelled | Outcome::Interrupted | Outcome::Failed) | None => false,
    };
    is_settled && transfer.id.is_some() && transfer.peer.id.is_some()
}

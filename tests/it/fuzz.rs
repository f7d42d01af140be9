//! Fuzz targets: each takes any bytes and must come to an end without a panic, with what it promises still true.
//!
//! `cargo test` gives each a second, `tests/run.sh` ten, a person hours: docs/testing.md says how. A new target is one
//! file in `targets`, one line here, and a folder of seeds below `tests/fuzz/corpus`.

mod harness;
mod mutate;
mod targets;

use harness::fuzz;

#[test]
fn any_frames_are_read_or_refused() {
    fuzz("frames", targets::frames::run);
}

#[test]
fn any_body_that_is_read_is_written_and_read_again_as_the_same() {
    fuzz("bodies", targets::bodies::run);
}

#[test]
fn any_path_stays_below_its_folder_and_any_name_is_one_name() {
    fuzz("paths", targets::paths::run);
}

#[test]
fn any_text_of_a_peer_is_shown_as_one_harmless_line() {
    fuzz("texts", targets::texts::run);
}

#[test]
fn any_settings_file_is_read_or_refused_and_comes_back_as_it_was_saved() {
    fuzz("settings", targets::settings::run);
}

#[test]
fn any_certificate_is_a_device_or_refused() {
    fuzz("certificates", targets::certificates::run);
}

#[test]
fn any_receipt_is_read_and_written_again_byte_by_byte_or_refused() {
    fuzz("receipts", targets::receipts::run);
}

#[test]
fn any_bytes_leave_a_receiver_with_whole_files_and_none_before_its_yes() {
    fuzz("receiver", targets::receiver::run);
}

#[test]
fn any_bytes_leave_a_sender_with_a_true_end() {
    fuzz("sender", targets::sender::run);
}

#[test]
fn any_bytes_at_the_door_let_nobody_in_who_proved_nothing() {
    fuzz("door", targets::door::run);
}

#[test]
fn any_bytes_of_a_listener_prove_nothing_and_get_neither_name_nor_password() {
    fuzz("knock", targets::knock::run);
}

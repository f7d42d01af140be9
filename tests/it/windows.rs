//! Real windows on a screen of their own, driven as people and screen readers do. The steps are in `tests/windows/`;
//! pictures of each go to `target/windows/`.

use std::path::Path;
use std::process::Command;

#[test]
fn a_file_goes_from_one_real_window_to_another_and_both_say_so() {
    run("two-windows.sh");
}

#[test]
fn a_folder_is_planned_paused_slowed_cancelled_and_continued_between_real_windows() {
    run("folders.sh");
}

fn run(script: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/windows").join(script);
    let run = Command::new(script).arg(env!("CARGO_BIN_EXE_sampan")).output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(run.status.success(), "{}\n{}", said(&run.stdout), said(&run.stderr));
}

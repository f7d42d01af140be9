//! One program for all targets: `SAMPAN_FUZZ_TARGET` names the one to run.

#![no_main]
#![allow(dead_code, clippy::unwrap_used, reason = "rigs of the tests, used in part")]

use std::sync::LazyLock;

#[path = "../../tests/it/support/piped.rs"]
mod piped;
#[path = "../../tests/it/support/sides.rs"]
mod sides;
#[path = "../../tests/it/fuzz/targets/mod.rs"]
mod targets;

/// The rigs that the session targets use, where the tests have them.
mod support {
    use std::future::Future;

    pub(crate) use crate::{piped, sides};

    /// libFuzzer has a time limit of its own.
    pub(crate) async fn within<T>(_what: &str, work: impl Future<Output = T>) -> T {
        work.await
    }
}

static TARGET: LazyLock<fn(&[u8]) -> String> =
    LazyLock::new(|| match std::env::var("SAMPAN_FUZZ_TARGET").as_deref() {
        Ok("bodies") => targets::bodies::run,
        Ok("certificates") => targets::certificates::run,
        Ok("door") => targets::door::run,
        Ok("frames") => targets::frames::run,
        Ok("knock") => targets::knock::run,
        Ok("paths") => targets::paths::run,
        Ok("receipts") => targets::receipts::run,
        Ok("receiver") => targets::receiver::run,
        Ok("sender") => targets::sender::run,
        Ok("settings") => targets::settings::run,
        Ok("texts") => targets::texts::run,
        other => panic!("SAMPAN_FUZZ_TARGET is {other:?}; it names a folder of tests/fuzz/corpus"),
    });

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    TARGET(data);
});

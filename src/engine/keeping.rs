//! Settings on their way to the disk: one write after another, and never an older one last.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::engine::Event;
use crate::engine::core::Core;
use crate::model::{HostPort, Settings};
use crate::storage::{SettingsError, load_settings, save_settings};

/// Writes the settings in force.
pub(super) fn keep_settings(core: &Arc<Core>) {
    write(core, |core| {
        // The newest ones, read when it is their turn; but addresses a command remembered in the same home stay.
        let mut settings = core.settings();
        if let Ok(kept) = load_settings(&core.home) {
            settings.recent = kept.recent;
        }
        save_settings(&core.home, &settings)
    });
}

/// Puts an address in front of the remembered ones, here and on disk.
pub(super) fn remember_address(core: &Arc<Core>, to: &HostPort) {
    let address = to.to_string();
    let settings = core.change_settings(|settings| settings.remember(&address));
    core.fact(Event::Settings(Box::new(settings)));
    write(core, move |core| {
        // Only this is ours to change: a window and a command may share one home, and the file may be newer than we are.
        let mut kept: Settings = load_settings(&core.home)?;
        kept.remember(&address);
        save_settings(&core.home, &kept)
    });
}

fn write(core: &Arc<Core>, write: impl FnOnce(&Core) -> Result<(), SettingsError> + Send + 'static) {
    let core_here = Arc::clone(core);
    core.spawn(async move {
        let _turn = core_here.saving.lock().await;
        let core = Arc::clone(&core_here);
        if let Ok(Err(error)) = spawn_blocking(move || write(&core)).await {
            core_here.fact(Event::Notice(error.failure()));
        }
    });
}

//! The window. It knows the engine by its door only: commands in, events out, one [`State`](crate::engine::State).
//!
//! `app` is the logic, `screen` and `view` draw, `shown` puts the State into words, `theme` holds every colour.

mod act;
mod app;
mod desktop;
pub mod fonts;
mod pasted;
pub mod pulled;
mod screen;
mod sheets;
pub mod shown;
pub mod theme;
pub mod view;
pub mod widget;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use eframe::egui::{Context, ViewportBuilder};

use crate::engine::{Config, Engine, ListenOn, Wake};
use crate::model::Failure;
use crate::texts::Lang;

pub use act::{Act, FolderFor, Page, Sheet, Wish};
pub use screen::{Screen, theme_preference};

/// The application's id: the desktop file has the same name.
pub const APP_ID: &str = "io.github.sampan_app.sampan";

/// For desktops that do not find it by the application's id.
const ICON: &[u8] =
    include_bytes!("../../packaging/linux/icons/hicolor/128x128/apps/io.github.sampan_app.sampan.png");

/// The engine speaks up to ten times a second for each transfer; the window repaints this often for all of them. Where
/// the processor draws, a frame costs as much as some megabytes of a transfer, and nobody reads figures any faster.
const REPAINT: Duration = Duration::from_millis(250);

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The engine did not start.
    #[error("{0}")]
    Engine(Failure),
    /// The window did not open: no display, no graphics.
    #[error("the window could not be opened: {0}")]
    Window(#[source] eframe::Error),
}

/// Starts an engine and shows it in a window until that is closed. `listen` goes before the port of the settings.
/// Must run on the main thread. Errors: [`RunError`].
pub fn run(config: Config, listen: Option<ListenOn>) -> Result<(), RunError> {
    let started = Instant::now();
    let window = Arc::new(OnceLock::<Context>::new());
    let (engine, state) = Engine::start(config, wake(Arc::clone(&window))).map_err(RunError::Engine)?;
    let system = sys_locale::get_locale().map_or(Lang::English, |locale| Lang::of_locale(&locale));
    let create = move |context: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        let ctx = &context.egui_ctx;
        prepare(ctx);
        window.set(ctx.clone()).ok(); // set once: there is one window
        Ok(Box::new(app::App::new(ctx, engine, state, system, listen, started)))
    };
    eframe::run_native("Sampan", options(), Box::new(create)).map_err(RunError::Window)
}

/// Gives a window's context its fonts and its look.
pub fn prepare(ctx: &Context) {
    fonts::install(ctx);
    theme::install(ctx);
}

/// What the window is asked of the system.
pub fn options() -> eframe::NativeOptions {
    let icon = eframe::icon_data::from_png_bytes(ICON).expect("the icon is compiled in and a test reads it");
    eframe::NativeOptions {
        viewport: ViewportBuilder::default()
            .with_app_id(APP_ID)
            .with_title("Sampan")
            .with_icon(icon)
            .with_inner_size(theme::WINDOW)
            .with_min_inner_size(theme::SMALLEST_WINDOW),
        renderer: eframe::Renderer::Glow,
        // Ours asks for the Chinese forms, see `fonts`.
        system_font_fallback: false,
        ..Default::default()
    }
}

/// Has the window look at the engine's events soon. Events that come meanwhile are seen by the same repaint.
fn wake(window: Arc<OnceLock<Context>>) -> Wake {
    Arc::new(move || {
        if let Some(ctx) = window.get() {
            ctx.request_repaint_after(REPAINT);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_can_be_read() {
        assert!(eframe::icon_data::from_png_bytes(ICON).is_ok());
    }
}

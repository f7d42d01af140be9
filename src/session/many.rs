//! Work that looks at each entry of an offer, of which there may be millions.

use tokio::task::spawn_blocking;

use crate::session::SessionError;

/// From so many entries on it takes milliseconds, and nobody else on the reactor waits for it. Fewer are not worth a thread.
const MANY: u64 = 10_000;

/// Looks at so many entries. Errors: [`SessionError::Internal`].
pub(super) async fn look_at_each<T: Send + 'static>(
    entries: u64,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SessionError> {
    if entries < MANY {
        return Ok(work());
    }
    spawn_blocking(work).await.map_err(|_| SessionError::Internal("a look at each entry"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn few_are_looked_at_here_and_many_elsewhere() {
        let here = std::thread::current().id();
        for (entries, is_here) in [(MANY - 1, true), (MANY, false)] {
            let thread = look_at_each(entries, || std::thread::current().id()).await.unwrap();
            assert_eq!(thread == here, is_here);
        }
    }
}

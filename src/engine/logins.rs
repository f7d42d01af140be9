//! Logins at an unattended receiver: one password is checked at a time, few wait, and guessing gets slower with each try.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;
use tokio::time::sleep_until;

use crate::engine::core::Core;
use crate::engine::places::neighbourhood;
use crate::model::AccountName;
use crate::wire::{ByeReason, Login, limits};

/// Logins that wait while one is checked: checking takes 19 MB and a core for a moment, on purpose.
const QUEUE: usize = 8;

/// What a second wrong password in a row costs; each further one doubles it.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// The longest a try of one name waits. Tries of one name don't wait for one another: else whoever knows a name could lock its owner out.
const MAX_NAME_DELAY: Duration = Duration::from_secs(4);

/// The longest between two tries of one address. These do wait for one another.
const MAX_ADDRESS_DELAY: Duration = Duration::from_mins(1);

/// Who would have to wait longer than this is told to come again: it must be less than [`Timing::login`](crate::session::Timing::login).
const MAX_WAIT: Duration = Duration::from_secs(20);

/// Wrong tries are forgotten after this long.
const MEMORY: Duration = Duration::from_mins(15);

/// Addresses and names whose wrong tries are remembered, of each. The oldest are forgotten first.
const REMEMBERED: usize = 1024;

/// The receiver's doorkeeper for accounts.
#[derive(Debug)]
pub(super) struct Logins {
    /// The one that is checked.
    turn: Semaphore,
    /// It, and those that wait for it.
    places: Semaphore,
    tries: Mutex<Tries>,
}

#[derive(Debug, Default)]
struct Tries {
    of_addresses: Throttle<IpAddr>,
    of_names: Throttle<AccountName>,
}

impl Default for Logins {
    fn default() -> Self {
        Self { turn: Semaphore::new(1), places: Semaphore::new(1 + QUEUE), tries: Mutex::default() }
    }
}

impl Logins {
    /// Checks a login that came from `address` over the session with this binding.
    /// Errors: what the other side is told; the same, and after the same time, for a name that does not exist.
    pub(super) async fn check(
        &self,
        core: &Arc<Core>,
        address: IpAddr,
        binding: &[u8; 32],
        login: Login,
    ) -> Result<AccountName, ByeReason> {
        if !bool::from(login.binding.ct_eq(binding)) {
            core.strangers.turned_away("a login of another session: somebody may be in between", &address);
            return Err(ByeReason::WrongPassword);
        }
        let address = neighbourhood(address);
        let until = self.tries(|tries| tries.begin(Instant::now(), address, login.account.as_ref()));
        sleep_until(until.ok_or(ByeReason::Busy)?.into()).await;
        // Only after that: who has to wait for guessing wrong must not keep others from the queue.
        let _place = self.places.try_acquire().map_err(|_| ByeReason::Busy)?;
        let _turn = self.turn.acquire().await.map_err(|_| ByeReason::Other)?;
        let Login { account: name, password, .. } = login;
        let is_right = core.records.is_password(name.as_ref(), password).await.map_err(|failure| {
            tracing::error!(%failure, "a password could not be checked");
            ByeReason::Other
        })?;
        match name {
            Some(name) if is_right => {
                self.tries(|tries| tries.right(&name));
                Ok(name)
            }
            name => {
                core.strangers.turned_away("name or password wrong", &address);
                self.tries(|tries| tries.wrong(Instant::now(), address, name));
                Err(ByeReason::WrongPassword)
            }
        }
    }

    fn tries<T>(&self, look: impl FnOnce(&mut Tries) -> T) -> T {
        look(&mut self.tries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tries {
    /// When a try may be looked at; `None`: not soon.
    fn begin(&mut self, now: Instant, address: IpAddr, name: Option<&AccountName>) -> Option<Instant> {
        let name_delay = name.map_or(Duration::ZERO, |name| self.of_names.delay(now, name, MAX_NAME_DELAY));
        let at = self.of_addresses.next(now, &address).max(now + name_delay);
        if at > now + MAX_WAIT {
            return None;
        }
        let delay = self.of_addresses.delay(now, &address, MAX_ADDRESS_DELAY);
        self.of_addresses.reserve(&address, at + delay);
        Some(at)
    }

    fn wrong(&mut self, now: Instant, address: IpAddr, name: Option<AccountName>) {
        self.of_addresses.wrong(now, &address, MAX_ADDRESS_DELAY);
        if let Some(name) = name {
            self.of_names.wrong(now, &name, MAX_NAME_DELAY);
        }
    }

    /// The address's count stays: else who has one account could guess at others for ever.
    fn right(&mut self, name: &AccountName) {
        self.of_names.known.remove(name);
    }
}

/// Wrong tries by some key, in bounded memory.
#[derive(Debug)]
struct Throttle<K> {
    known: HashMap<K, Wrong>,
}

#[derive(Debug)]
struct Wrong {
    count: u32,
    last: Instant,
    /// Before this no further try is looked at.
    next: Instant,
}

impl<K> Default for Throttle<K> {
    fn default() -> Self {
        Self { known: HashMap::new() }
    }
}

impl<K: Eq + Hash + Clone> Throttle<K> {
    /// What the next try of this key costs.
    fn delay(&self, now: Instant, key: &K, most: Duration) -> Duration {
        match self.known.get(key) {
            Some(wrong) if wrong.count > 1 && now.duration_since(wrong.last) < MEMORY => {
                FIRST_DELAY.saturating_mul(2_u32.saturating_pow(wrong.count - 2)).min(most)
            }
            Some(_) | None => Duration::ZERO,
        }
    }

    fn next(&self, now: Instant, key: &K) -> Instant {
        self.known.get(key).map_or(now, |wrong| wrong.next.max(now))
    }

    fn reserve(&mut self, key: &K, next: Instant) {
        if let Some(wrong) = self.known.get_mut(key) {
            wrong.next = next;
        }
    }

    fn wrong(&mut self, now: Instant, key: &K, most: Duration) {
        self.known.retain(|_, wrong| now.duration_since(wrong.last) < MEMORY);
        if self.known.len() >= REMEMBERED && !self.known.contains_key(key) {
            let oldest = self.known.iter().min_by_key(|(_, wrong)| wrong.last).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.known.remove(&key));
        }
        let wrong = self.known.entry(key.clone()).or_insert(Wrong { count: 0, last: now, next: now });
        wrong.count = wrong.count.saturating_add(1);
        wrong.last = now;
        let next = now + self.delay(now, key, most);
        if let Some(wrong) = self.known.get_mut(key) {
            wrong.next = wrong.next.max(next);
        }
    }
}

/// What a password may have at most is the same for who sends it and who checks it.
const _: () = assert!(limits::MAX_PASSWORD == crate::model::Password::MAX_BYTES);

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> AccountName {
        AccountName::parse(text).unwrap()
    }

    fn ip(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn each_wrong_try_makes_the_next_one_of_its_address_slower_until_it_is_refused() {
        let (mut tries, mut now) = (Tries::default(), Instant::now());
        let mut waits = Vec::new();
        while let Some(at) = tries.begin(now, ip(1), None) {
            waits.push(at.duration_since(now).as_secs());
            now = at;
            tries.wrong(now, ip(1), None);
        }
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16]);
        assert!(tries.begin(now, ip(2), None).is_some(), "another address does not feel it");
    }

    #[test]
    fn tries_of_one_address_at_once_wait_for_one_another() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        for _ in 0..3 {
            tries.wrong(now, ip(1), None);
        }
        let starts: Vec<_> = std::iter::from_fn(|| tries.begin(now, ip(1), None)).collect();
        assert!(
            starts.len() < 12 && starts.windows(2).all(|pair| pair[1] >= pair[0] + Duration::from_secs(2))
        );
    }

    #[test]
    fn a_name_under_attack_is_slow_for_everybody_but_never_shut() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        for n in 0..200 {
            tries.wrong(now, ip(n), Some(name("anna")));
        }
        for n in 201..250 {
            assert_eq!(tries.begin(now, ip(n), Some(&name("anna"))), Some(now + MAX_NAME_DELAY));
        }
        assert_eq!(tries.begin(now, ip(250), Some(&name("ben"))), Some(now));
    }

    #[test]
    fn a_right_password_and_time_make_everything_forgotten() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        for _ in 0..5 {
            tries.wrong(now, ip(1), Some(name("anna")));
        }
        assert!(tries.begin(now, ip(1), Some(&name("anna"))) > Some(now));
        let later = now + MEMORY + Duration::from_secs(61);
        assert_eq!(tries.begin(later, ip(1), Some(&name("anna"))), Some(later));
        tries.right(&name("anna"));
        assert_eq!(tries.begin(now, ip(2), Some(&name("anna"))), Some(now));
        // Its address may have guessed at others.
        assert_ne!(tries.begin(now, ip(1), Some(&name("anna"))), Some(now));
    }

    #[test]
    fn a_million_addresses_cost_no_more_memory_than_a_thousand() {
        let (mut tries, now) = (Throttle::default(), Instant::now());
        for n in 0..20_000_u32 {
            tries.wrong(now, &n, MAX_ADDRESS_DELAY);
        }
        assert_eq!(tries.known.len(), REMEMBERED);
    }
}

//! Places for sessions. Who has proven nothing yet gets few of them, not many in a second, and must make room when they
//! run out; who has, is never touched by that.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::model::{DeviceId, Settings};

/// Who has not come for so long belongs to no crowd: longer than a flood from a whole small network takes to come round.
const RARE: Duration = Duration::from_secs(5);

/// How many sessions there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceLimits {
    /// Sessions that have proven nothing yet: each costs a quarter of a megabyte and ends within half a minute.
    pub unproven: usize,
    /// Of these, sessions of one address (IPv6: one /64): a person has one or two computers behind it.
    pub unproven_per_address: usize,
    /// Sessions of one device that was let in: more files at once than anybody watches.
    pub per_device: usize,
    /// All sessions that were let in: each may hold two megabytes of buffers.
    pub proven: usize,
    /// How fast strangers may come, all together: their handshakes cost about a millisecond of a core each, and what runs
    /// keeps its speed.
    pub newcomers: Pace,
    /// How many more may come of addresses from which nobody came for five seconds: in a crowd, the others.
    pub rare_newcomers: Pace,
    /// How fast those of one address may come: so that one alone cannot use up what all have.
    pub newcomers_per_address: Pace,
}

/// So many in a second, after so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// One each time this is over.
    pub interval: Duration,
    /// As many at once, if there were none for a while.
    pub burst: u32,
}

impl Default for PlaceLimits {
    fn default() -> Self {
        Self {
            unproven: 64,
            unproven_per_address: 4,
            per_device: 32,
            proven: 256,
            newcomers: Pace { interval: Duration::from_millis(8), burst: 128 },
            rare_newcomers: Pace { interval: Duration::from_millis(8), burst: 256 },
            newcomers_per_address: Pace { interval: Duration::from_millis(64), burst: 64 },
        }
    }
}

impl PlaceLimits {
    /// As a person set them.
    pub(super) fn of(settings: &Settings) -> Self {
        // None at all would let nobody in, not even a paired device.
        Self { unproven_per_address: settings.sessions_per_address.max(1).into(), ..Self::default() }
    }
}

impl Pace {
    /// Takes one more in: `next` is the moment up to which all that came are paid for. `false`: it is too many.
    fn take(self, next: &mut Instant, now: Instant) -> bool {
        let paid = (*next).max(now);
        let is_slow = paid.saturating_duration_since(now) < self.interval * self.burst;
        if is_slow {
            *next = paid + self.interval;
        }
        is_slow
    }

    /// Takes back what one cost.
    fn give_back(self, next: &mut Instant) {
        *next = next.checked_sub(self.interval).unwrap_or(*next);
    }
}

/// Who is in.
#[derive(Debug)]
pub(super) struct Places {
    limits: PlaceLimits,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    /// In the order they came.
    unproven: Vec<Unproven>,
    devices: HashMap<DeviceId, usize>,
    next: u64,
    paid: Paid,
    /// Addresses from which somebody came lately; few, because all together have a pace.
    visits: HashMap<IpAddr, Visit>,
    /// When those are looked through next.
    tidy: Option<Instant>,
}

/// Up to when newcomers are paid for.
#[derive(Debug, Default)]
struct Paid {
    all: Option<Instant>,
    rare: Option<Instant>,
}

/// The last one from an address.
#[derive(Clone, Copy, Debug)]
struct Visit {
    /// Up to when those from here are paid for.
    paid: Instant,
    last: Instant,
}

#[derive(Debug)]
struct Unproven {
    number: u64,
    address: IpAddr,
    leave: CancellationToken,
}

impl Taken {
    /// Whether one more may come now from this address. Counts it if so.
    fn may_come(&mut self, address: IpAddr, limits: &PlaceLimits, now: Instant) -> bool {
        if self.tidy.is_none_or(|tidy| now >= tidy) {
            self.visits.retain(|_, visit| visit.paid > now || !visit.is_long_ago(now));
            self.tidy = Some(now + RARE);
        }
        let visit = self.visits.get(&address).copied();
        let mut paid = visit.map_or(now, |visit| visit.paid);
        if !limits.newcomers_per_address.take(&mut paid, now) {
            return false;
        }
        let is_rare = visit.is_none_or(|visit| visit.is_long_ago(now));
        let may_come = limits.newcomers.take(self.paid.all.get_or_insert(now), now)
            || is_rare && limits.rare_newcomers.take(self.paid.rare.get_or_insert(now), now);
        if may_come {
            self.visits.insert(address, Visit { paid, last: now });
        }
        may_come
    }

    /// It proved who it is: that cost nobody anything.
    fn give_back(&mut self, address: IpAddr, limits: &PlaceLimits) {
        if let Some(paid) = self.paid.all.as_mut() {
            limits.newcomers.give_back(paid);
        }
        if let Some(visit) = self.visits.get_mut(&address) {
            limits.newcomers_per_address.give_back(&mut visit.paid);
        }
    }
}

impl Visit {
    fn is_long_ago(self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) >= RARE
    }
}

/// No place is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// The place of a session that has proven nothing yet. Free again when dropped.
#[derive(Debug)]
pub(super) struct Standing {
    places: Arc<Places>,
    number: u64,
    address: IpAddr,
    /// Cancelled when somebody else needs the place more.
    pub(super) leave: CancellationToken,
}

/// The place of a session that was let in. Free again when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    places: Arc<Places>,
    device: DeviceId,
}

impl Places {
    pub(super) fn new(limits: PlaceLimits) -> Arc<Self> {
        Arc::new(Self { limits, taken: Mutex::default() })
    }

    /// A place for a newcomer. If all are taken, the oldest session of the busiest address goes: a flood from one address
    /// pushes itself out and nobody else. Errors: [`Full`] for an address that has its share, and when too
    /// many come in one second.
    pub(super) fn stand(self: &Arc<Self>, address: IpAddr, now: Instant) -> Result<Standing, Full> {
        let address = neighbourhood(address);
        let mut taken = self.lock();
        let mut share: HashMap<IpAddr, usize> = HashMap::new();
        for session in &taken.unproven {
            *share.entry(session.address).or_default() += 1;
        }
        if share.get(&address).is_some_and(|share| *share >= self.limits.unproven_per_address) {
            return Err(Full);
        }
        if !taken.may_come(address, &self.limits, now) {
            return Err(Full);
        }
        if taken.unproven.len() >= self.limits.unproven {
            let busiest = share.values().max().copied().unwrap_or_default();
            let oldest =
                taken.unproven.iter().position(|session| share.get(&session.address) == Some(&busiest));
            match oldest {
                Some(place) => taken.unproven.remove(place).leave.cancel(),
                None => return Err(Full), // there are no places at all
            }
        }
        let (number, leave) = (taken.next, CancellationToken::new());
        taken.next += 1;
        taken.unproven.push(Unproven { number, address, leave: leave.clone() });
        Ok(Standing { places: Arc::clone(self), number, address, leave })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    /// Lets a session in that proved to be this device. Errors: itself, if there is no seat.
    pub(super) fn sit(self, device: DeviceId) -> Result<Seat, Self> {
        let mut taken = self.places.lock();
        let in_all: usize = taken.devices.values().sum();
        let limits = self.places.limits;
        let of_device = taken.devices.entry(device).or_default();
        if *of_device >= limits.per_device || in_all >= limits.proven {
            if *of_device == 0 {
                taken.devices.remove(&device);
            }
            drop(taken);
            return Err(self);
        }
        *of_device += 1;
        taken.give_back(self.address, &limits);
        drop(taken);
        Ok(Seat { places: Arc::clone(&self.places), device })
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.places.lock().unproven.retain(|session| session.number != self.number);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        if let Some(count) = taken.devices.get_mut(&self.device) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.devices.remove(&self.device);
            }
        }
    }
}

/// What counts as one address: whoever has an IPv6 address has 2⁶⁴ of them.
pub(super) fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(unproven: usize, per_address: usize) -> Arc<Places> {
        Places::new(PlaceLimits {
            unproven,
            unproven_per_address: per_address,
            per_device: 2,
            proven: 3,
            ..PlaceLimits::default()
        })
    }

    /// Somebody comes from this address.
    fn stand(places: &Arc<Places>, address: IpAddr) -> Result<Standing, Full> {
        places.stand(address, Instant::now())
    }

    fn ip(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn one_address_gets_its_share_and_one_more_is_refused() {
        let places = places(64, 4);
        let held: Vec<_> = (0..4).map(|_| stand(&places, ip(1)).unwrap()).collect();
        assert_eq!(stand(&places, ip(1)).err(), Some(Full));
        assert!(stand(&places, ip(2)).is_ok());
        drop(held);
        assert!(stand(&places, ip(1)).is_ok());
    }

    #[test]
    fn a_full_house_makes_the_busiest_address_give_its_oldest_place_to_the_newcomer() {
        let places = places(4, 4);
        let quiet = stand(&places, ip(1)).unwrap();
        let flood: Vec<_> = (0..3).map(|_| stand(&places, ip(9)).unwrap()).collect();
        let newcomer = stand(&places, ip(2)).unwrap();
        let gone: Vec<bool> = flood.iter().map(|place| place.leave.is_cancelled()).collect();
        assert_eq!(gone, [true, false, false]);
        assert!(!quiet.leave.is_cancelled() && !newcomer.leave.is_cancelled());
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_and_mapped_ones_are_ipv4() {
        let places = places(64, 1);
        let _held = stand(&places, "2001:db8:1:2::1".parse().unwrap()).unwrap();
        assert!(stand(&places, "2001:db8:1:2:ffff::9".parse().unwrap()).is_err());
        assert!(stand(&places, "2001:db8:1:3::1".parse().unwrap()).is_ok());
        let _mapped = stand(&places, "::ffff:10.0.0.7".parse().unwrap()).unwrap();
        assert!(stand(&places, ip(7)).is_err());
    }

    #[test]
    fn who_comes_too_often_is_refused_until_time_has_passed_and_nobody_else_is() {
        let pace = |burst| Pace { interval: Duration::from_millis(100), burst };
        let limits = PlaceLimits {
            newcomers: pace(3),
            rare_newcomers: pace(1),
            newcomers_per_address: pace(2),
            ..PlaceLimits::default()
        };
        let (places, now) = (Places::new(limits), Instant::now());
        let comes = |last, at| places.stand(ip(last), at).is_ok();
        assert_eq!([comes(1, now), comes(1, now), comes(1, now)], [true, true, false], "one address");
        assert_eq!([comes(2, now), comes(2, now)], [true, false], "all together");
        assert_eq!([comes(3, now), comes(4, now)], [true, false], "who was never here, for a while");
        let later = now + Duration::from_millis(100);
        assert_eq!(
            [comes(1, later), comes(2, later), comes(4, later), comes(5, later)],
            [true, false, true, false]
        );
        let much_later = now + Duration::from_secs(10);
        assert!(comes(1, much_later) && comes(2, much_later));
        assert_eq!(places.lock().visits.len(), 2, "who has not come for long is forgotten");
    }

    #[test]
    fn who_proves_who_he_is_may_come_as_often_as_he_likes() {
        let places = places(64, 4);
        let now = Instant::now();
        for _ in 0..10_000 {
            let standing = places.stand(ip(1), now).unwrap();
            drop(standing.sit(DeviceId::from_bytes([1; 32])).unwrap());
        }
    }

    #[test]
    fn a_device_that_was_let_in_has_a_limit_and_so_have_all_together() {
        let places = places(64, 64);
        let device = |n| DeviceId::from_bytes([n; 32]);
        let sit = |n| stand(&places, ip(1)).unwrap().sit(device(n));
        let first = sit(1).unwrap();
        let _second = sit(1).unwrap();
        assert!(sit(1).is_err());
        let _third = sit(2).unwrap();
        assert!(sit(3).is_err());
        drop(first);
        assert!(sit(3).is_ok());
        assert!(places.lock().unproven.is_empty(), "a seat frees the place before it");
    }
}

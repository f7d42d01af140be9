//! Places for sessions. Who has proven nothing yet gets few of them, and must make room when they run out; who has, is
//! never touched by that.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::model::DeviceId;

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
}

impl Default for PlaceLimits {
    fn default() -> Self {
        Self { unproven: 64, unproven_per_address: 4, per_device: 32, proven: 256 }
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
}

#[derive(Debug)]
struct Unproven {
    number: u64,
    address: IpAddr,
    leave: CancellationToken,
}

/// No place is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// The place of a session that has proven nothing yet. Free again when dropped.
#[derive(Debug)]
pub(super) struct Standing {
    places: Arc<Places>,
    number: u64,
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
    /// pushes itself out and nobody else. Errors: [`Full`] for an address that has its share.
    pub(super) fn stand(self: &Arc<Self>, address: IpAddr) -> Result<Standing, Full> {
        let address = neighbourhood(address);
        let mut taken = self.lock();
        let mut share: HashMap<IpAddr, usize> = HashMap::new();
        for session in &taken.unproven {
            *share.entry(session.address).or_default() += 1;
        }
        if share.get(&address).is_some_and(|share| *share >= self.limits.unproven_per_address) {
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
        Ok(Standing { places: Arc::clone(self), number, leave })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    /// Lets a session in that proved to be this device. Errors: [`Full`].
    pub(super) fn sit(self, device: DeviceId) -> Result<Seat, Full> {
        let mut taken = self.places.lock();
        let in_all: usize = taken.devices.values().sum();
        let limits = self.places.limits;
        let of_device = taken.devices.entry(device).or_default();
        if *of_device >= limits.per_device || in_all >= limits.proven {
            if *of_device == 0 {
                taken.devices.remove(&device);
            }
            return Err(Full);
        }
        *of_device += 1;
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
        Places::new(PlaceLimits { unproven, unproven_per_address: per_address, per_device: 2, proven: 3 })
    }

    fn ip(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn one_address_gets_its_share_and_one_more_is_refused() {
        let places = places(64, 4);
        let held: Vec<_> = (0..4).map(|_| places.stand(ip(1)).unwrap()).collect();
        assert_eq!(places.stand(ip(1)).err(), Some(Full));
        assert!(places.stand(ip(2)).is_ok());
        drop(held);
        assert!(places.stand(ip(1)).is_ok());
    }

    #[test]
    fn a_full_house_makes_the_busiest_address_give_its_oldest_place_to_the_newcomer() {
        let places = places(4, 4);
        let quiet = places.stand(ip(1)).unwrap();
        let flood: Vec<_> = (0..3).map(|_| places.stand(ip(9)).unwrap()).collect();
        let newcomer = places.stand(ip(2)).unwrap();
        let gone: Vec<bool> = flood.iter().map(|place| place.leave.is_cancelled()).collect();
        assert_eq!(gone, [true, false, false]);
        assert!(!quiet.leave.is_cancelled() && !newcomer.leave.is_cancelled());
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_and_mapped_ones_are_ipv4() {
        let places = places(64, 1);
        let _held = places.stand("2001:db8:1:2::1".parse().unwrap()).unwrap();
        assert!(places.stand("2001:db8:1:2:ffff::9".parse().unwrap()).is_err());
        assert!(places.stand("2001:db8:1:3::1".parse().unwrap()).is_ok());
        let _mapped = places.stand("::ffff:10.0.0.7".parse().unwrap()).unwrap();
        assert!(places.stand(ip(7)).is_err());
    }

    #[test]
    fn a_device_that_was_let_in_has_a_limit_and_so_have_all_together() {
        let places = places(64, 64);
        let device = |n| DeviceId::from_bytes([n; 32]);
        let sit = |n| places.stand(ip(1)).unwrap().sit(device(n));
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

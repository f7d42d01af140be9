//! Places for offers that nobody decided about yet: each may hold a manifest in memory before anybody agreed to it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::DeviceId;

/// Offers that are read or asked about at once.
const IN_ALL: usize = 32;

/// Of these, offers of one device: it must not take the turn of all others.
const OF_ONE_DEVICE: usize = 8;

/// The offers that are read or asked about.
#[derive(Debug, Default)]
pub(super) struct Undecided {
    of_devices: Mutex<HashMap<DeviceId, usize>>,
}

/// The place of one offer. Free again when dropped.
#[derive(Debug)]
pub(super) struct Question {
    undecided: Arc<Undecided>,
    device: DeviceId,
}

impl Undecided {
    /// A place for an offer of this device. `None`: it has its share, or all are taken.
    pub(super) fn take(self: &Arc<Self>, device: DeviceId) -> Option<Question> {
        let mut of_devices = self.lock();
        let in_all: usize = of_devices.values().sum();
        let of_device = of_devices.get(&device).copied().unwrap_or_default();
        if in_all >= IN_ALL || of_device >= OF_ONE_DEVICE {
            return None;
        }
        of_devices.insert(device, of_device + 1);
        Some(Question { undecided: Arc::clone(self), device })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<DeviceId, usize>> {
        self.of_devices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        let mut of_devices = self.undecided.lock();
        match of_devices.get_mut(&self.device) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => drop(of_devices.remove(&self.device)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_device_has_its_share_and_all_together_have_a_limit() {
        let undecided = Arc::new(Undecided::default());
        let offers = |n: u8| -> Vec<Question> {
            std::iter::from_fn(|| undecided.take(DeviceId::from_bytes([n; 32]))).collect()
        };
        let first = offers(1);
        assert_eq!(first.len(), OF_ONE_DEVICE);
        let others: Vec<Vec<Question>> = (2..10).map(offers).collect();
        assert_eq!(others.iter().map(Vec::len).sum::<usize>(), IN_ALL - OF_ONE_DEVICE);
        drop(first);
        assert_eq!(offers(11).len(), OF_ONE_DEVICE);
        drop(others);
        assert!(undecided.lock().is_empty());
    }
}

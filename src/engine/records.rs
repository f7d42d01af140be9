//! What is remembered: paired devices and accounts. The engine asks here each time it matters, and so do commands, also in
//! another process, so that a device that was forgotten is a stranger at its next session.

use std::path::Path;
use std::time::SystemTime;

use tokio::task::spawn_blocking;

use crate::engine::target::meant;
use crate::model::{
    Account, AccountName, DeviceId, DiscoveryKey, Failure, FailureKind, Moment, PairedDevice, Password,
    Policy, Sighting, shown_text,
};
use crate::storage::{
    Database, DatabaseError, Home, Secrecy, hash_password, read_password_file, verify_password,
};

mod transfers;

/// The door to what is remembered. Clones share it.
///
/// Errors of all methods: a [`Failure`] when the database cannot be used, and what each says.
#[derive(Clone, Debug)]
pub struct Records {
    home: Home,
    database: Database,
}

impl Records {
    /// Opens what this home remembers; makes it if it is new. Blocks.
    pub fn open(home: &Home) -> Result<Self, Failure> {
        Database::open(home).map(|database| Self { home: home.clone(), database }).map_err(told)
    }

    /// Where all of it is.
    pub(in crate::engine) fn home(&self) -> &Home {
        &self.home
    }

    /// All paired devices, by name.
    pub async fn devices(&self) -> Result<Vec<PairedDevice>, Failure> {
        self.database.devices().await.map_err(told)
    }

    /// The paired device with this id.
    pub async fn device(&self, id: &DeviceId) -> Result<Option<PairedDevice>, Failure> {
        self.database.device(id).await.map_err(told)
    }

    /// The one paired device that a person means: by its name, of any case, or by 8 or more characters of its id.
    /// Errors: no such device; more than one, and their ids are in the detail.
    pub async fn device_named(&self, text: &str) -> Result<PairedDevice, Failure> {
        let devices = self.devices().await?;
        let no_such = || Failure::here(FailureKind::NoSuchDevice).about(shown_text(text));
        meant(&devices, text)?.cloned().ok_or_else(no_such)
    }

    /// Pins a device; one that is pinned keeps its policy.
    pub async fn remember(&self, device: PairedDevice) -> Result<(), Failure> {
        self.database.remember(device).await.map_err(told)
    }

    /// Notes what a paired device told this time. `false`: it is not paired, and nothing is noted.
    pub async fn seen(&self, id: &DeviceId, sighting: Sighting) -> Result<bool, Failure> {
        self.database.seen(id, sighting).await.map_err(told)
    }

    /// Changes what a paired device may do. `false`: no such device.
    pub async fn set_policy(&self, id: &DeviceId, policy: Policy) -> Result<bool, Failure> {
        self.database.set_policy(id, policy).await.map_err(told)
    }

    /// Removes the pin and changes our own discovery key. `false`: no such device.
    pub async fn forget(&self, id: &DeviceId) -> Result<bool, Failure> {
        self.database.forget(id).await.map_err(told)
    }

    /// Our own discovery key.
    pub async fn discovery_key(&self) -> Result<DiscoveryKey, Failure> {
        self.database.discovery_key().await.map_err(told)
    }

    /// All accounts, by name.
    pub async fn accounts(&self) -> Result<Vec<Account>, Failure> {
        self.database.accounts().await.map_err(told)
    }

    /// Whether there is an account of that name.
    pub async fn has_account(&self, name: &AccountName) -> Result<bool, Failure> {
        Ok(self.database.password_hash(name).await.map_err(told)?.is_some())
    }

    /// Adds an account. Errors: there is one of that name.
    pub async fn add_account(&self, name: &AccountName, password: Password) -> Result<(), Failure> {
        let hash = hashed(password).await?;
        self.database.add_account(name, hash, Moment::from(SystemTime::now())).await.map_err(told)
    }

    /// Gives an account another password. Errors: no such account.
    pub async fn set_password(&self, name: &AccountName, password: Password) -> Result<(), Failure> {
        let hash = hashed(password).await?;
        let is_known = self.database.set_password(name, hash).await.map_err(told)?;
        if is_known { Ok(()) } else { Err(no_such(name)) }
    }

    /// Removes an account; the files in its folder stay. Errors: no such account.
    pub async fn remove_account(&self, name: &AccountName) -> Result<(), Failure> {
        let is_known = self.database.remove_account(name).await.map_err(told)?;
        if is_known { Ok(()) } else { Err(no_such(name)) }
    }

    /// Whether this is the account's password. An unknown name, or none, costs as much as a wrong password: tens of milliseconds of a
    /// core and 19 MiB, off the reactor. How many at once is the caller's to bound.
    pub async fn is_password(&self, name: Option<&AccountName>, password: Password) -> Result<bool, Failure> {
        let hash = match name {
            Some(name) => self.database.password_hash(name).await.map_err(told)?,
            None => None,
        };
        spawn_blocking(move || verify_password(&password, hash.as_deref())).await.map_err(internal)
    }
}

fn no_such(name: &AccountName) -> Failure {
    Failure::here(FailureKind::NoSuchAccount).about(name.to_string())
}

/// The password in the first line of a file, and who else can read it. Blocks.
/// Errors: a [`Failure`] about the file.
pub fn password_from_file(path: &Path) -> Result<(Password, Secrecy), Failure> {
    read_password_file(path).map_err(|error| error.failure())
}

async fn hashed(password: Password) -> Result<String, Failure> {
    let hash = spawn_blocking(move || hash_password(&password)).await.map_err(internal)?;
    hash.map_err(|error| error.failure())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn told(error: DatabaseError) -> Failure {
    error.failure()
}

fn internal(error: tokio::task::JoinError) -> Failure {
    Failure::here(FailureKind::Internal).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DeviceName, Pinning};

    async fn records(devices: &[(u8, &str)]) -> (tempfile::TempDir, Records) {
        let dir = tempfile::tempdir().unwrap();
        let records = Records::open(&Home::at(dir.path()).unwrap()).unwrap();
        for (byte, name) in devices {
            records.remember(device(*byte, name)).await.unwrap();
        }
        (dir, records)
    }

    fn device(byte: u8, name: &str) -> PairedDevice {
        PairedDevice {
            id: DeviceId::from_bytes([byte; 32]),
            name: DeviceName::new(name).unwrap(),
            policy: Policy::Ask,
            address: None,
            paired_at: Moment::from_secs(1),
            seen_at: Moment::from_secs(1),
            discovery: None,
            pinning: Pinning::Mutual,
        }
    }

    #[tokio::test]
    async fn a_device_is_meant_by_its_name_in_any_case_or_by_the_begin_of_its_id() {
        let (_dir, records) = records(&[(1, "Anna's PC"), (2, "Ännchen")]).await;
        for (text, byte) in [("anna's pc", 1), ("ÄNNCHEN", 2), (" Anna's PC ", 1)] {
            assert_eq!(records.device_named(text).await.unwrap().id.as_bytes(), &[byte; 32], "{text}");
        }
        let id = DeviceId::from_bytes([2; 32]);
        for text in [id.to_string(), id.fingerprint().to_string(), id.to_string()[..9].to_owned()] {
            assert_eq!(records.device_named(&text).await.unwrap().id, id, "{text}");
        }
    }

    #[tokio::test]
    async fn nobody_is_meant_by_part_of_a_name_or_too_little_of_an_id() {
        let (_dir, records) = records(&[(1, "anna")]).await;
        let short = DeviceId::from_bytes([1; 32]).to_string()[..8].to_owned(); // 7 and a dash
        for text in ["", " ", "ann", "annas", "*", "\u{1b}[2J", short.as_str()] {
            let failure = records.device_named(text).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::NoSuchDevice, "{text:?}");
            assert!(!failure.object.unwrap().contains('\u{1b}'));
        }
    }

    #[tokio::test]
    async fn a_name_of_two_or_one_that_poses_as_an_id_is_ambiguous_and_names_the_ids() {
        let id = DeviceId::from_bytes([3; 32]);
        let posing = id.fingerprint().to_string();
        let (_dir, records) = records(&[(1, "anna"), (2, "ANNA"), (3, "bob"), (4, &posing)]).await;
        for (text, both) in [("Anna", [1, 2]), (posing.as_str(), [3, 4])] {
            let failure = records.device_named(text).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::AmbiguousDevice);
            for byte in both {
                let fingerprint = DeviceId::from_bytes([byte; 32]).fingerprint().to_string();
                assert!(failure.detail.contains(&fingerprint), "{failure}");
            }
        }
        // More of the id says which.
        assert_eq!(records.device_named(&id.to_string()).await.unwrap().id, id);
    }

    #[tokio::test]
    async fn a_password_is_right_for_its_own_account_until_it_is_changed() {
        let (_dir, records) = records(&[]).await;
        let [anna, bob] = ["anna", "bob"].map(|name| AccountName::parse(name).unwrap());
        let [first, second] = ["first", "second"].map(|text| Password::new(text).unwrap());
        records.add_account(&anna, first.clone()).await.unwrap();
        assert!(records.is_password(Some(&anna), first.clone()).await.unwrap());
        for (name, password) in [(&anna, &second), (&bob, &first)] {
            assert!(!records.is_password(Some(name), password.clone()).await.unwrap());
        }
        records.set_password(&anna, second.clone()).await.unwrap();
        assert!(!records.is_password(Some(&anna), first.clone()).await.unwrap());
        assert!(records.is_password(Some(&anna), second.clone()).await.unwrap());
        let again = records.add_account(&anna, first.clone()).await.unwrap_err();
        assert_eq!(again.kind, FailureKind::AccountExists);
        assert!(records.is_password(Some(&anna), second.clone()).await.unwrap());
        records.remove_account(&anna).await.unwrap();
        assert!(!records.is_password(Some(&anna), second).await.unwrap());
        for failure in [records.remove_account(&anna).await, records.set_password(&anna, first).await] {
            assert_eq!(failure.unwrap_err().kind, FailureKind::NoSuchAccount);
        }
    }
}

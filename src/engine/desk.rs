//! The pairing desk at work: one for all of Receive's sessions, open while strangers may ask.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use tokio::sync::Notify;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

use crate::engine::core::Core;
use crate::engine::{DeskDoor, DeskView, Event, Guess};
use crate::model::Code;
use crate::pairing::{self, Attempt as Try, Desk, DeskRefusal, Shown, Tried, random_code};

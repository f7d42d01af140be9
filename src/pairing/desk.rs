//! stub
#![allow(missing_docs)]
use crate::model::{Code, DeviceId};
use std::net::IpAddr;
use std::time::Instant;
#[derive(Debug, Clone, Copy)]
pub enum DeskRefusal {
    Busy,
    AddressMustWait,
    Closed { until: Instant },
}
#[derive(Debug, Clone, Copy)]
pub enum Tried {
    Right,
    Wrong,
    GaveUp,
}
pub enum Shown {
    Code { code: Code, until: Instant },
    Trying,
    Closed { until: Instant },
}
pub struct Attempt {
    pub code: Code,
}
impl Attempt {
    pub fn code(&self) -> &Code {
        &self.code
    }
}
pub struct Guess {
    pub address: IpAddr,
    pub device: Option<DeviceId>,
    pub at: std::time::SystemTime,
}
pub struct Desk {
    g: Vec<Guess>,
}
impl Desk {
    pub fn new(_now: Instant) -> Self {
        Self { g: Vec::new() }
    }
    pub fn shown(&self, _now: Instant) -> Shown {
        Shown::Trying
    }
    pub fn begin(&mut self, _now: Instant, _a: IpAddr, _d: Option<DeviceId>) -> Result<Attempt, DeskRefusal> {
        Err(DeskRefusal::Busy)
    }
    pub fn end(&mut self, _now: Instant, _a: Attempt, _t: Tried) {}
    pub fn open(&mut self, _now: Instant) {}
    pub fn tick(&mut self, _now: Instant) {}
    pub fn next_change(&self, _now: Instant) -> Option<Instant> {
        None
    }
    pub fn guesses(&self) -> &[Guess] {
        &self.g
    }
}

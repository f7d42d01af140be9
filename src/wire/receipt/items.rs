//! CBOR items off a stream, and only in their one deterministic form: minicbor reads slices, and takes any form.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use crate::model::{Digest, size};
use crate::wire::ReceiptError;

const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const ARRAY: u8 = 4;
const MAP: u8 = 5;

/// Items one behind the other, hashed as they are read.
pub(super) struct Items<R> {
    input: R,
    hasher: Sha256,
    at: u64,
}

impl<R: Read> Items<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, hasher: Sha256::new(), at: 0 }
    }

    /// A rule that was broken right before here.
    pub(super) fn malformed(&self, rule: &'static str) -> ReceiptError {
        ReceiptError::Malformed { at: self.at, rule }
    }

    /// How many bytes were read.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// SHA-256 of what was read since this was asked last.
    pub(super) fn take_digest(&mut self) -> Digest {
        Digest::from_bytes(self.hasher.finalize_reset().into())
    }

    /// An unsigned number.
    pub(super) fn unsigned(&mut self) -> Result<u64, ReceiptError> {
        self.item(UNSIGNED, "a number belongs here")
    }

    /// The key of a map's next field.
    pub(super) fn key(&mut self, key: u64) -> Result<(), ReceiptError> {
        if self.unsigned()? == key { Ok(()) } else { Err(self.malformed("another field belongs here")) }
    }

    /// The head of an array: how many items follow.
    pub(super) fn array(&mut self) -> Result<u64, ReceiptError> {
        self.item(ARRAY, "an array belongs here")
    }

    /// The head of a map: how many fields follow.
    pub(super) fn map(&mut self) -> Result<u64, ReceiptError> {
        self.item(MAP, "a map belongs here")
    }

    /// A byte string of exactly `N` bytes.
    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], ReceiptError> {
        if self.item(BYTES, "bytes belong here")? != size::from_len(N) {
            return Err(self.malformed("bytes of another length belong here"));
        }
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A byte string of at most `limit` bytes; a longer one costs no memory.
    pub(super) fn bytes(&mut self, limit: usize) -> Result<Vec<u8>, ReceiptError> {
        let length = self.item(BYTES, "bytes belong here")?;
        if length > size::from_len(limit) {
            return Err(self.malformed("more bytes than there can be"));
        }
        let mut bytes = vec![0; size::to_len(length)];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Nothing follows.
    pub(super) fn end(&mut self) -> Result<(), ReceiptError> {
        let mut one = [0];
        match self.input.read_exact(&mut one) {
            Ok(()) => Err(self.malformed("bytes behind the end")),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
            Err(error) => Err(ReceiptError::Read(error)),
        }
    }

    /// The head of an item of this major type: its argument, in the shortest form (RFC 8949 §3, §4.2.1).
    fn item(&mut self, major: u8, rule: &'static str) -> Result<u64, ReceiptError> {
        let [head] = self.take()?;
        if head >> 5 != major {
            return Err(self.malformed(rule));
        }
        let (argument, least) = match head & 0x1f {
            small @ 0..=23 => return Ok(u64::from(small)),
            24 => (u64::from(u8::from_be_bytes(self.take()?)), 24),
            25 => (u64::from(u16::from_be_bytes(self.take()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(self.take()?)), 1 << 16),
            27 => (u64::from_be_bytes(self.take()?), 1 << 32),
            _ => return Err(self.malformed("lengths are definite")),
        };
        if argument < least { Err(self.malformed("a number has its shortest form")) } else { Ok(argument) }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], ReceiptError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), ReceiptError> {
        match self.input.read_exact(bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(ReceiptError::Truncated { at: self.at });
            }
            Err(error) => return Err(ReceiptError::Read(error)),
        }
        self.hasher.update(&*bytes);
        self.at = self.at.saturating_add(size::from_len(bytes.len()));
        Ok(())
    }
}

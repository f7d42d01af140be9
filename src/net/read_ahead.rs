//! Reading ahead of TLS, as much as a connection has earned.
//!
//! rustls asks for 4 KiB at a time; without a buffer each would be a system call. A running transfer needs a large one,
//! but whoever only knocks must cost little memory, so the buffer grows with what came through it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What every connection gets: a whole TLS record fits, and so does all of a greeting.
const SMALL: usize = 16 * 1024;

/// What a transfer gets: with this much per system call reading costs little beside decrypting. A stranger can have it
/// too, by padding its records; so together with what rustls holds it stays below 256 KB a connection.
const LARGE: usize = 192 * 1024;

/// As much as no greeting needs (64 KiB is its limit), and a transfer brings in its first blocks.
const GROWS_AFTER: usize = 128 * 1024;

/// A stream whose reads are buffered; writes go straight through, TLS gathers them itself.
#[derive(Debug)]
pub struct ReadAhead<S> {
    stream: S,
    buffer: Box<[u8]>,
    /// Bytes of `buffer` that were read and not taken yet.
    start: usize,
    end: usize,
    /// Bytes that came until the buffer was large; not counted any more then.
    came: usize,
}

impl<S> ReadAhead<S> {
    /// Nothing read yet.
    pub(super) fn new(stream: S) -> Self {
        Self { stream, buffer: vec![0; SMALL].into(), start: 0, end: 0, came: 0 }
    }

    /// Grows the buffer when it is empty and enough came through it.
    fn grow(&mut self) {
        if self.came >= GROWS_AFTER && self.buffer.len() < LARGE {
            self.buffer = vec![0; LARGE].into();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ReadAhead<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.start == this.end {
            this.grow();
            let mut room = ReadBuf::new(&mut this.buffer);
            ready!(Pin::new(&mut this.stream).poll_read(context, &mut room))?;
            (this.start, this.end) = (0, room.filled().len());
            this.came = this.came.saturating_add(this.end);
        }
        let waiting = this.buffer.get(this.start..this.end).unwrap_or_default();
        let taken = waiting.get(..out.remaining()).unwrap_or(waiting);
        out.put_slice(taken);
        this.start += taken.len();
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ReadAhead<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Takes this many of endless bytes, a few at a time; gives the buffer's size then.
    async fn size_after(count: usize) -> usize {
        let mut reader = ReadAhead::new(tokio::io::repeat(7));
        let mut left = count;
        while left > 0 {
            let mut piece = vec![0; left.min(4096)];
            reader.read_exact(&mut piece).await.unwrap();
            assert!(piece.iter().all(|byte| *byte == 7));
            left -= piece.len();
        }
        reader.buffer.len()
    }

    #[tokio::test]
    async fn the_buffer_is_small_for_a_greeting_and_large_for_a_transfer() {
        assert_eq!(size_after(0).await, SMALL);
        assert_eq!(size_after(64 * 1024).await, SMALL);
        assert_eq!(size_after(GROWS_AFTER).await, SMALL);
        assert_eq!(size_after(GROWS_AFTER + 1).await, LARGE);
        assert_eq!(size_after(3 * LARGE).await, LARGE);
    }

    #[tokio::test]
    async fn bytes_come_in_order_however_they_are_taken() {
        let bytes: Vec<u8> = (0..=250).cycle().take(2 * LARGE).collect();
        for piece in [1000, SMALL, LARGE + 1] {
            let mut reader = ReadAhead::new(bytes.as_slice());
            let mut read = Vec::new();
            loop {
                let mut some = vec![0; piece];
                match reader.read(&mut some).await.unwrap() {
                    0 => break,
                    count => read.extend_from_slice(&some[..count]),
                }
            }
            assert!(read == bytes);
        }
    }

    #[tokio::test]
    async fn writes_pass_unchanged_and_the_end_is_passed_on() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut stream = ReadAhead::new(ours);
        stream.write_all(b"there").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut heard = String::new();
        theirs.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "there");
        drop(theirs);
        assert_eq!(stream.read(&mut [0; 4]).await.unwrap(), 0);
    }
}

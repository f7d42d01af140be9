//! The writing half of a link.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::session::pace::Pace;
use crate::session::{Block, LinkError, Meter};
use crate::wire::Frame;

/// Control frames that wait are written together, up to this many bytes.
const CONTROL_BURST: usize = 64 * 1024;

/// Writes until both channels are closed and empty, then shuts down the write side.
pub(super) async fn run<W: AsyncWrite + Unpin>(
    mut stream: W,
    mut control: mpsc::Receiver<Frame>,
    mut data: mpsc::Receiver<Block>,
    ping: Duration,
    meter: Arc<Meter>,
    pace: Arc<Pace>,
) -> Result<(), LinkError> {
    let written = write_frames(&mut stream, &mut control, &mut data, ping, (&meter, &pace)).await;
    written.map_err(LinkError::Broken)?;
    stream.shutdown().await.map_err(LinkError::Broken)
}

async fn write_frames<W: AsyncWrite + Unpin>(
    stream: &mut W,
    control: &mut mpsc::Receiver<Frame>,
    data: &mut mpsc::Receiver<Block>,
    ping: Duration,
    (meter, pace): (&Meter, &Pace),
) -> io::Result<()> {
    let mut burst = Vec::new();
    let mut next_ping = Instant::now() + ping;
    let (mut control_open, mut data_open) = (true, true);
    while control_open || data_open {
        tokio::select! {
            biased;
            frame = control.recv(), if control_open => {
                let Some(frame) = frame else { control_open = false; continue };
                frame.encode(&mut burst);
                while burst.len() < CONTROL_BURST && let Ok(frame) = control.try_recv() {
                    frame.encode(&mut burst);
                }
                stream.write_all(&burst).await?;
                burst.clear();
            }
            block = data.recv(), if data_open => {
                let Some(block) = block else { data_open = false; continue };
                let mut rest = block.filled();
                let mut took = Duration::ZERO;
                while !rest.is_empty() {
                    let (piece, behind) = rest.split_at(meter.limits().pass(rest.len()).await.min(rest.len()));
                    // What a limit takes says nothing about the line.
                    let started = Instant::now();
                    stream.write_all(piece).await?;
                    took += started.elapsed();
                    rest = behind;
                }
                let started = Instant::now();
                // Also out of the buffers of TLS: else the time would be that of a copy, and a control frame would wait.
                stream.flush().await?;
                pace.took(took + started.elapsed());
                meter.add_bytes(block.payload);
            }
            () = sleep_until(next_ping) => {
                Frame::Ping.encode(&mut burst);
                stream.write_all(&burst).await?;
                burst.clear();
            }
        }
        if control.is_empty() && data.is_empty() {
            stream.flush().await?;
        }
        next_ping = Instant::now() + ping;
    }
    Ok(())
}

//! What bad input gets: a clear error, and nothing lost. After each the same receiver serves the next sender.

mod deaf;
mod ends;
mod frames;
mod reaching;
mod sources;
mod targets;

//! Chance, from the system: codes that nobody can foresee.

use crate::model::Code;

/// The system gives no random numbers. Without them there is no pairing: a code somebody can foresee is worse than none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers: {0}")]
pub struct NoRandomness(getrandom::Error);

/// `N` random bytes. Errors: [`NoRandomness`].
pub(super) fn random_bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(bytes)
}

/// A new code, each of the million as likely as any other. Errors: [`NoRandomness`].
pub fn random_code() -> Result<Code, NoRandomness> {
    loop {
        if let Some(code) = code_from(random_bytes()?) {
            return Ok(code);
        }
    }
}

/// The code that 20 random bits say. `None` for the one in twenty-two beyond the last code: a remainder in place of a new
/// try would make small codes likelier.
fn code_from(bytes: [u8; 4]) -> Option<Code> {
    Code::from_number(u32::from_le_bytes(bytes) >> 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_stands_for_equally_many_random_numbers() {
        let mut count = 0_u32;
        for bits in 0..1_u32 << 20 {
            // The twelve bits that are dropped change nothing, so each code stands for 4096 numbers.
            let lowest = code_from((bits << 12).to_le_bytes());
            assert_eq!(lowest, code_from((bits << 12 | 0xfff).to_le_bytes()));
            assert_eq!(lowest, Code::from_number(bits));
            count += u32::from(lowest.is_some());
        }
        assert_eq!(count, Code::COUNT);
    }

    #[test]
    fn drawn_codes_differ_and_reach_every_tenth_of_the_range() {
        let codes: Vec<Code> = (0..1_000).map(|_| random_code().unwrap()).collect();
        for front in '0'..='9' {
            assert!(codes.iter().any(|code| code.digits().starts_with(front)), "{front}");
        }
        assert!(codes.windows(2).any(|pair| pair[0] != pair[1]));
    }
}

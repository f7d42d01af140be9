//! Where a symbolic link of a tree points to.

use std::fmt;

use crate::model::{RelPath, shown_bytes};

/// The target of a link: relative, and whatever other links the tree has, never out of the root that the link is in.
///
/// `..` may only stand in front. Behind a name it would be taken from wherever that name leads, and a chain of links that are
/// each harmless could climb out.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LinkTarget(Vec<u8>);

/// Why a target is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkTargetError {
    /// It is empty, longer than a path can be, or holds a NUL.
    #[error("the link points to no path")]
    NoPath,
    /// It begins with `/`.
    #[error("the link points to an absolute path")]
    Absolute,
    /// It leaves the root, or could.
    #[error("the link points out of its tree")]
    Leaves,
}

impl LinkTarget {
    /// The longest target in bytes: what Linux allows.
    pub const MAX_BYTES: usize = 4095;

    /// Checks the target of a link that is at `path`. A link that is a root itself has nothing to point to.
    /// Errors: [`LinkTargetError`].
    pub fn parse(path: &RelPath, target: Vec<u8>) -> Result<Self, LinkTargetError> {
        if target.is_empty() || target.len() > Self::MAX_BYTES || target.contains(&0) {
            return Err(LinkTargetError::NoPath);
        }
        if target.first() == Some(&b'/') {
            return Err(LinkTargetError::Absolute);
        }
        // Folders of the root between it and the link: so often the link may climb.
        let above = path.depth().checked_sub(2).ok_or(LinkTargetError::Leaves)?;
        let names = || target.split(|byte| *byte == b'/').filter(|name| !matches!(*name, b"" | b"."));
        let climbs = names().take_while(|name| *name == b"..").count();
        if climbs > above || names().skip(climbs).any(|name| name == b"..") {
            return Err(LinkTargetError::Leaves);
        }
        Ok(Self(target))
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for LinkTarget {
    /// Escaped for showing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown_bytes(&self.0))
    }
}

impl fmt::Debug for LinkTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LinkTarget({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(at: &str, target: &[u8]) -> Result<LinkTarget, LinkTargetError> {
        let path = RelPath::parse(at.split('/').collect::<Vec<_>>()).unwrap();
        LinkTarget::parse(&path, target.to_vec())
    }

    #[test]
    fn what_stays_in_the_root_is_taken_byte_for_byte() {
        for (at, target) in [
            ("r/l", "file"),
            ("r/l", "./a/b/"),
            ("r/a/l", "../b"),
            ("r/a/b/l", "../../c/./d"),
            ("r/a/l", ".."),
            ("r/l", "."),
            ("r/l", "..."),
        ] {
            assert_eq!(parse(at, target.as_bytes()).unwrap().as_bytes(), target.as_bytes(), "{at} {target}");
        }
        assert_eq!(parse("r/l", b"\xff").unwrap().as_bytes(), b"\xff");
    }

    #[test]
    fn what_leaves_the_root_or_could_is_refused() {
        for (at, target) in [
            ("r/l", ".."),
            ("r/l", "../r/file"),
            ("r/a/l", "../../x"),
            ("r/a/l", "./.././../x"),
            // `u` may be a link that climbs itself.
            ("r/a/b/l", "u/.."),
            ("r/a/l", "../u/../x"),
            ("l", "file"),
        ] {
            assert_eq!(parse(at, target.as_bytes()), Err(LinkTargetError::Leaves), "{at} {target}");
        }
    }

    #[test]
    fn what_is_no_relative_path_is_refused() {
        assert_eq!(parse("r/l", b"/etc/passwd"), Err(LinkTargetError::Absolute));
        assert_eq!(parse("r/l", b""), Err(LinkTargetError::NoPath));
        assert_eq!(parse("r/l", b"a\0b"), Err(LinkTargetError::NoPath));
        assert_eq!(parse("r/l", &[b'x'; 4096]), Err(LinkTargetError::NoPath));
    }
}

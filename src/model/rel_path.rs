//! Paths that cannot escape, and the names they get on this platform.

mod local_name;

use std::cmp::Ordering;
use std::fmt;

use crate::model::shown_bytes;

pub use local_name::LocalName;

/// What every name of ours that is not a person's begins with: part files above all.
pub(crate) const OWN_PREFIX: &[u8] = b".sampan-";

/// A path below the receiver's folder: structure only. Whatever bytes a peer sends, a `RelPath` that exists has
/// 1 to [`RelPath::MAX_DEPTH`] components of 1 to 255 bytes, none of them `.` or `..`, none with `/` or NUL.
///
/// Paths are ordered name by name, byte by byte: a folder, all that is in it, then what comes behind it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RelPath {
    /// In one piece: there are millions of them. No name holds what joins them.
    joined: Box<[u8]>,
}

/// What joins the names of a path.
const SEPARATOR: u8 = b'/';

/// Why bytes are no [`RelPath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelPathError {
    /// No component at all.
    #[error("the path is empty")]
    Empty,
    /// More than [`RelPath::MAX_DEPTH`] components, or more than [`RelPath::MAX_BYTES`] bytes.
    #[error("the path is too long: {bytes} bytes in {depth} names")]
    TooLong {
        /// Number of components.
        depth: usize,
        /// Bytes in all components together.
        bytes: usize,
    },
    /// A component of 0 or more than 255 bytes.
    #[error("a name of {0} bytes; 1 to 255 are allowed")]
    NameLength(usize),
    /// `.` or `..`, which would leave the folder.
    #[error("the name {0:?} would leave the folder")]
    Escapes(String),
    /// A `/` or NUL inside a name: no file system has such a file.
    #[error("the name {0:?} holds a separator or a NUL")]
    Separator(String),
    /// A name that begins like Sampan's own files.
    #[error("the name {0:?} begins like one of Sampan's own files")]
    Reserved(String),
}

impl RelPathError {
    /// The rule that was broken, without the name that broke it.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Empty => "the path is empty",
            Self::TooLong { .. } => "the path is too long",
            Self::NameLength(_) => "a name is empty or too long",
            Self::Escapes(_) => "a name would leave the folder",
            Self::Separator(_) => "a name holds a separator or a NUL",
            Self::Reserved(_) => "a name begins like one of Sampan's own files",
        }
    }
}

impl RelPath {
    /// Linux allows paths of 4096 bytes; nothing longer can be opened by anybody.
    pub const MAX_BYTES: usize = 4096;
    /// Deeper trees are attacks on recursion, not on anybody's documents.
    pub const MAX_DEPTH: usize = 255;
    /// What one name can have on every file system in use.
    pub const MAX_NAME: usize = 255;

    /// Checks components as a peer sent them. Errors: [`RelPathError`] with the offending name, ready to be shown.
    pub fn parse<Name: AsRef<[u8]>>(components: impl AsRef<[Name]>) -> Result<Self, RelPathError> {
        let components = components.as_ref();
        let names = || components.iter().map(AsRef::as_ref);
        if components.is_empty() {
            return Err(RelPathError::Empty);
        }
        let bytes = names().map(<[u8]>::len).sum();
        if components.len() > Self::MAX_DEPTH || bytes > Self::MAX_BYTES {
            return Err(RelPathError::TooLong { depth: components.len(), bytes });
        }
        names().try_for_each(check_name)?;
        let mut joined = Vec::with_capacity(bytes + components.len() - 1);
        for name in names() {
            if !joined.is_empty() {
                joined.push(SEPARATOR);
            }
            joined.extend_from_slice(name);
        }
        Ok(Self { joined: joined.into() })
    }

    /// The components, outermost first; at least one.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &[u8]> + Clone {
        self.joined.split(|byte| *byte == SEPARATOR)
    }

    /// How many components it has.
    pub fn depth(&self) -> usize {
        self.components().count()
    }

    /// The last component: the file's own name.
    pub fn name(&self) -> &[u8] {
        self.components().next_back().unwrap_or_default()
    }

    /// The folder it is in, joined as [`joined`](Self::joined) is; empty for a root.
    pub fn folder(&self) -> &[u8] {
        let end = self.joined.iter().rposition(|byte| *byte == SEPARATOR).unwrap_or(0);
        self.joined.get(..end).unwrap_or_default()
    }

    /// What is below its root, joined; empty for a root.
    pub fn below_root(&self) -> &[u8] {
        let root = self.joined.iter().position(|byte| *byte == SEPARATOR);
        root.and_then(|end| self.joined.get(end + 1..)).unwrap_or_default()
    }

    /// The components joined by `/`, as raw bytes.
    pub fn joined(&self) -> &[u8] {
        &self.joined
    }

    /// Whether it is in a folder, at whatever depth; `folder` is joined. All are in the empty one.
    pub fn is_in(&self, folder: &[u8]) -> bool {
        let below = self.joined.strip_prefix(folder);
        folder.is_empty() || below.is_some_and(|below| below.first() == Some(&SEPARATOR))
    }

    /// Whether every component is UTF-8.
    pub fn is_utf8(&self) -> bool {
        // What joins them is a character of its own.
        std::str::from_utf8(&self.joined).is_ok()
    }
}

impl Ord for RelPath {
    fn cmp(&self, other: &Self) -> Ordering {
        // What joins names comes before every byte of a name, so a name before all that it begins.
        let rank = |byte: &u8| if *byte == SEPARATOR { 0 } else { *byte };
        self.joined.iter().map(rank).cmp(other.joined.iter().map(rank))
    }
}

impl PartialOrd for RelPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One name's rules.
fn check_name(name: &[u8]) -> Result<(), RelPathError> {
    if name.is_empty() || name.len() > RelPath::MAX_NAME {
        return Err(RelPathError::NameLength(name.len()));
    }
    if name == b"." || name == b".." {
        return Err(RelPathError::Escapes(shown_bytes(name)));
    }
    if name.iter().any(|byte| matches!(byte, b'/' | 0)) {
        return Err(RelPathError::Separator(shown_bytes(name)));
    }
    // Case folds on some file systems, and there `.SAMPAN-` is the same file.
    if name.get(..OWN_PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(OWN_PREFIX)) {
        return Err(RelPathError::Reserved(shown_bytes(name)));
    }
    Ok(())
}

impl fmt::Display for RelPath {
    /// Joined by `/`, escaped for showing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown_bytes(&self.joined))
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RelPath({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(name: &[u8]) -> Result<RelPath, RelPathError> {
        RelPath::parse([name])
    }

    #[test]
    fn ordinary_and_odd_names_are_paths() {
        let names: [&[u8]; 9] =
            [b"a", b"CON", "报告.pdf".as_bytes(), b"\xff\xfe", b"...", b" ", b"a\nb", b".sampan", b"C:\\x"];
        for name in names {
            assert_eq!(one(name).unwrap().name(), name);
        }
        assert!(one(&[b'x'; 255]).is_ok());
    }

    #[test]
    fn what_could_leave_the_folder_is_no_path() {
        assert_eq!(one(b".."), Err(RelPathError::Escapes("..".into())));
        assert_eq!(one(b"."), Err(RelPathError::Escapes(".".into())));
        assert_eq!(one(b"../x"), Err(RelPathError::Separator("../x".into())));
        assert_eq!(one(b"/etc/passwd"), Err(RelPathError::Separator("/etc/passwd".into())));
        assert_eq!(one(b"a\0b"), Err(RelPathError::Separator("a\\u{0}b".into())));
        assert_eq!(
            RelPath::parse(vec![b"a".to_vec(), b"..".to_vec()]),
            Err(RelPathError::Escapes("..".into()))
        );
    }

    #[test]
    fn lengths_have_limits() {
        assert_eq!(RelPath::parse::<&[u8]>([]), Err(RelPathError::Empty));
        assert_eq!(one(b""), Err(RelPathError::NameLength(0)));
        assert_eq!(one(&[b'x'; 300]), Err(RelPathError::NameLength(300)));
        assert!(matches!(
            RelPath::parse(vec![b"a".to_vec(); 256]),
            Err(RelPathError::TooLong { depth: 256, .. })
        ));
        assert!(matches!(
            RelPath::parse(vec![vec![b'x'; 255]; 17]),
            Err(RelPathError::TooLong { bytes: 4335, .. })
        ));
    }

    #[test]
    fn our_own_names_are_not_for_peers() {
        assert!(matches!(one(b".sampan-0011-0.part"), Err(RelPathError::Reserved(_))));
        assert!(matches!(one(b".SAMPAN-x"), Err(RelPathError::Reserved(_))));
    }

    #[test]
    fn the_parts_of_a_path_are_what_it_was_made_of() {
        let path = RelPath::parse(["a", "b.c", "d"]).unwrap();
        assert_eq!((path.joined(), path.folder(), path.name()), (&b"a/b.c/d"[..], &b"a/b.c"[..], &b"d"[..]));
        assert_eq!((path.below_root(), path.depth()), (&b"b.c/d"[..], 3));
        let root = one(b"a").unwrap();
        assert_eq!((root.folder(), root.below_root(), root.depth()), (&b""[..], &b""[..], 1));
        for (folder, is_in) in [("", true), ("a", true), ("a/b.c", true), ("a/b", false), ("a/b.c/d", false)]
        {
            assert_eq!(path.is_in(folder.as_bytes()), is_in, "{folder}");
        }
    }

    proptest! {
        #[test]
        fn paths_are_ordered_name_by_name(
            one in proptest::collection::vec(proptest::collection::vec(0x2d..0x31_u8, 1..4), 1..4),
            other in proptest::collection::vec(proptest::collection::vec(0x2d..0x31_u8, 1..4), 1..4),
        ) {
            if let (Ok(a), Ok(b)) = (RelPath::parse(&one), RelPath::parse(&other)) {
                prop_assert_eq!(a.cmp(&b), one.cmp(&other));
            }
        }

        #[test]
        fn whatever_parses_stays_below_its_folder(components in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..5)) {
            if let Ok(path) = RelPath::parse(components) {
                use std::os::unix::ffi::OsStrExt as _;
                let path = std::path::Path::new(std::ffi::OsStr::from_bytes(path.joined()));
                prop_assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))));
            }
        }
    }
}

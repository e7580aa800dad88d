//! Finding what a path leads to, in a tree in memory.

use std::sync::Arc;

use super::errno::Errno;
use super::tree::{Kind, Node};

/// What a path leads to, or where it could be made.
pub(super) struct Found {
    /// The directory that the last name of the path is in.
    pub parent: Arc<Node>,
    /// The last name; none where the path ends with `.` or `..`.
    name: Option<Vec<u8>>,
    pub node: Option<Arc<Node>>,
    /// Whether only a directory may be there: the path ends with a slash.
    pub of_directory: bool,
}

impl Found {
    /// The node, if there is one.
    pub fn existing(&self) -> Result<&Arc<Node>, Errno> {
        self.node.as_ref().ok_or(Errno::Noent)
    }

    /// The name, where something is to be made or removed.
    pub fn name(&self) -> Result<&[u8], Errno> {
        self.name.as_deref().ok_or(Errno::Inval)
    }
}

/// So many symbolic links may be on the way, as on Linux.
const MOST_LINKS: usize = 40;

/// Whether a symbolic link at the end of a path is followed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    Yes,
    /// Only if a slash comes after it.
    No,
    /// Not even then: something is to get or to lose that name.
    Never,
}

impl From<bool> for Follow {
    fn from(follow: bool) -> Self {
        if follow { Follow::Yes } else { Follow::No }
    }
}

/// Goes from `start` along `path`, never above `start`.
pub(super) fn find(
    start: &Arc<Node>,
    path: &[u8],
    follow: impl Into<Follow>,
) -> Result<Found, Errno> {
    let follow = follow.into();
    // What is left of the path, its next name last.
    let mut rest: Vec<Vec<u8>> = Vec::new();
    let mut of_directory = false;
    push(&mut rest, &mut of_directory, path)?;
    // The directories on the way, from `start` on.
    let mut way = vec![start.clone()];
    let mut links = 0;
    while let Some(name) = rest.pop() {
        let here = way.last().unwrap_or(start).clone();
        if name == b"." {
            continue;
        }
        if name == b".." {
            if way.len() == 1 {
                return Err(Errno::Perm);
            }
            way.pop();
            continue;
        }
        let last = rest.is_empty();
        let Some(node) = here.child(&name) else {
            if !last {
                return Err(Errno::Noent);
            }
            return Ok(Found {
                parent: here,
                name: Some(name),
                node: None,
                of_directory,
            });
        };
        match &node.kind {
            Kind::Link(target)
                if !last || follow == Follow::Yes || of_directory && follow == Follow::No =>
            {
                links += 1;
                if links > MOST_LINKS {
                    return Err(Errno::Loop);
                }
                let mut slash = false;
                push(&mut rest, &mut slash, target)?;
                of_directory |= last && slash;
            }
            Kind::Directory(_) if !last => way.push(node),
            Kind::File(_) if !last || of_directory => return Err(Errno::Notdir),
            _ => {
                return Ok(Found {
                    parent: here,
                    name: Some(name),
                    node: Some(node),
                    of_directory,
                });
            }
        }
    }
    let here = way.pop().unwrap_or_else(|| start.clone());
    Ok(Found {
        parent: here.clone(),
        name: None,
        node: Some(here),
        of_directory: true,
    })
}

/// Puts the names of a path before what is left. An absolute one would lead out.
fn push(rest: &mut Vec<Vec<u8>>, of_directory: &mut bool, path: &[u8]) -> Result<(), Errno> {
    /// More names than this are of no path that is meant.
    const MOST: usize = 1 << 16;
    if path.starts_with(b"/") {
        return Err(Errno::Perm);
    }
    *of_directory = path.ends_with(b"/");
    let names = path.split(|&byte| byte == b'/').rev();
    rest.extend(names.filter(|name| !name.is_empty()).map(<[u8]>::to_vec));
    if rest.len() > MOST {
        return Err(Errno::Nametoolong);
    }
    Ok(())
}

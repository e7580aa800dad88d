//! Functions of a host that are known by name and type: what a program offers to modules that it
//! loads, without making handles of them.

use crate::error::{LinkError, LinkReason};
use crate::function::plain_identity;
use crate::gc::TypeInfo;
use crate::instance::{Caller, InstanceHeader};
use crate::trap::{self, HostError};
use crate::value::{FunctionType, RawValue};
use alloc::format;
use alloc::string::ToString;

use super::code::Context;
use super::module::Inner;

/// The type of a function.
#[derive(Clone, Copy, Debug)]
pub struct DescribedType {
    /// Its parameters and results.
    pub function_type: FunctionType,
    /// Its type where these don't tell all of it.
    pub info: Option<&'static TypeInfo>,
}

/// The code of a function of a host: it takes arguments of its type, and gives results.
pub type HostCode = fn(HostCall<'_>, &[RawValue], &mut [RawValue]) -> Result<(), HostError>;

/// A function of a host, for modules that import it by these names.
#[derive(Clone, Copy, Debug)]
pub struct HostFunction {
    /// The module's name in the import.
    pub module: &'static str,
    /// Its own name.
    pub name: &'static str,
    /// Its type.
    pub described: DescribedType,
    /// What it does.
    pub code: HostCode,
}

/// A call of a function of the host that is under way.
pub struct HostCall<'a> {
    header: &'a InstanceHeader,
}

impl HostCall<'_> {
    /// Runs `f` with the caller, as a function of a host of type `H`.
    ///
    /// # Errors
    /// Those of `f`.
    ///
    /// # Panics
    /// When the host is not an `H`, or another function of the same host is running and has not let
    /// go of it by [`Caller::enter`].
    pub fn host<S: 'static, H: 'static, V, R>(
        self,
        f: impl FnOnce(&mut Caller<'_, S, H, V>) -> Result<R, HostError>,
    ) -> Result<R, HostError> {
        self.header.call_host(f)
    }
}

impl DescribedType {
    fn identity(self) -> u128 {
        self.info
            .map_or_else(|| plain_identity(self.function_type), |info| info.identity)
    }

    /// Whether functions of this type are of another type, too.
    pub(crate) fn matches(self, wanted: DescribedType) -> bool {
        if self.function_type != wanted.function_type {
            return false;
        }
        if self.info.is_none() && wanted.info.is_none() {
            return true;
        }
        let wanted = wanted.identity();
        let supertypes = self.info.map_or(&[][..], |info| info.supertypes);
        self.identity() == wanted || supertypes.contains(&wanted)
    }
}

/// The host's function for an import, by its place in `functions`, if there is one of these names.
///
/// # Errors
/// When it is of another type.
pub(super) fn find(
    functions: &[HostFunction],
    inner: &Inner,
    (module, name): (&str, &str),
    function: u32,
) -> Result<Option<HostCode>, LinkError> {
    let mut named = functions
        .iter()
        .filter(|known| known.module == module && known.name == name)
        .peekable();
    let Some(first) = named.peek() else {
        return Ok(None);
    };
    let first = first.described.function_type;
    let wanted = inner.described(function);
    if let Some(found) = named.find(|known| known.described.matches(wanted)) {
        return Ok(Some(found.code));
    }
    Err(LinkError {
        module: module.to_string(),
        name: name.to_string(),
        reason: LinkReason::IncompatibleType(
            format!("a function {}", wanted.function_type),
            format!("a function {first}"),
        ),
    })
}

/// Calls the host's function at `place` of the instance's.
#[inline(never)]
pub(super) fn call(context: &mut Context, place: u32, args: &[RawValue], results: &mut [RawValue]) {
    let Some(&code) = context.s.hosts.get(place as usize) else {
        crate::generated::unreachable()
    };
    context.lend(|header| {
        trap::host(|| code(HostCall { header }, args, results).map_err(HostError::into_trap));
    });
}

//! A module with host functions: state, the caller's memory, calls back, errors, traps.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;

use wasm2rs_support::{HostError, TrapKind};

mod payroll {
    wasm2rs_support::include_wasm!("payroll.wat");
}
use payroll::{Caller, Instance};

/// The host: the state that host functions work on.
#[derive(Debug, Default)]
struct Host {
    balances: Vec<i64>,
    printed: Vec<String>,
}

/// An error of the host's own.
#[derive(Debug, PartialEq)]
struct Overdrawn {
    account: i32,
    missing: i64,
}

impl fmt::Display for Overdrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "account {} lacks {}", self.account, self.missing)
    }
}

impl Error for Overdrawn {}

/// What the module imports from `bank`. A `Caller` dereferences to the host.
impl payroll::Bank for Host {
    fn accounts(caller: &mut Caller<'_, Self>) -> Result<i32, HostError> {
        // Any error can be passed on with `?`, also the standard library's.
        Ok(i32::try_from(caller.balances.len())?)
    }

    fn transfer(
        caller: &mut Caller<'_, Self>,
        from: i32,
        to: i32,
        amount: i64,
    ) -> Result<(), HostError> {
        let balance = caller.balance(from)?;
        if *balance < amount {
            let missing = amount - *balance;
            return Err(Overdrawn {
                account: from,
                missing,
            }
            .into());
        }
        *balance -= amount;
        *caller.balance(to)? += amount;
        Ok(())
    }

    fn visit_all(caller: &mut Caller<'_, Self>) -> Result<(), HostError> {
        for balance in caller.balances.clone() {
            // Back into the module that is calling: a trap there goes on as it is.
            caller.instance().visit(balance)?;
        }
        Ok(())
    }
}

/// What the module imports from `console`.
impl payroll::Console for Host {
    fn print(caller: &mut Caller<'_, Self>, text: i32, length: i32) -> Result<(), HostError> {
        let (text, length) = (text.cast_unsigned(), length.cast_unsigned());
        let line = caller.memory().read_string(text, length)?;
        println!("  the module says: {line}");
        caller.printed.push(line);
        Ok(())
    }
}

impl Host {
    fn balance(&mut self, account: i32) -> Result<&mut i64, HostError> {
        let balance = usize::try_from(account)
            .ok()
            .and_then(|account| self.balances.get_mut(account));
        balance.ok_or_else(|| HostError::message("no such account"))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut instance = Instance::new(Host {
        balances: vec![1000, 0, 0, 50],
        ..Host::default()
    })?;

    instance.pay(200)?;
    println!("balances: {:?}", instance.host().balances);
    println!("together: {}", instance.total()?);

    // The host's own error ends the call, and comes out of it.
    match instance.pay(300) {
        Ok(()) => println!("paid"),
        Err(trap) => {
            let overdrawn: Overdrawn = trap.downcast()?;
            println!("not paid: {overdrawn}");
        }
    }

    // A trap is an error like any other, and the instance can be used again.
    if let Err(trap) = instance.mean(0) {
        println!("no mean: {trap}");
    }
    println!("mean: {}", instance.mean(4)?);

    // What a host function finds wrong with the module's memory is a trap, too.
    if let Err(trap) = instance.mumble() {
        assert_eq!(trap.kind(), TrapKind::MemoryOutOfBounds);
        println!("nothing said: {trap}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(balances: &[i64]) -> Instance<Host> {
        Instance::new(Host {
            balances: balances.to_vec(),
            ..Host::default()
        })
        .expect("an instance")
    }

    #[test]
    fn host_functions_change_the_host() {
        let mut instance = instance(&[1000, 0, 0, 50]);
        instance.pay(200).expect("paid");
        assert_eq!(instance.host().balances, [400, 200, 200, 250]);
        assert_eq!(
            instance.host().printed,
            ["paying salaries", "salaries are paid"]
        );
    }

    #[test]
    fn the_host_calls_back() {
        let mut instance = instance(&[1, 20, 300]);
        assert_eq!(instance.total().expect("a sum"), 321);
        assert_eq!(instance.mean(3).expect("a mean"), 107);
    }

    #[test]
    fn an_error_of_the_host_comes_out_as_it_went_in() {
        let mut instance = instance(&[500, 0, 0]);
        let trap = instance.pay(300).expect_err("not enough");
        assert_eq!(trap.kind(), TrapKind::Host);
        assert_eq!(trap.to_string(), "host error: account 0 lacks 100");
        assert_eq!(
            trap.downcast::<Overdrawn>().expect("ours"),
            Overdrawn {
                account: 0,
                missing: 100
            }
        );
        // What happened before is not undone.
        assert_eq!(instance.host().balances, [200, 300, 0]);
    }

    #[test]
    fn traps_are_errors() {
        let mut instance = instance(&[7]);
        let trap = instance.mean(0).expect_err("a division by zero");
        assert_eq!(trap.kind(), TrapKind::IntegerDivideByZero);
        let trap = instance.mumble().expect_err("beyond the memory");
        assert_eq!(trap.kind(), TrapKind::MemoryOutOfBounds);
        assert_eq!(instance.mean(1).expect("still works"), 7);
    }
}

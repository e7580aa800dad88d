//! Whether what came is what was expected.

use spectest_runner::{Command, Outcome};

use crate::compile::Broken;
use crate::execute::Run;
use crate::plan::{Case, Expected, Step, Verdict};
use crate::value::{List, Shown};

/// A directive with its verdict.
#[derive(Debug)]
pub struct Judged<'a> {
    /// The directive.
    pub case: &'a Case,
    /// The verdict.
    pub verdict: Verdict,
}

/// The commands that a script's cases need, in order, after those every script starts with.
pub fn commands(host: &[Command], cases: &[Case]) -> Vec<Command> {
    let needed = cases.iter().filter_map(|case| match &case.step {
        Step::Run(command, _) => Some(command),
        _ => None,
    });
    host.iter().chain(needed).cloned().collect()
}

/// The verdicts on a script, of which `run` is what came of its [`commands`].
pub fn judge<'a>(
    host: &[Command],
    cases: &'a [Case],
    run: &Run,
    broken: &Broken,
) -> Vec<Judged<'a>> {
    let mut outcomes = run.outcomes.iter();
    // Without the host's things some modules can't be linked, and say so themselves.
    outcomes.by_ref().take(host.len()).for_each(drop);
    let verdict = |case: &Case| match &case.step {
        Step::Decided(verdict) => verdict.clone(),
        Step::Compile(key) => match broken.get(key) {
            Some(error) => failed("a module that compiles", error),
            None => Verdict::Passed,
        },
        Step::Run(command, expected) => {
            let outcome = outcomes.next();
            if let Command::Instantiate { module, .. } = command
                && let Some(error) = broken.get(module)
            {
                return failed("a module that compiles", error);
            }
            match outcome {
                Some(outcome) if fits(expected, outcome) => Verdict::Passed,
                Some(outcome) => {
                    let got = match (expected, outcome) {
                        (Expected::Thread(expected), Outcome::Thread(outcomes)) => {
                            wrong(expected, outcomes).unwrap_or_else(|| describe(outcome))
                        }
                        _ => describe(outcome),
                    };
                    failed(&expected.describe(), &got)
                }
                None => failed(&expected.describe(), &run.end),
            }
        }
    };
    let mut verdict = verdict;
    cases
        .iter()
        .map(|case| Judged {
            case,
            verdict: verdict(case),
        })
        .collect()
}

fn failed(expected: &str, got: &str) -> Verdict {
    Verdict::Failed {
        expected: expected.to_string(),
        got: got.to_string(),
    }
}

fn fits(expected: &Expected, outcome: &Outcome) -> bool {
    match (expected, outcome) {
        (Expected::Success, Outcome::Done | Outcome::Values(_)) => true,
        (Expected::Values(patterns), Outcome::Values(values)) => {
            patterns.len() == values.len()
                && patterns
                    .iter()
                    .zip(values)
                    .all(|(pattern, value)| pattern.matches(value))
        }
        (Expected::Exception, Outcome::Exception) => true,
        (Expected::Trap(expected), Outcome::Trap(message))
        | (Expected::Unlinkable(expected), Outcome::Unlinkable(message)) => {
            same_words(expected, message)
        }
        (Expected::Thread(expected), Outcome::Thread(outcomes)) => {
            expected.len() == outcomes.len() && wrong(expected, outcomes).is_none()
        }
        _ => false,
    }
}

/// What is wrong in a thread first.
fn wrong(expected: &[(String, Expected)], outcomes: &[Outcome]) -> Option<String> {
    let mut both = expected.iter().zip(outcomes);
    let ((what, expected), outcome) =
        both.find(|((_, expected), outcome)| !fits(expected, outcome))?;
    let (expected, got) = (expected.describe(), describe(outcome));
    Some(format!("{what}: expected {expected}, got {got}"))
}

/// Scripts have the beginning of the reference interpreter's message, which may say more than ours
/// (`uninitialized element 2`) or less (`undefined`).
fn same_words(expected: &str, message: &str) -> bool {
    !message.is_empty() && (message.starts_with(expected) || expected.starts_with(message))
}

impl Expected {
    fn describe(&self) -> String {
        match self {
            Expected::Success => "success".to_string(),
            Expected::Values(patterns) => List(patterns).to_string(),
            Expected::Trap(message) => format!("the trap \"{message}\""),
            Expected::Unlinkable(message) => format!("the link error \"{message}\""),
            Expected::Exception => "an exception".to_string(),
            Expected::Thread(_) => "a thread that does as expected".to_string(),
        }
    }
}

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "success".to_string(),
        Outcome::Values(values) => {
            let values: Vec<_> = values.iter().map(Shown).collect();
            List(&values).to_string()
        }
        Outcome::Exception => "an exception".to_string(),
        Outcome::Trap(message) => format!("the trap \"{message}\""),
        Outcome::Unlinkable(message) => format!("the link error \"{message}\""),
        Outcome::Thread(_) => "the end of a thread".to_string(),
        Outcome::Error(message) => message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use spectest_runner::Value;

    use super::*;
    use crate::value::Pattern;

    fn case(step: Step) -> Case {
        Case {
            line: 1,
            what: String::new(),
            step,
        }
    }

    #[test]
    fn expectations() {
        let values = |bits| Outcome::Values(vec![Value::I32(bits)]);
        let one = Expected::Values(vec![Pattern::Exactly(Value::I32(1))]);
        assert!(fits(&one, &values(1)));
        assert!(!fits(&one, &values(2)));
        assert!(!fits(&one, &Outcome::Values(Vec::new())));
        assert!(!fits(&one, &Outcome::Done));
        assert!(!fits(
            &Expected::Success,
            &Outcome::Trap("unreachable".to_string())
        ));
        let trap = |message: &str| Expected::Trap(message.to_string());
        let got = Outcome::Trap("undefined element".to_string());
        assert!(fits(&trap("undefined"), &got) && fits(&trap("undefined element 7"), &got));
        assert!(!fits(&trap("unreachable"), &got));
        assert!(!fits(&trap("undefined element"), &values(1)));
        assert!(!fits(&Expected::Exception, &got));
        assert!(fits(&Expected::Exception, &Outcome::Exception));
        assert!(!fits(&trap("uncaught"), &Outcome::Exception));
        let error = Outcome::Error("there is no such instance".to_string());
        assert!(!fits(&trap("there is"), &error) && !fits(&Expected::Success, &error));
    }

    #[test]
    fn what_did_not_run_or_compile_fails() {
        let instantiate = Command::Instantiate {
            module: 5,
            instance: 0,
        };
        let cases = [
            case(Step::Run(instantiate, Expected::Success)),
            case(Step::Compile(5)),
            case(Step::Run(Command::Host { instance: 0 }, Expected::Success)),
        ];
        let run = Run {
            outcomes: vec![Outcome::Done],
            end: "killed".to_string(),
        };
        let passed = |broken: &Broken| {
            let judged = judge(&[], &cases, &run, broken);
            judged
                .iter()
                .map(|judged| judged.verdict == Verdict::Passed)
                .collect::<Vec<_>>()
        };
        assert_eq!(passed(&Broken::new()), [true, true, false]);
        assert_eq!(
            passed(&Broken::from([(5, "no".to_string())])),
            [false, false, false]
        );
    }
}

//! `wasm2rs inspect`.

use serde_json::Value;

use crate::sandbox::{Sandbox, input};

fn json(sandbox: &Sandbox, file: &str) -> Value {
    serde_json::from_str(&sandbox.succeed(&["inspect", "--json", file])).unwrap()
}

#[test]
fn everything_is_shown() {
    let sandbox = Sandbox::new("inspect");
    let text = sandbox.succeed(&["inspect", input("world.wat").to_str().unwrap()]);
    for line in [
        "  wasi_snapshot_preview1 proc_exit          function  (i32)                    ",
        "  memory  memory    2 or more pages (131.1 kB)",
        "  _start  function  ()",
        "  list          9     92       2        4",
        "  can be translated  yes",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
    assert!(
        text.contains("world.wat: a WASI program, called `world`"),
        "{text}"
    );
    assert!(text.contains("rough estimate"), "{text}");
    assert!(text.lines().all(|line| line == line.trim_end()));
}

#[test]
fn json_says_the_same() {
    let sandbox = Sandbox::new("inspect-json");
    let module = json(&sandbox, input("everything.wat").to_str().unwrap());
    assert_eq!(module["supported"], true);
    assert_eq!(module["kind"], "a library that needs things of its host");
    let names = |list: &Value, key: &str| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|item| item[key].as_str().unwrap().to_string())
            .collect()
    };
    let proposals = names(&module["proposals"], "name");
    for proposal in [
        "sign extension",
        "multi-value",
        "bulk memory",
        "reference types",
    ] {
        assert!(proposals.contains(&proposal.to_string()), "{proposals:?}");
    }
    assert_eq!(names(&module["imports"], "name"), ["log", "base"]);
    assert_eq!(names(&module["imports"], "type"), ["(i64)", "i32"]);
    assert_eq!(module["imports"][0]["wasi"], false);
    assert!(names(&module["exports"], "name").contains(&"pick".to_string()));
    assert_eq!(module["functions"]["imported"], 1);
    assert_eq!(module["functions"]["deepest"]["name"], "pick");
    assert_eq!(module["functions"]["deepest"]["nesting"], 3);
    assert!(module["estimate"]["core_seconds"].as_f64().unwrap() >= 1.0);
}

#[test]
fn unsupported_modules_are_shown_too() {
    let sandbox = Sandbox::new("inspect-unsupported");
    let file = input("unsupported.wat");
    let module = json(&sandbox, file.to_str().unwrap());
    assert_eq!(module["supported"], false);
    let proposals = module["proposals"].as_array().unwrap();
    let lacking = proposals
        .iter()
        .filter(|proposal| proposal["supported"] == false);
    assert!(lacking.count() >= 1, "{proposals:?}");
    let text = sandbox.succeed(&["inspect", file.to_str().unwrap()]);
    assert!(text.contains("can be translated  no: ") && text.contains("NOT SUPPORTED YET"));
}

#[test]
fn the_number_of_functions_can_be_chosen() {
    let sandbox = Sandbox::new("inspect-functions");
    let file = input("everything.wat");
    let file = file.to_str().unwrap();
    let module = sandbox.succeed(&["inspect", "--json", "--functions", "2", file]);
    let module: Value = serde_json::from_str(&module).unwrap();
    assert_eq!(module["functions"]["largest"].as_array().unwrap().len(), 2);
    let text = sandbox.succeed(&["inspect", "--functions", "0", file]);
    assert!(!text.contains("Largest"));
}

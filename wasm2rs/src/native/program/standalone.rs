
fn program() -> Result<i32, String> {
    call(host()?, |instance| instance.call("_start", &[]).map(drop))
}


type Host = ();

/// The module asks for nothing, so it gets nothing.
fn host(request: &Request) -> Result<Host, String> {
    let _ = (&request.directories, &request.environment, &request.arguments);
    Ok(())
}


type Host = ();

/// The module asks for nothing, so it gets nothing.
fn host(request: &Request) -> Result<Host, String> {
    let _ = (&request.directories, &request.read_only_directories, &request.listeners);
    let _ = (&request.environment, &request.arguments);
    Ok(())
}

//! The page on this machine alone.

use anyhow::anyhow;
use tiny_http::{Header, Request, Response, Server};

/// What an address gives: bytes and their type; none where there is nothing.
pub(super) type Answer<'a> = dyn Fn(&str) -> Option<anyhow::Result<(Vec<u8>, &'static str)>> + 'a;

/// A server on a port of the loopback device; 0 takes a free one.
pub(super) fn bind(port: u16) -> anyhow::Result<(Server, String)> {
    let server = Server::http(("127.0.0.1", port)).map_err(|e| {
        anyhow!("cannot listen on 127.0.0.1:{port}: {e}; name another port with --port, or none for a free one")
    })?;
    let address = server.server_addr().to_ip().ok_or_else(|| anyhow!("the server has no address"))?;
    Ok((server, format!("http://{address}/")))
}

/// Answers until the process ends.
pub(super) fn run(server: &Server, answer: &Answer<'_>) -> anyhow::Result<()> {
    for request in server.incoming_requests() {
        // Whoever hangs up takes nothing down with it.
        if let Err(error) = give(request, answer) {
            tracing::info!("a reader hung up: {error}");
        }
    }
    Ok(())
}

fn give(request: Request, answer: &Answer<'_>) -> std::io::Result<()> {
    let path = request.url().split(['?', '#']).next().unwrap_or("/").to_owned();
    let (code, bytes, kind) = match answer(&path) {
        Some(Ok((bytes, kind))) => (200, bytes, kind),
        Some(Err(error)) => (500, crate::cli::told(&error).into_bytes(), "text/plain; charset=utf-8"),
        None => (404, format!("{path} is not here").into_bytes(), "text/plain; charset=utf-8"),
    };
    let mut response = Response::from_data(bytes).with_status_code(code);
    for (name, value) in [("Content-Type", kind), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
    {
        if let Ok(header) = Header::from_bytes(name, value) {
            response = response.with_header(header);
        }
    }
    request.respond(response)
}

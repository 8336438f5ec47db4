//! The address that the app listens on.

use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use anyhow::{Result, anyhow};
use tokio::time::sleep;

/// Checks that `listen` is free. Port 0 becomes a free port. Waits up to a second for the port of a process that was
/// just killed.
///
/// # Errors
/// If the address cannot be used; the message suggests another port.
pub async fn free_address(listen: SocketAddr) -> Result<SocketAddr> {
    let mut bound = TcpListener::bind(listen);
    for _ in 0..20 {
        match bound {
            Err(ref error) if error.kind() == ErrorKind::AddrInUse => {
                sleep(Duration::from_millis(50)).await;
                bound = TcpListener::bind(listen);
            }
            _ => break,
        }
    }
    let bound = bound.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "port {} of {} is already in use by another program; stop that program, or choose another port: --listen {}",
            listen.port(),
            listen.ip(),
            SocketAddr::new(listen.ip(), listen.port().checked_add(1).unwrap_or(3000))
        ),
        _ => anyhow!("cannot listen on {listen}: {error}; choose another address with --listen"),
    })?;
    Ok(bound.local_addr()?)
}

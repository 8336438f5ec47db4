//! The app in one process, or in several behind a round-robin proxy. Services keep nothing between requests, so every
//! replica can answer every request.

use std::{
    future::poll_fn,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::ExitStatus,
    task::Poll,
};

use anyhow::{Context, Result};
use balancer::{CLIENT_ADDRESS_HEADER, forward_all};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    free_address,
    log::LogFormat,
    runtime::{App, Runtime},
};

/// The replicas of the app, at least one.
pub struct Replicas {
    apps: Vec<(App, SocketAddr)>,
    /// The round-robin proxy in front of several replicas.
    balancer: Option<JoinHandle<()>>,
    listen: SocketAddr,
}

impl Replicas {
    /// Starts `count` replicas, with `variables` in their environment. One listens on `listen` itself. They may not
    /// respond yet.
    ///
    /// # Errors
    /// If the runtime's program cannot be started.
    pub async fn spawn(
        count: u8,
        runtime: Runtime,
        listen: SocketAddr,
        variables: &[(String, String)],
        logs: &Path,
        format: LogFormat,
    ) -> Result<Replicas> {
        let mut replicas = Replicas { apps: Vec::new(), balancer: None, listen };
        for number in 1..=count {
            let mut variables = variables.to_vec();
            let mut address = listen;
            if count > 1 {
                address = free_address((Ipv4Addr::LOCALHOST, 0).into()).await?;
                variables.push(("SPIN_VARIABLE_REPLICA".to_owned(), number.to_string()));
                // Otherwise all clients would have the proxy's address.
                let header = ("SPIN_VARIABLE_CLIENT_ADDRESS_HEADER", CLIENT_ADDRESS_HEADER);
                variables.push((header.0.to_owned(), header.1.to_owned()));
            }
            let app = App::spawn(runtime, address, variables, logs.to_owned(), format)?;
            replicas.apps.push((app, address));
        }
        Ok(replicas)
    }

    /// The process ids of the replicas that run.
    pub fn pids(&self) -> Vec<u32> {
        self.apps.iter().filter_map(|(app, _)| app.pid()).collect()
    }

    /// Waits until each replica responds and reaches its database, then opens the round-robin.
    ///
    /// # Errors
    /// If one ends first or takes too long, or another program has taken the address.
    pub async fn wait_until_ready(&mut self) -> Result<()> {
        for (app, address) in &mut self.apps {
            app.wait_until_ready(*address).await?;
        }
        if self.apps.len() > 1 {
            let listen = self.listen;
            let listener = TcpListener::bind(listen).await;
            let listener = listener.with_context(|| format!("cannot listen on {listen}"))?;
            let addresses = self.apps.iter().map(|(_, address)| *address).collect();
            let replicas = balancer::Replicas::new(addresses);
            self.balancer = Some(tokio::spawn(forward_all(listener, move |_| replicas.next())));
        }
        Ok(())
    }

    /// Waits until the process of a replica ends.
    ///
    /// # Errors
    /// If the system cannot report it.
    pub async fn wait_until_one_ended(&mut self) -> Result<ExitStatus> {
        let waits = self.apps.iter_mut().map(|(app, _)| Box::pin(app.wait_until_ended()));
        let mut waits: Vec<_> = waits.collect();
        let ended = poll_fn(|context| {
            let ended = waits.iter_mut().find_map(|wait| match wait.as_mut().poll(context) {
                Poll::Ready(status) => Some(status),
                Poll::Pending => None,
            });
            ended.map_or(Poll::Pending, Poll::Ready)
        });
        ended.await
    }

    /// Lets running requests finish, then ends the replicas.
    ///
    /// # Errors
    /// If the system refuses.
    pub async fn stop(self) -> Result<()> {
        for (app, _) in self.apps {
            app.stop().await?;
        }
        // Requests that a replica was still answering went through it.
        if let Some(balancer) = self.balancer {
            balancer.abort();
        }
        Ok(())
    }
}

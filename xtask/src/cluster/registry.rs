//! Checks whether an OCI registry has a tag.

use std::time::Duration;

use anyhow::{Context, Result, bail};

/// A registry, as `host:port` or `host/folder`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    name: String,
    is_insecure: bool,
}

impl Registry {
    /// The registry `name`; `is_insecure` if it serves plain HTTP.
    pub fn new(name: &str, is_insecure: bool) -> Registry {
        Registry { name: name.trim_end_matches('/').to_owned(), is_insecure }
    }

    /// The reference of an image in the registry.
    pub fn reference(&self, image: &str, tag: &str) -> String {
        format!("{}/{image}:{tag}", self.name)
    }

    /// Whether the registry has the tag; `None` if it requires a login.
    ///
    /// # Errors
    /// If it does not respond, or does not respond like a registry.
    pub fn has(&self, image: &str, tag: &str) -> Result<Option<bool>> {
        let scheme = if self.is_insecure { "http" } else { "https" };
        let (host, folder) = self.name.split_once('/').unwrap_or((&self.name, ""));
        let name = format!("{folder}/{image}");
        let url = format!("{scheme}://{host}/v2/{}/manifests/{tag}", name.trim_start_matches('/'));
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(10)))
            .build();
        let accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
                      application/vnd.docker.distribution.manifest.v2+json";
        let response = ureq::Agent::new_with_config(config)
            .get(&url)
            .header("accept", accept)
            .call()
            .with_context(|| {
                format!(
                    "the registry {host} does not answer ({url}); start it, or add --insecure if it serves plain HTTP"
                )
            })?;
        match response.status().as_u16() {
            200 => Ok(Some(true)),
            404 => Ok(Some(false)),
            401 | 403 => Ok(None),
            status => bail!("{url} answers {status}, unlike a registry"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread,
    };

    use super::*;

    /// A registry on a free port that answers one request and returns it.
    fn answering(status: &'static str) -> (Registry, thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let name = format!("{}/team", listener.local_addr().unwrap());
        let request = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut buffer = [0; 1024];
            let length = stream.read(&mut buffer).unwrap();
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .unwrap();
            String::from_utf8_lossy(&buffer[..length]).into_owned()
        });
        (Registry::new(&name, true), request)
    }

    #[test]
    fn a_tag_is_found_by_the_status_of_the_answer() {
        for (status, has) in
            [("200 OK", Some(true)), ("404 Not Found", Some(false)), ("401 Unauthorized", None)]
        {
            let (registry, request) = answering(status);
            assert_eq!(registry.has("library", "1.0").unwrap(), has);
            let request = request.join().unwrap();
            assert!(request.starts_with("GET /v2/team/library/manifests/1.0 "), "{request}");
        }
    }

    #[test]
    fn a_server_that_is_not_a_registry_is_an_error() {
        let (registry, _request) = answering("500 Oops");
        let error = registry.has("library", "1.0").unwrap_err().to_string();
        assert!(error.contains("answers 500, unlike a registry"), "{error}");
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = Registry::new(&closed.to_string(), true).has("library", "1.0").unwrap_err();
        assert!(error.to_string().contains("does not answer"), "{error}");
    }
}

//! Asking another service: one request, JSON back, and an end to the waiting.

use std::fmt;

use http::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;

/// A service of the library as another one sees it.
pub trait Peer {
    /// What it is called in the log.
    fn name(&self) -> &str;

    /// Its answer to `request`, whose URI is a path, perhaps with a query; whatever the status.
    ///
    /// Gives up in time: who asks has somebody waiting as well.
    ///
    /// # Errors
    /// [`PeerError::Unreachable`] when no complete answer comes.
    fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, PeerError>>;

    /// Its answer to a GET of `target`.
    ///
    /// # Errors
    /// As [`Peer::send`].
    fn get(&self, target: &str) -> impl Future<Output = Result<Response<Vec<u8>>, PeerError>> {
        async move {
            let request = Request::get(target).body(Vec::new());
            self.send(request.map_err(|e| PeerError::Malformed(e.to_string()))?).await
        }
    }

    /// The JSON it answers `target` with.
    ///
    /// # Errors
    /// As [`Peer::send`] and [`read_json`].
    fn get_json<T: DeserializeOwned>(
        &self,
        target: &str,
    ) -> impl Future<Output = Result<T, PeerError>> {
        async move { read_json(&self.get(target).await?) }
    }
}

/// The JSON of an answer.
///
/// # Errors
/// When the status is neither 200 nor 201, or the JSON is not a `T`.
pub fn read_json<T: DeserializeOwned>(response: &Response<Vec<u8>>) -> Result<T, PeerError> {
    match response.status() {
        StatusCode::OK | StatusCode::CREATED => serde_json::from_slice(response.body())
            .map_err(|error| PeerError::Malformed(error.to_string())),
        other => Err(PeerError::Status(other)),
    }
}

/// Why a service's answer is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerError {
    /// No answer: there is no connection, or it was too slow.
    Unreachable(String),
    /// An answer with a status that was not expected.
    Status(StatusCode),
    /// JSON of another shape than the contract's.
    Malformed(String),
}

impl PeerError {
    /// Whether the same request may work later: the service is away or says that it is ill.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Status(status) => status.is_server_error(),
            Self::Malformed(_) => false,
        }
    }
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "it cannot be reached: {why}"),
            Self::Status(status) => write!(f, "it answered {status}"),
            Self::Malformed(why) => write!(f, "it answered something else than agreed: {why}"),
        }
    }
}

impl std::error::Error for PeerError {}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    /// A service that gives everyone the same answer.
    struct Says(u16, &'static str);

    impl Peer for Says {
        fn name(&self) -> &str {
            "says"
        }

        async fn send(&self, _: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, PeerError> {
            let mut response = Response::new(self.1.into());
            *response.status_mut() = StatusCode::from_u16(self.0).unwrap();
            Ok(response)
        }
    }

    #[test]
    fn an_answer_is_read_as_json() {
        assert_eq!(block_on(Says(200, "[1,2]").get_json::<Vec<i64>>("/")), Ok(vec![1, 2]));
    }

    #[test]
    fn an_ill_service_may_recover_but_a_wrong_answer_stays_wrong() {
        let temporary =
            |peer: Says| block_on(peer.get_json::<Vec<i64>>("/")).unwrap_err().is_temporary();
        assert!(temporary(Says(503, "{}")));
        assert!(temporary(Says(500, "")));
        assert!(!temporary(Says(404, "{}")));
        assert!(!temporary(Says(200, "{}")));
    }
}

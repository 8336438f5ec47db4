//! The address of a service's database.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The location of a service's schema and the account that uses it.
#[derive(Clone)]
pub struct Settings {
    /// Name or IP address of the server.
    pub host: String,
    /// The TCP port.
    pub port: String,
    /// The schema.
    pub name: String,
    /// The database user.
    pub user: String,
    /// The user's password, not encoded.
    pub password: String,
}

impl Settings {
    /// The URL for Spin's MySQL interface.
    pub fn url(&self) -> String {
        // Some hosts panic on unknown options, so don't add others:
        // - prefer_socket=false: otherwise the driver switches to the socket file that the server names, which on
        //   this machine may belong to another server;
        // - the other two save each new session the round trip that queries them. 16 MiB is the smallest
        //   default of the supported servers, and no statement or row comes near it; a session lives for one
        //   request and never reaches 8 hours idle.
        const OPTIONS: &str = "prefer_socket=false&max_allowed_packet=16777216&wait_timeout=28800";
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let host = match self.host.contains(':') && !self.host.starts_with('[') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        format!(
            "mysql://{}:{}@{host}:{}/{}?{OPTIONS}",
            encoded(&self.user),
            encoded(&self.password),
            self.port,
            encoded(&self.name),
        )
    }
}

impl fmt::Debug for Settings {
    /// Shows everything except the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}:{}/{}", self.user, self.host, self.port, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_password_makes_a_url_of_the_same_shape() {
        let settings = Settings {
            host: "::1".into(),
            port: "3306".into(),
            name: "catalogdb".into(),
            user: "catalog".into(),
            password: "p@ss:/?#%&=é\"'".into(),
        };
        assert_eq!(
            settings.url(),
            "mysql://catalog:p%40ss%3A%2F%3F%23%25%26%3D%C3%A9%22%27@[::1]:3306/catalogdb\
             ?prefer_socket=false&max_allowed_packet=16777216&wait_timeout=28800"
        );
        assert!(!format!("{settings:?}").contains("p@ss"));
    }
}

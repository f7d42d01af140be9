//! Where the other computer is, as a person types it.

use std::fmt;
use std::net::{Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// The port Sampan listens on if nobody says otherwise.
pub const DEFAULT_PORT: u16 = 7267;

/// The last port that is tried when the default and those after it are taken: ten in all, so that a firewall rule can name them.
pub const LAST_PORT: u16 = 7276;

/// A host (name or address) and a port: `anna.local`, `192.168.1.6:7270`, `[fe80::1%eth0]:7267`, `::1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostPort {
    host: String,
    port: u16,
}

/// Text that names no host and port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address: write HOST, HOST:PORT or [IPV6]:PORT")]
pub struct NotAnAddress(String);

impl HostPort {
    /// The host, without brackets: ready for the resolver.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port; [`DEFAULT_PORT`] if none was given.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl From<SocketAddr> for HostPort {
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port() }
    }
}

impl FromStr for HostPort {
    type Err = NotAnAddress;

    /// Errors: [`NotAnAddress`] with the text when the host is empty or has blanks, or the port is not 1 to 65535.
    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let wrong = || NotAnAddress(text.to_owned());
        let text = text.trim();
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (host, rest) = rest.split_once(']').ok_or_else(wrong)?;
            if !is_ipv6(host) {
                return Err(wrong());
            }
            match rest.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if rest.is_empty() => (host, None),
                None => return Err(wrong()),
            }
        } else if is_ipv6(text) {
            (text, None)
        } else {
            match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            }
        };
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
        if host.is_empty() || !host.chars().all(plain) {
            return Err(wrong());
        }
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?,
            None => DEFAULT_PORT,
        };
        Ok(Self { host: host.to_owned(), port })
    }
}

/// What was meant, perhaps, by an IPv6 address without brackets that ends like a port: `::1:7600` is one address, and
/// `[::1]:7600` another one with a port. Gives the port and the whole.
pub fn port_in_ipv6(text: &str) -> Option<(u16, HostPort)> {
    let (host, port) = text.trim().rsplit_once(':')?;
    let is_likely = port.len() >= 4 && is_ipv6(text.trim()) && is_ipv6(host);
    let port = port.parse().ok().filter(|port| is_likely && *port > 0)?;
    Some((port, HostPort { host: host.to_owned(), port }))
}

/// An IPv6 address, with or without a zone (`fe80::1%eth0`).
fn is_ipv6(text: &str) -> bool {
    let address = text.split_once('%').map_or(text, |(address, _zone)| address);
    address.parse::<Ipv6Addr>().is_ok()
}

impl fmt::Display for HostPort {
    /// As it can be typed again; the default port is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        if self.port == DEFAULT_PORT {
            f.write_str(&self.host)
        } else {
            write!(f, "{open}{}{close}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_understood() {
        for (text, host, port) in [
            ("anna.local", "anna.local", 7267),
            (" 192.168.1.6:7270 ", "192.168.1.6", 7270),
            ("::1", "::1", 7267),
            ("[::1]:80", "::1", 80),
            ("[fe80::1%eth0]:9", "fe80::1%eth0", 9),
            ("安娜的电脑:7268", "安娜的电脑", 7268),
        ] {
            let parsed: HostPort = text.parse().unwrap();
            assert_eq!((parsed.host(), parsed.port()), (host, port), "{text}");
            assert_eq!(parsed.to_string().parse::<HostPort>().unwrap(), parsed, "{text}");
        }
    }

    #[test]
    fn what_names_no_place_is_refused() {
        for text in
            ["", ":7267", "a:b", "a:0", "a:70000", "[::1", "[::1]x", "[anna]:1", "a b", "http://a/", "a:1:2"]
        {
            assert!(text.parse::<HostPort>().is_err(), "{text}");
        }
    }
}

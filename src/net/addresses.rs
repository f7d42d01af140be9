//! Which of this computer's addresses another person can type.

use std::net::{IpAddr, SocketAddr};

/// Addresses another computer can dial to reach these sockets, the likeliest first: IPv4 of real networks, then IPv6,
/// and this computer's own loopback only if there is nothing else.
pub fn dialable(bound: &[SocketAddr]) -> Vec<SocketAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let local: Vec<IpAddr> = interfaces.iter().map(if_addrs::Interface::ip).collect();
    let mut dial: Vec<SocketAddr> = Vec::new();
    for socket in bound {
        if socket.ip().is_unspecified() {
            let same_family = local.iter().filter(|ip| ip.is_ipv4() == socket.is_ipv4());
            dial.extend(same_family.map(|ip| SocketAddr::new(*ip, socket.port())));
        } else {
            dial.push(*socket);
        }
    }
    // Link-local IPv6 addresses need a zone that only the other computer knows.
    dial.retain(|address| !matches!(address.ip(), IpAddr::V6(ip) if ip.is_unicast_link_local()));
    if dial.iter().any(|address| !address.ip().is_loopback()) {
        dial.retain(|address| !address.ip().is_loopback());
    }
    dial.sort_by_key(|address| (address.is_ipv6(), *address));
    dial.dedup();
    dial
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_on_one_address_is_dialled_there() {
        let bound = ["127.0.0.1:7270".parse().unwrap()];
        assert_eq!(dialable(&bound), bound);
    }

    #[test]
    fn a_socket_on_all_addresses_is_dialled_by_a_real_one() {
        let dial = dialable(&["0.0.0.0:7270".parse().unwrap(), "[::]:7270".parse().unwrap()]);
        assert!(!dial.is_empty());
        assert!(dial.iter().all(|address| !address.ip().is_unspecified() && address.port() == 7270));
    }
}

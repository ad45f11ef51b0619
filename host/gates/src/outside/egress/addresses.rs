//! Classifies addresses: those that a gate may reach, this machine, and those that no gate may reach. Pure.
//!
//! Applied to literal addresses in `policy.rs` and to resolved ones in `resolver.rs`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether requests may lead to this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loopback {
    /// The origin names this machine literally.
    Allowed,
    /// Every other origin.
    Refused,
}

/// What an address is to a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AddressClass {
    /// Any origin may resolve to it.
    Open,
    /// This machine: only for origins that name it literally.
    Loopback,
    /// For no origin: link-local addresses, metadata services, and addresses of no host.
    Forbidden,
}

/// Checks that an address may be connected to; the error says why not.
pub(super) fn check_address(address: IpAddr, loopback: Loopback) -> Result<(), String> {
    match (classify(address), loopback) {
        (AddressClass::Open, _) | (AddressClass::Loopback, Loopback::Allowed) => Ok(()),
        (AddressClass::Loopback, Loopback::Refused) => Err(format!(
            "{address}, this machine, which only an origin that names it literally may reach"
        )),
        (AddressClass::Forbidden, _) => Err(format!(
            "{address}, a link-local, metadata or reserved address, which no gate may reach"
        )),
    }
}

/// Classifies an address in its canonical form, so that a v4 address wrapped in a v6 one is recognised.
fn classify(address: IpAddr) -> AddressClass {
    match address.to_canonical() {
        IpAddr::V4(v4) => classify_v4(v4),
        IpAddr::V6(v6) => classify_v6(v6),
    }
}

fn classify_v4(address: Ipv4Addr) -> AddressClass {
    /// Azure's wire server, and the metadata services of Alibaba and Oracle: outside every reserved range.
    const METADATA: [Ipv4Addr; 3] = [
        Ipv4Addr::new(168, 63, 129, 16),
        Ipv4Addr::new(100, 100, 100, 200),
        Ipv4Addr::new(192, 0, 0, 192),
    ];
    let [first, ..] = address.octets();
    let forbidden = first == 0
        || first >= 240
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || METADATA.contains(&address);
    if address.is_loopback() {
        AddressClass::Loopback
    } else if forbidden {
        AddressClass::Forbidden
    } else {
        AddressClass::Open
    }
}

fn classify_v6(address: Ipv6Addr) -> AddressClass {
    if address.is_loopback() {
        return AddressClass::Loopback;
    }
    if let Some(inner) = wrapped_v4(address) {
        // A wrapped address of this machine, or a reserved one, is never written by accident.
        return match classify_v4(inner) {
            AddressClass::Open => AddressClass::Open,
            AddressClass::Loopback | AddressClass::Forbidden => AddressClass::Forbidden,
        };
    }
    let segments = address.segments();
    // The metadata services of AWS and Google, in a range of private addresses that are otherwise allowed.
    let metadata = [[0xfd00, 0x0ec2, 0], [0xfd20, 0x00ce, 0]].contains(&[
        segments[0],
        segments[1],
        segments[2],
    ]) && segments[7] == 0x0254;
    // Teredo encodes a v4 address with inverted bits; the whole range is refused.
    let teredo = segments[..2] == [0x2001, 0];
    let forbidden = address.is_unspecified()
        || address.is_multicast()
        || address.is_unicast_link_local()
        || segments[0] & 0xffc0 == 0xfec0
        || metadata
        || teredo;
    if forbidden {
        AddressClass::Forbidden
    } else {
        AddressClass::Open
    }
}

/// Returns the v4 address inside a v4-compatible, v4-translated, NAT64 (64:ff9b::/96 and 64:ff9b:1::/48) or 6to4 (2002::/16) address.
fn wrapped_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let join = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => Some(join(high, low)),
        [0, 0, 0, 0, 0xffff, 0, high, low] => Some(join(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 1, _, _, _, high, low] => {
            Some(join(high, low))
        }
        [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

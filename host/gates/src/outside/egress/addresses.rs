//! Which addresses nobody may be sent to, whatever name led there. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What may be said about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Anybody who may name it.
    Open,
    /// This machine: only for origins that name it literally.
    Loopback,
    /// Nobody: link-local, metadata services, and what is no host at all.
    Forbidden,
}

/// Judges an address in its canonical form, so that no wrapping of a v4 address in a v6 one hides it.
pub(crate) fn standing(address: IpAddr) -> Standing {
    match address.to_canonical() {
        IpAddr::V4(v4) => standing_v4(v4),
        IpAddr::V6(v6) => standing_v6(v6),
    }
}

fn standing_v4(address: Ipv4Addr) -> Standing {
    /// Azure's wire server, Alibaba's and Oracle's metadata services: outside every reserved range.
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
    match (address.is_loopback(), forbidden) {
        (true, _) => Standing::Loopback,
        (false, true) => Standing::Forbidden,
        (false, false) => Standing::Open,
    }
}

fn standing_v6(address: Ipv6Addr) -> Standing {
    if address.is_loopback() {
        return Standing::Loopback;
    }
    if let Some(inner) = wrapped_v4(address) {
        // Nobody names this machine, or a reserved address, in such a wrapping by accident.
        return match standing_v4(inner) {
            Standing::Open => Standing::Open,
            Standing::Loopback | Standing::Forbidden => Standing::Forbidden,
        };
    }
    let segments = address.segments();
    // The metadata services of AWS and Google, in a range that is otherwise private.
    let metadata = [[0xfd00, 0x0ec2, 0], [0xfd20, 0x00ce, 0]].contains(&[
        segments[0],
        segments[1],
        segments[2],
    ]) && segments[7] == 0x0254;
    // Teredo wraps a v4 address bit by bit.
    let teredo = segments[..2] == [0x2001, 0];
    let forbidden = address.is_unspecified()
        || address.is_multicast()
        || address.is_unicast_link_local()
        || segments[0] & 0xffc0 == 0xfec0
        || metadata
        || teredo;
    match forbidden {
        true => Standing::Forbidden,
        false => Standing::Open,
    }
}

/// The v4 address inside a v4-compatible, v4-translated, NAT64 (64:ff9b::/96 and 64:ff9b:1::/48) or 6to4 (2002::/16) address.
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

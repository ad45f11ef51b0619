//! Which URLs may be requested, spelling by spelling.

use super::{Denied, Origins, Policy};

/// Returns a policy with two revisions, one of them on this machine, and an `allow` list with every kind of origin.
fn policy() -> Policy {
    let allow = [
        "https://api.example.com",
        "https://*.metrics.example.com",
        "http://10.1.2.3:9090",
        "https://[fd12::1]:8443",
        // On the allow list, and refused all the same.
        "http://169.254.169.254",
        "http://168.63.129.16",
        "http://0.0.0.0",
        "http://[fe80::1]",
        "http://[::ffff:169.254.169.254]",
        "http://[::ffff:127.0.0.1]:7000",
        "http://[64:ff9b::a9fe:a9fe]",
        "http://[2002:7f00:1::]",
        "http://[::]",
        "http://224.0.0.1",
        "http://255.255.255.255",
        "http://240.0.0.1",
        "http://100.100.100.200",
        "http://192.0.0.192",
        "http://[fd00:ec2::254]",
        "http://[ff02::1]",
        "http://[fec0::1]",
        "http://[fd20:ce::254]",
        "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "http://[::ffff:0:a9fe:a9fe]",
    ];
    let revisions = ["https://shop--v1.env.example.io", "http://127.0.0.1:8080"];
    let allow = Origins::parse(&allow.map(str::to_owned)).expect("origins");
    Policy::new(&allow, &[], &revisions)
}

#[test]
fn allowed_origins_are_permitted_in_every_spelling() {
    for url in [
        "https://shop--v1.env.example.io/health",
        "https://shop--v1.env.example.io:443/",
        "HTTPS://SHOP--V1.ENV.EXAMPLE.IO/x?y=z",
        "https://shop--v1.env.example.io./",
        "http://127.0.0.1:8080/health",
        "http://2130706433:8080/",
        "http://0x7f.1:8080/",
        "http://0177.0.0.1:8080/",
        "http://127.1:8080/",
        "https://api.example.com/v1#fragment",
        "https://a.metrics.example.com/",
        "https://a.b.metrics.example.com/",
        "http://10.1.2.3:9090/query",
        "https://[fd12::1]:8443/",
        "https://[FD12:0:0::1]:8443/",
    ] {
        assert!(policy().permit(url).is_ok(), "{url}");
    }
}

#[test]
fn every_other_url_is_denied() {
    for url in [
        // Other hosts that look alike.
        "https://example.com/",
        "https://shop--v2.env.example.io/",
        "https://shop--v1.env.example.io.evil.example/",
        "https://evil.example/shop--v1.env.example.io",
        "https://xshop--v1.env.example.io/",
        "https://env.example.io/",
        "https://api.example.com.evil.example/",
        "https://evilapi.example.com/",
        "https://api.example.co/",
        "https://API.EXAMPLE.COM.EVIL.EXAMPLE/",
        "https://api.example.com%2eevil.example/",
        "https://api\u{ff0e}example.com.evil/",
        "https://ap\u{456}.example.com/",
        "https://metrics.example.com/",
        "https://.metrics.example.com/",
        "https://xmetrics.example.com/",
        "https://a.metrics.example.com.evil.example/",
        // Another scheme or port.
        "http://api.example.com/",
        "https://api.example.com:8443/",
        "http://shop--v1.env.example.io/",
        "https://127.0.0.1:8080/",
        "http://127.0.0.1/",
        "http://127.0.0.1:8081/",
        "http://10.1.2.3/",
        "http://10.1.2.4:9090/",
        "http://[fd12::1]:8443/",
        // This machine and its neighbours, not on the allow list.
        "http://localhost:8080/",
        "http://127.0.0.2:8080/",
        "http://[::1]:8080/",
        "http://[::ffff:127.0.0.1]:8080/",
        "http://[::127.0.0.1]:8080/",
        "http://0:8080/",
        "http://192.168.0.1/",
        "http://metadata.google.internal/",
        // On the allow list, and refused all the same.
        "http://169.254.169.254/metadata/instance",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://169.254.43518/",
        "http://168.63.129.16/",
        "http://0.0.0.0/",
        "http://0/",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[::ffff:127.0.0.1]:7000/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[64:ff9b::169.254.169.254]/",
        "http://[2002:7f00:1::]/",
        "http://[::]/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://240.0.0.1/",
        "http://100.100.100.200/",
        "http://192.0.0.192/",
        "http://[fd00:ec2::254]/",
        "http://[ff02::1]/",
        "http://[fec0::1]/",
        "http://[fd20:ce::254]/",
        "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
        "http://[::ffff:0:a9fe:a9fe]/",
    ] {
        assert!(policy().permit(url).is_err(), "{url}");
    }
}

#[test]
fn text_that_is_not_a_url_for_http_is_not_permitted() {
    for url in [
        "",
        "/health",
        "shop--v1.env.example.io",
        "ftp://api.example.com/",
        "file:///etc/passwd",
        "gopher://api.example.com/",
        "data:text/plain,x",
        "ws://api.example.com/",
        "https://user@api.example.com/",
        "https://user:secret@api.example.com/",
        "https://api.example.com@evil.example/",
        "https://",
        "https:///path",
        "http://[::1",
        "http://api.example.com:99999/",
        "http://exa mple.com/",
    ] {
        match policy().permit(url) {
            Err(Denied::Invalid(_)) => {}
            // The URL parser reads some of these as another host; then that host must be denied.
            Err(Denied::Forbidden(_)) => {}
            Ok(read) => panic!("{url} was read as {}", read.url),
        }
    }
}

#[test]
fn denial_names_the_allow_entry_to_add() {
    let Err(Denied::Forbidden(why)) = policy().permit("https://prom.example.com/api") else {
        panic!("it is not on the list");
    };
    assert!(
        why.contains("allow = [\"https://prom.example.com\"]"),
        "{why}"
    );
}

//! The world of a component is judged from its types: what a later contract adds, what WASI 0.3 wants, and how much of
//! everything there may be. Every refusal says who does what next.

use crate::component;
use crate::support::{host, load};
use gates::{Limits, Problem};

async fn problems(component: &[u8]) -> Vec<Problem> {
    let loaded = host().load("gate", component, Limits::default()).await;
    loaded.expect_err("not a gate").problems
}

async fn problems_of(text: &str) -> String {
    let component = wat::parse_str(text).expect("a component");
    let problems = problems(&component).await;
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    texts.join("\n")
}

/// Returns a component with one text in place of another of the same length.
fn replaced(component: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut changed = component.to_vec();
    for at in 0..=changed.len() - from.len() {
        if changed[at..].starts_with(from.as_bytes()) {
            changed[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
    }
    assert_ne!(changed, component, "{from} is in it");
    changed
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_of_a_later_patch_that_uses_what_there_is_loads() {
    let gate = component::health("unreachable", "");
    let gate = load(&replaced(&gate, "@0.1.0", "@0.1.7")).await;
    assert_eq!(gate.description().name, "made-on-the-spot");
}

#[tokio::test(flavor = "multi_thread")]
async fn function_of_a_later_patch_says_that_lockgate_is_to_be_updated() {
    let found = problems_of(
        r#"(component
            (import "lockgate:plugin/clock@0.1.7" (instance
                (export "now-ms" (func (result float64)))
                (export "time-zone" (func (result string))))))"#,
    )
    .await;
    let said = found.lines().next().unwrap_or_default();
    assert!(
        said.starts_with("it needs time-zone of lockgate:plugin/clock@0.1.7, and this lockgate implements lockgate:plugin@0.1.0")
            && said.contains("whoever runs lockgate updates it"),
        "{found}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn interface_of_a_later_patch_says_that_lockgate_is_to_be_updated() {
    let found = problems_of(
        r#"(component (import "lockgate:plugin/secrets@0.1.1" (instance (export "get" (func)))))"#,
    )
    .await;
    assert!(
        found.contains("it needs lockgate:plugin/secrets@0.1.1, and this lockgate"),
        "{found}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn function_that_no_contract_has_is_the_mistake_of_the_author() {
    let found = problems_of(
        r#"(component (import "lockgate:plugin/clock@0.1.0" (instance (export "now" (func)))))"#,
    )
    .await;
    assert!(
        found.contains("the contract's interface has other functions"),
        "{found}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_type_of_a_later_patch_says_that_lockgate_is_to_be_updated() {
    let gate = component::health_in(
        "package test:gates;
         world made { include lockgate:plugin/health-check@0.1.0; import lockgatf:plugin/clock@0.1.0; }
         package lockgatf:plugin@0.1.0 { interface clock { now-ms: func() -> f32; } }",
        r#"(import "lockgatf:plugin/clock@0.1.0" "now-ms" (func (result f32)))"#,
        "unreachable",
        "",
    );
    let later = replaced(
        &gate,
        "lockgatf:plugin/clock@0.1.0",
        "lockgate:plugin/clock@0.1.7",
    );
    let found = problems(&later).await[0].to_string();
    assert!(
        found.starts_with("it needs lockgate:plugin/clock@0.1.7, which differs (")
            && found.contains("whoever runs lockgate updates it"),
        "{found}"
    );
    let same = replaced(
        &gate,
        "lockgatf:plugin/clock@0.1.0",
        "lockgate:plugin/clock@0.1.0",
    );
    let found = problems(&same).await[0].to_string();
    assert!(
        found.starts_with("it does not fit the contract: "),
        "{found}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wasi_0_3_is_refused_with_what_to_build_for() {
    for version in ["0.3.0", "0.3.1", "0.3.0-rc-2026-01-06"] {
        let found = problems_of(&format!(
            r#"(component
                (import "wasi:clocks/monotonic-clock@{version}" (instance (export "now" (func (result u64)))))
                (import "wasi:http/client@{version}" (instance)))"#
        ))
        .await;
        let said = format!(
            "it imports wasi:clocks/monotonic-clock@{version}, wasi:http/client@{version}: WASI 0.3, which lockgate does \
             not run yet; build the gate for WASI 0.2"
        );
        assert!(found.contains(&said), "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_size_has_a_limit_that_is_named_with_the_value() {
    let nested = "(component ".repeat(20) + &")".repeat(20);
    let types = (0..20_001).fold("(component (core module ".to_owned(), |mut text, _| {
        text.push_str("(type (func))");
        text
    }) + "))";
    let instances = format!(
        "(component (component $c) {})",
        "(instance (instantiate $c))".repeat(501)
    );
    let locals = format!(
        "(component (core module (func (local {}))))",
        "i32 ".repeat(10_001)
    );
    let memories = format!("(component (core module {}))", "(memory 0)".repeat(21));
    let elements = format!(
        "(component (core module (table 1 funcref) (func $f) (elem (i32.const 0) {})))",
        "$f ".repeat(100_001)
    );
    for (text, said) in [
        (
            nested,
            "it has 20 levels of modules and components, more than the limit of 16",
        ),
        (types, "it has 20001 types, more than the limit of 20000"),
        (
            instances,
            "it has 501 instances, more than the limit of 500",
        ),
        (
            locals,
            "it has 10001 locals in one function, more than the limit of 10000",
        ),
        (memories, "it has 21 memories, more than the limit of 20"),
        (
            elements,
            "it has 100001 elements of tables, more than the limit of 100000",
        ),
    ] {
        let found = problems_of(&text).await;
        assert!(found.contains(said), "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn types_that_lie_too_deep_in_each_other_are_not_read() {
    // A section of component types (7) with one instance type (0x42) that declares one type (0x01), and so on.
    let mut section = vec![1];
    for _ in 0..300_000 {
        section.extend([0x42, 1, 1]);
    }
    section.extend([0x42, 0]);
    let mut component = b"\0asm\x0d\0\x01\0\x07".to_vec();
    let mut length = section.len();
    while length > 127 {
        component.push(u8::try_from(length & 127).expect("seven bits") | 128);
        length >>= 7;
    }
    component.push(u8::try_from(length).expect("seven bits"));
    component.extend(section);
    let found = problems(&component).await[0].to_string();
    let said = "levels of component types, more than the limit of 64";
    assert!(found.contains(said), "{found}");
}

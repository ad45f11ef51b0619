//! The page of a run that was rolled back, with texts of others that would like to be markup; and that of a long
//! run.

use rollout::{
    Cause, Intent, Kind, Measurement, Outcome, Revision, Share, Traffic, TrafficTarget, Weight,
};

use super::html;
use crate::config::GateMode;
use crate::event::{AppShape, Ended, GateShape};
use crate::story::{Happened, Point, Process, ShownExchange, StageStory, Story, Verdict, What};

const STABLE: &str = "shop--v1";
const CANARY: &str = "shop--v2";
const REASON: &str = "3.2 % errors <img src=x onerror=alert(1)> \"quoted\" \u{202e}reversed";

fn traffic(per_cent: u32) -> Traffic {
    let share = |name: &str, per_cent: u32| Share {
        target: TrafficTarget::Revision(name.to_owned()),
        weight: Weight::new(per_cent).unwrap(),
        label: None,
    };
    Traffic(vec![share(STABLE, 100 - per_cent), share(CANARY, per_cent)])
}

fn happened(at_ms: u64, weight: u32, what: What) -> Happened {
    Happened {
        at_ms,
        weight,
        what,
    }
}

fn write(purpose: &str, per_cent: u32) -> What {
    What::Write {
        purpose: purpose.to_owned(),
        traffic: traffic(per_cent),
        wanted: Some(per_cent),
        became: "done".to_owned(),
    }
}

fn verdict(gate: &str, stage: usize, word: &str) -> Verdict {
    Verdict {
        gate: gate.to_owned(),
        kind: Kind::HealthCheck,
        advisory: false,
        stage,
        verdict: word.to_owned(),
        turned: false,
        reason: "3 attempts, all good".to_owned(),
        details: Vec::new(),
        measurements: vec![Measurement {
            name: "latency".to_owned(),
            subject: "canary".to_owned(),
            value: 12.345,
            unit: "ms".to_owned(),
        }],
        took_ms: 42,
        recording: Some("recordings/0001-http-health.har".to_owned()),
        exchanges: Vec::new(),
    }
}

fn point(at_ms: u64, name: &str, subject: &str, value: f64, from: &str) -> Point {
    Point {
        at_ms,
        name: name.to_owned(),
        subject: subject.to_owned(),
        value,
        from: from.to_owned(),
    }
}

fn process(happened: Vec<Happened>, points: Vec<Point>) -> Process {
    let revision = |name: &str, image: &str| Revision {
        name: name.to_owned(),
        url: format!("https://{name}.example.com"),
        image: image.to_owned(),
    };
    let stage = |weight, reached_ms, left_ms| StageStory {
        weight,
        bake_ms: 60_000,
        reached_ms,
        left_ms,
    };
    let cause = Cause::GateSaidNo {
        gate: "http-health".to_owned(),
        kind: Kind::HealthCheck,
        reason: REASON.to_owned(),
    };
    Process {
        lockgate: "0.1.0".to_owned(),
        intent: Intent::Rollout,
        app: AppShape {
            subscription: "sub-1".to_owned(),
            resource_group: "prod".to_owned(),
            name: "shop".to_owned(),
        },
        began: "2026-01-02T12:00:00.250Z".to_owned(),
        lasted_ms: happened.last().unwrap().at_ms,
        stable: Some(revision(STABLE, "registry.example/shop:1")),
        canary: Some(revision(CANARY, "registry.example/shop:2")),
        gates: vec![GateShape {
            name: "http-health".to_owned(),
            kinds: vec![Kind::HealthCheck],
            mode: GateMode::Required,
            component: "http-health".to_owned(),
            sha256: "0f".repeat(32),
        }],
        promises: vec!["compare rolls back one good canary in 1,000 at the most".to_owned()],
        emergency: None,
        stages: vec![
            stage(10, Some(1_000), Some(61_500)),
            stage(25, Some(62_000), Some(90_000)),
            stage(100, None, None),
        ],
        reads: vec![100, 1_000, 31_000, 62_000, 91_000],
        happened,
        points,
        ended: Some(Ended {
            outcome: Outcome::RolledBack(cause),
            cause: Some("gate-said-no".to_owned()),
            result: format!("rolled back: health check http-health said no: {REASON}"),
            serves: format!("production serves {STABLE} 100 % (as last read back)"),
            tried: None,
            next: Some("`az containerapp logs show <app>` shows its logs".to_owned()),
            traffic: Some(traffic(0)),
            advisory: Vec::new(),
            unjudged: None,
            emergency: None,
            exit_code: 10,
        }),
        journal_sha256: "ab".repeat(32),
    }
}

fn story(process: Process) -> Story {
    Story {
        schema: "lockgate.report/1".to_owned(),
        run: "run-1".to_owned(),
        processes: vec![process],
    }
}

fn rolled_back() -> Process {
    let exchange = ShownExchange {
        method: "GET".to_owned(),
        url: "https://shop--v2.example.com/health?<script>".to_owned(),
        answer: "503".to_owned(),
        took_ms: Some(12.04),
        body: Some("<img src=x>".to_owned()),
    };
    let no = Verdict {
        turned: true,
        reason: REASON.to_owned(),
        exchanges: vec![exchange],
        ..verdict("http-health", 1, "fail")
    };
    process(
        vec![
            happened(100, 0, What::Read(traffic(0))),
            happened(200, 0, What::Note("the canary is ready".to_owned())),
            happened(300, 0, What::Verdict(verdict("http-health", 0, "pass"))),
            happened(500, 0, write("shift", 10)),
            happened(1_000, 10, What::Read(traffic(10))),
            happened(30_000, 10, What::Verdict(verdict("http-health", 0, "hold"))),
            happened(60_000, 10, What::Verdict(verdict("http-health", 1, "pass"))),
            happened(61_500, 10, write("shift", 25)),
            happened(62_000, 25, What::Read(traffic(25))),
            happened(90_000, 25, What::Verdict(no)),
            happened(
                90_000,
                25,
                What::TurnedBack("health check http-health said no".to_owned()),
            ),
            happened(90_100, 25, write("restore", 0)),
            happened(91_000, 0, What::Read(traffic(0))),
        ],
        vec![
            point(300, "latency", "canary", 12.0, "http-health"),
            point(30_000, "latency", "canary", 13.0, "http-health"),
            point(30_000, "latency", "canary", 15.0, "http-health"),
            point(30_000, "latency", "stable", 11.0, "http-health"),
            point(61_000, "share", "canary", 9.8, "platform"),
            point(61_000, "errors", "canary", 3.2, "platform"),
            point(61_000, "errors", "stable", 0.1, "platform"),
            point(90_000, "evidence-against", "canary", 4.2, "compare"),
        ],
    )
}

#[test]
fn page_says_what_decided_and_what_was_written_read_and_measured() {
    let page = html(&story(rolled_back())).unwrap();
    for part in [
        "<span class=\"badge\">rolled back</span>",
        "href=\"#p1-v9\">health check http-health at 25 %, 90 s after the beginning",
        "id=\"p1-v9\"",
        "3 writes and 5 reads of the app.",
        "measured: share of the requests, from the platform&#x27;s counts",
        "Evidence: from gate compare",
        "<code>az containerapp logs show &lt;app&gt;</code>",
        "<td class=\"number\">not reached</td>",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
}

#[test]
fn no_text_of_others_is_markup() {
    let page = html(&story(rolled_back())).unwrap();
    for markup in ["<img", "onerror=alert(1)>", "\u{202e}", "?<script"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(
        page.contains("&lt;img src=x onerror=alert(1)&gt;"),
        "it is there as text"
    );
}

#[test]
fn policy_of_the_page_allows_its_own_style_and_script_alone() {
    let page = html(&story(rolled_back())).unwrap();
    assert!(page.contains("default-src &#x27;none&#x27;") || page.contains("default-src 'none'"));
    for refused in [" style=", " onclick=", "src=\"http", "@import", "url("] {
        assert!(!page.contains(refused), "{refused}");
    }
}

#[test]
fn numbers_of_one_time_are_drawn_as_their_median() {
    let page = html(&story(rolled_back())).unwrap();
    assert!(
        page.contains("canary: latency, from gate http-health: 14 at the end"),
        "{page}"
    );
}

#[test]
fn page_of_a_long_run_draws_what_a_screen_can_show() {
    let mut happenings = vec![happened(100, 0, What::Read(traffic(0)))];
    let mut points = Vec::new();
    for number in 0..1_000 {
        let at_ms = 1_000 + number * 30_000;
        happenings.push(happened(
            at_ms,
            10,
            What::Verdict(verdict("http-health", 0, "pass")),
        ));
        points.push(point(at_ms, "latency", "canary", 12.0, "http-health"));
    }
    let mut process = process(happenings, points);
    process.reads = (0..8_000).map(|number| number * 4_000).collect();
    let page = html(&story(process)).unwrap();
    assert_eq!(page.matches("<details class=\"verdict").count(), 1_000);
    let drawn = page.matches("<use").count()
        + page.matches("<line").count()
        + page.matches("<circle").count();
    // One mark of each answer is in the list.
    assert!(drawn < 2_200, "{drawn} elements");
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
}

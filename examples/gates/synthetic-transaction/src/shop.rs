//! The transaction itself, step by step: this file is what a gate for another app replaces.
//!
//! Whatever has been made is deleted again, in every case: `clean_up` runs after `buy` however that
//! ended. Each step makes one thing at most.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::report::{Leftover, Report, conclude};
use crate::session::{Outside, Session, Step, Stop, Word, expect};
use crate::settings::Settings;

/// What there is to delete.
#[derive(Default)]
struct Made {
    basket: Option<Word>,
    order: Option<Word>,
}

#[derive(Deserialize)]
struct SignedIn {
    token: Word,
}

#[derive(Deserialize)]
struct Created {
    basket: Word,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Filled {
    items: u64,
    total_cents: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Placed {
    order: Word,
    total_cents: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Order {
    state: String,
    total_cents: u64,
}

/// Buys from the canary at `origin`, cleans up, and judges. `Err` means "could not answer".
pub fn transact(
    settings: &Settings,
    origin: &str,
    outside: &mut impl Outside,
) -> Result<Report, String> {
    let mut session = Session {
        outside,
        origin: origin.trim_end_matches('/'),
        budget_ms: settings.budget_ms,
        token: None,
        timings: Vec::new(),
    };
    let mut made = Made::default();
    let bought = buy(settings, &mut session, &mut made);
    let timings = session.timings.clone();
    let leftovers = clean_up(&mut session, &made);
    conclude(settings, bought, &leftovers, &timings)
}

fn buy<O: Outside>(
    settings: &Settings,
    session: &mut Session<O>,
    made: &mut Made,
) -> Result<(), Stop> {
    let credentials = json!({ "user": settings.user, "password": settings.password });
    let step = post("log in", "/login".to_owned(), credentials, 200);
    let signed_in: SignedIn = session.read(&step)?;
    session.token = Some(signed_in.token);

    let step = Step {
        makes: Some("basket"),
        ..post("create basket", "/baskets".to_owned(), Value::Null, 201)
    };
    let created: Created = session.make(&step, &mut made.basket)?;
    let basket = format!("/baskets/{}", created.basket);

    let line = json!({ "item": settings.item, "quantity": settings.quantity });
    let step = post("add item", format!("{basket}/items"), line, 200);
    let filled: Filled = session.read(&step)?;
    expect(&step, "items", &filled.items, &settings.quantity)?;

    let step = Step {
        makes: Some("order"),
        ..post("check out", format!("{basket}/checkout"), Value::Null, 201)
    };
    let placed: Placed = session.make(&step, &mut made.order)?;
    let order = format!("/orders/{}", placed.order);
    expect(
        &step,
        "total-cents",
        &placed.total_cents,
        &filled.total_cents,
    )?;

    let step = bare("read order", "GET", order, 200);
    let read: Order = session.read(&step)?;
    expect(&step, "state", &read.state.as_str(), &"placed")?;
    expect(&step, "total-cents", &read.total_cents, &filled.total_cents)
}

/// Deletes the order and the basket, if there are any; one that fails does not keep the other.
fn clean_up<O: Outside>(session: &mut Session<O>, made: &Made) -> Vec<Leftover> {
    let order = made.order.as_ref();
    let order = order.map(|id| {
        (
            "order",
            bare("delete order", "DELETE", format!("/orders/{id}"), 204),
        )
    });
    let basket = made.basket.as_ref();
    let basket = basket.map(|id| {
        (
            "basket",
            bare("delete basket", "DELETE", format!("/baskets/{id}"), 204),
        )
    });
    let mut leftovers = Vec::new();
    for (what, step) in order.into_iter().chain(basket) {
        if let Err(stop) = session.check(&step) {
            leftovers.push(Leftover {
                what,
                path: step.path,
                stop,
            });
        }
    }
    leftovers
}

fn post(name: &'static str, path: String, body: Value, expected: u16) -> Step {
    let step = bare(name, "POST", path, expected);
    Step { body, ..step }
}

fn bare(name: &'static str, method: &'static str, path: String, expected: u16) -> Step {
    Step {
        name,
        method,
        path,
        body: Value::Null,
        expected,
        makes: None,
    }
}

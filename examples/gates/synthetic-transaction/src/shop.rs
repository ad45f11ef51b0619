//! The transaction, step by step. Replace this file for another app.
//!
//! `clean_up` runs after `buy`, also when `buy` fails, and deletes everything that was created. Each
//! step creates at most one thing.

use lockgate_gate::{CannotAnswer, Report, Revision};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::report::{Leftover, conclude};
use crate::session::{Session, Step, Stop, UrlSafe, expect};
use crate::settings::Settings;

/// The ids of what was created and has to be deleted.
#[derive(Default)]
struct ToDelete {
    basket: Option<UrlSafe>,
    order: Option<UrlSafe>,
}

#[derive(Deserialize)]
struct LoginAnswer {
    token: UrlSafe,
}

#[derive(Deserialize)]
struct BasketAnswer {
    basket: UrlSafe,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ItemsAnswer {
    items: u64,
    total_cents: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct CheckoutAnswer {
    order: UrlSafe,
    total_cents: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct OrderAnswer {
    state: String,
    total_cents: u64,
}

/// Buys from the canary, cleans up, and returns the report.
///
/// # Errors
/// When lockgate did not send a request, or could not; what was made until then is deleted.
pub fn transact(settings: &Settings, canary: &Revision) -> Result<Report, CannotAnswer> {
    let mut session = Session {
        canary,
        budget_ms: settings.budget_ms,
        token: None,
        timings: Vec::new(),
    };
    let mut to_delete = ToDelete::default();
    let bought = buy(settings, &mut session, &mut to_delete);
    let timings = session.timings.clone();
    let leftovers = clean_up(&mut session, &to_delete);
    conclude(settings, bought, &leftovers, &timings)
}

fn buy(settings: &Settings, session: &mut Session, to_delete: &mut ToDelete) -> Result<(), Stop> {
    let credentials = json!({ "user": settings.user, "password": settings.password });
    let step = post("log in", "/login".to_owned(), credentials, 200);
    let login: LoginAnswer = session.read(&step)?;
    session.token = Some(login.token);

    let step = Step {
        creates: Some("basket"),
        ..post("create basket", "/baskets".to_owned(), Value::Null, 201)
    };
    let created: BasketAnswer = session.create(&step, &mut to_delete.basket)?;
    let basket = format!("/baskets/{}", created.basket);

    let line = json!({ "item": settings.item, "quantity": settings.quantity });
    let step = post("add item", format!("{basket}/items"), line, 200);
    let filled: ItemsAnswer = session.read(&step)?;
    expect(&step, "items", &filled.items, &settings.quantity)?;

    let step = Step {
        creates: Some("order"),
        ..post("check out", format!("{basket}/checkout"), Value::Null, 201)
    };
    let placed: CheckoutAnswer = session.create(&step, &mut to_delete.order)?;
    let order = format!("/orders/{}", placed.order);
    expect(
        &step,
        "total-cents",
        &placed.total_cents,
        &filled.total_cents,
    )?;

    let step = bare("read order", "GET", order, 200);
    let read: OrderAnswer = session.read(&step)?;
    expect(&step, "state", &read.state.as_str(), &"placed")?;
    expect(&step, "total-cents", &read.total_cents, &filled.total_cents)
}

/// Deletes the order and the basket, if there are any. A failure for one does not stop the other.
fn clean_up(session: &mut Session, to_delete: &ToDelete) -> Vec<Leftover> {
    let order = to_delete.order.as_ref();
    let order = order.map(|id| {
        (
            "order",
            bare("delete order", "DELETE", format!("/orders/{id}"), 204),
        )
    });
    let basket = to_delete.basket.as_ref();
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
        creates: None,
    }
}

//! The tiny shop in the built-in web app: sign in, fill a basket, check out, read the order, delete.
//! Enough for a synthetic transaction to have something to buy. Its memory is bounded: of each kind
//! only the newest are kept. Ids are counted, so the same calls lead to the same answers.

use std::collections::VecDeque;

use axum::body::Bytes;
use axum::http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Tokens, baskets and orders that are kept, of each kind; the oldest ones beyond are forgotten.
const KEPT_MAX: usize = 1_000;
/// Largest quantity of one item that is put into a basket at once.
const QUANTITY_MAX: u64 = 100;
/// The password of everybody.
const PASSWORD: &str = "demo";
/// What there is to buy, each with its price in cents.
const PRICES: [(&str, u64); 3] = [("tea", 450), ("coffee", 590), ("cake", 380)];

/// One request, as far as the web app looks at it.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    /// The value of the `authorization` field, if it is text.
    pub(crate) authorization: Option<&'a str>,
    /// Empty unless [`reads_body`] says so; absent when it could not be read or was too large.
    pub(crate) body: Option<Bytes>,
}

/// A status and a JSON body; null stands for none.
pub(crate) type Reply = (u16, Value);

/// What one revision remembers.
#[derive(Debug, Default)]
pub(crate) struct Shop {
    tokens: Shelf<()>,
    baskets: Shelf<Basket>,
    orders: Shelf<Order>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Basket {
    items: u64,
    total_cents: u64,
}

#[derive(Debug)]
struct Order {
    total_cents: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    #[serde(rename = "user")]
    _user: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    item: String,
    quantity: u64,
}

/// Whether the body of such a request matters.
pub(crate) fn reads_body(method: &Method, path: &str) -> bool {
    let items = |rest: &str| rest.ends_with("/items");
    *method == Method::POST
        && (path == "/login" || path.strip_prefix("/baskets/").is_some_and(items))
}

impl Shop {
    /// Answers a request to one of the shop's endpoints, or nothing to any other.
    pub(crate) fn answer(&mut self, ask: &Ask) -> Option<Reply> {
        let segments: Vec<&str> = ask.path.strip_prefix('/')?.split('/').collect();
        let answered = match (ask.method.as_str(), segments.as_slice()) {
            ("POST", ["login"]) => self.log_in(ask),
            ("POST", ["baskets"]) => self.new_basket(ask),
            ("POST", ["baskets", id, "items"]) => self.add(ask, id),
            ("POST", ["baskets", id, "checkout"]) => self.check_out(ask, id),
            ("DELETE", ["baskets", id]) => self.delete_basket(ask, id),
            ("GET", ["orders", id]) => self.order(ask, id),
            ("DELETE", ["orders", id]) => self.delete_order(ask, id),
            _ => return None,
        };
        Some(answered.unwrap_or_else(|refusal| refusal))
    }

    /// Returns how many baskets and orders there are.
    pub(crate) fn counts(&self) -> Value {
        json!({ "baskets": self.baskets.kept.len(), "orders": self.orders.kept.len() })
    }

    fn log_in(&mut self, ask: &Ask) -> Result<Reply, Reply> {
        let login: Login = read(ask)?;
        if login.password != PASSWORD {
            return Err(refused(401, "the password is wrong"));
        }
        let token = self.tokens.put("token", ());
        Ok((200, json!({ "token": token })))
    }

    fn new_basket(&mut self, ask: &Ask) -> Result<Reply, Reply> {
        self.signed_in(ask)?;
        let id = self.baskets.put("basket", Basket::default());
        Ok((201, json!({ "basket": id })))
    }

    fn add(&mut self, ask: &Ask, id: &str) -> Result<Reply, Reply> {
        self.signed_in(ask)?;
        let basket = self.baskets.find(id).ok_or_else(|| unknown(id))?;
        let line: Line = read(ask)?;
        if !(1..=QUANTITY_MAX).contains(&line.quantity) {
            return Err(refused(400, "the quantity is not between 1 and 100"));
        }
        let price = PRICES.iter().find(|(name, _)| *name == line.item);
        let (_, price) = price.ok_or_else(|| unknown(&line.item))?;
        basket.items = basket.items.saturating_add(line.quantity);
        basket.total_cents = basket.total_cents.saturating_add(price * line.quantity);
        let body = json!({ "items": basket.items, "total-cents": basket.total_cents });
        Ok((200, body))
    }

    fn check_out(&mut self, ask: &Ask, id: &str) -> Result<Reply, Reply> {
        self.signed_in(ask)?;
        let basket = *self.baskets.find(id).ok_or_else(|| unknown(id))?;
        if basket.items == 0 {
            return Err(refused(409, "the basket is empty"));
        }
        let total_cents = basket.total_cents;
        let order = self.orders.put("order", Order { total_cents });
        Ok((201, json!({ "order": order, "total-cents": total_cents })))
    }

    fn order(&mut self, ask: &Ask, id: &str) -> Result<Reply, Reply> {
        self.signed_in(ask)?;
        let order = self.orders.find(id).ok_or_else(|| unknown(id))?;
        let total_cents = order.total_cents;
        Ok((
            200,
            json!({ "order": id, "total-cents": total_cents, "state": "placed" }),
        ))
    }

    fn delete_basket(&mut self, ask: &Ask, id: &str) -> Result<Reply, Reply> {
        self.signed_in(ask)?;
        self.baskets.take(id).ok_or_else(|| unknown(id))?;
        Ok((204, Value::Null))
    }

    fn delete_order(&mut self, ask: &Ask, id: &str) -> Result<Reply, Reply> {
        self.signed_in(ask)?;
        self.orders.take(id).ok_or_else(|| unknown(id))?;
        Ok((204, Value::Null))
    }

    fn signed_in(&mut self, ask: &Ask) -> Result<(), Reply> {
        let token = ask
            .authorization
            .and_then(|value| value.strip_prefix("Bearer "));
        match token.and_then(|token| self.tokens.find(token)) {
            Some(()) => Ok(()),
            None => Err(refused(
                401,
                "sign in at /login and send its token as a bearer token",
            )),
        }
    }
}

fn read<T: DeserializeOwned>(ask: &Ask) -> Result<T, Reply> {
    let body = ask.body.as_ref();
    let body = body.ok_or_else(|| refused(400, "the body is not readable or too large"))?;
    serde_json::from_slice(body).map_err(|error| refused(400, &error.to_string()))
}

fn unknown(name: &str) -> Reply {
    refused(404, &format!("there is no {name:?}"))
}

fn refused(status: u16, reason: &str) -> Reply {
    (status, json!({ "error": reason }))
}

/// The newest things of one kind, by id.
#[derive(Debug)]
struct Shelf<T> {
    kept: VecDeque<(String, T)>,
    made: u64,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            kept: VecDeque::new(),
            made: 0,
        }
    }
}

impl<T> Shelf<T> {
    fn put(&mut self, kind: &str, thing: T) -> String {
        self.made += 1;
        let id = format!("{kind}-{}", self.made);
        if self.kept.len() == KEPT_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back((id.clone(), thing));
        id
    }

    fn find(&mut self, id: &str) -> Option<&mut T> {
        let found = self.kept.iter_mut().find(|(kept, _)| kept == id);
        found.map(|(_, thing)| thing)
    }

    fn take(&mut self, id: &str) -> Option<T> {
        let position = self.kept.iter().position(|(kept, _)| kept == id)?;
        self.kept.remove(position).map(|(_, thing)| thing)
    }
}

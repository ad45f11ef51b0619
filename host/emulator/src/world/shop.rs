//! The shop in the built-in web app, which synthetic transactions buy from: sign in, fill a basket,
//! check out, read the order, delete. Its memory is bounded: it keeps only the newest items of each
//! kind. Ids are counted, so the same requests get the same replies.

use std::collections::VecDeque;

use axum::body::Bytes;
use axum::http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The number of tokens, baskets and orders to keep, each. The oldest ones beyond it are dropped.
const KEPT_MAX: usize = 1_000;
/// The largest quantity of one line.
const QUANTITY_MAX: u64 = 100;
/// The password of all users.
const PASSWORD: &str = "demo";
/// The items, each with its price in cents.
const PRICES: [(&str, u64); 3] = [("tea", 450), ("coffee", 590), ("cake", 380)];

/// The parts of a request that the web app reads.
#[derive(Debug)]
pub(crate) struct AppRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    /// The value of the `authorization` field, if it is text.
    pub(crate) authorization: Option<&'a str>,
    /// Empty unless [`reads_body`]; absent if it could not be read or was too large.
    pub(crate) body: Option<Bytes>,
}

/// A reply of the shop.
#[derive(Debug)]
pub(crate) struct ShopReply {
    pub(crate) status: u16,
    /// JSON; null means an empty body.
    pub(crate) body: Value,
}

impl ShopReply {
    fn new(status: u16, body: Value) -> Self {
        Self { status, body }
    }

    fn error(status: u16, reason: &str) -> Self {
        Self::new(status, json!({ "error": reason }))
    }
}

/// The tokens, baskets and orders of one revision.
#[derive(Debug, Default)]
pub(crate) struct Shop {
    tokens: BoundedStore<()>,
    baskets: BoundedStore<Basket>,
    orders: BoundedStore<PurchaseOrder>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Basket {
    items: u64,
    total_cents: u64,
}

#[derive(Debug)]
struct PurchaseOrder {
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

/// Returns whether the shop reads the body of a request.
pub(crate) fn reads_body(method: &Method, path: &str) -> bool {
    let items = |rest: &str| rest.ends_with("/items");
    *method == Method::POST
        && (path == "/login" || path.strip_prefix("/baskets/").is_some_and(items))
}

impl Shop {
    /// Replies to a request to one of the shop's endpoints; `None` for any other path.
    pub(crate) fn reply(&mut self, request: &AppRequest) -> Option<ShopReply> {
        let segments: Vec<&str> = request.path.strip_prefix('/')?.split('/').collect();
        let replied = match (request.method.as_str(), segments.as_slice()) {
            ("POST", ["login"]) => self.log_in(request),
            ("POST", ["baskets"]) => self.new_basket(request),
            ("POST", ["baskets", id, "items"]) => self.add_line(request, id),
            ("POST", ["baskets", id, "checkout"]) => self.check_out(request, id),
            ("DELETE", ["baskets", id]) => self.delete_basket(request, id),
            ("GET", ["orders", id]) => self.order(request, id),
            ("DELETE", ["orders", id]) => self.delete_order(request, id),
            _ => return None,
        };
        Some(replied.unwrap_or_else(|refusal| refusal))
    }

    /// Returns the numbers of baskets and orders.
    pub(crate) fn counts(&self) -> Value {
        json!({ "baskets": self.baskets.kept.len(), "orders": self.orders.kept.len() })
    }

    fn log_in(&mut self, request: &AppRequest) -> Result<ShopReply, ShopReply> {
        let login: Login = read(request)?;
        if login.password != PASSWORD {
            return Err(ShopReply::error(401, "the password is wrong"));
        }
        let token = self.tokens.add("token", ());
        Ok(ShopReply::new(200, json!({ "token": token })))
    }

    fn new_basket(&mut self, request: &AppRequest) -> Result<ShopReply, ShopReply> {
        self.check_signed_in(request)?;
        let id = self.baskets.add("basket", Basket::default());
        Ok(ShopReply::new(201, json!({ "basket": id })))
    }

    fn add_line(&mut self, request: &AppRequest, id: &str) -> Result<ShopReply, ShopReply> {
        self.check_signed_in(request)?;
        let basket = self.baskets.find(id).ok_or_else(|| unknown(id))?;
        let line: Line = read(request)?;
        if !(1..=QUANTITY_MAX).contains(&line.quantity) {
            return Err(ShopReply::error(
                400,
                "the quantity is not between 1 and 100",
            ));
        }
        let price = PRICES.iter().find(|(name, _)| *name == line.item);
        let (_, price) = price.ok_or_else(|| unknown(&line.item))?;
        basket.items = basket.items.saturating_add(line.quantity);
        basket.total_cents = basket.total_cents.saturating_add(price * line.quantity);
        let body = json!({ "items": basket.items, "total-cents": basket.total_cents });
        Ok(ShopReply::new(200, body))
    }

    fn check_out(&mut self, request: &AppRequest, id: &str) -> Result<ShopReply, ShopReply> {
        self.check_signed_in(request)?;
        let basket = *self.baskets.find(id).ok_or_else(|| unknown(id))?;
        if basket.items == 0 {
            return Err(ShopReply::error(409, "the basket is empty"));
        }
        let total_cents = basket.total_cents;
        let order = self.orders.add("order", PurchaseOrder { total_cents });
        Ok(ShopReply::new(
            201,
            json!({ "order": order, "total-cents": total_cents }),
        ))
    }

    fn order(&mut self, request: &AppRequest, id: &str) -> Result<ShopReply, ShopReply> {
        self.check_signed_in(request)?;
        let order = self.orders.find(id).ok_or_else(|| unknown(id))?;
        let total_cents = order.total_cents;
        Ok(ShopReply::new(
            200,
            json!({ "order": id, "total-cents": total_cents, "state": "placed" }),
        ))
    }

    fn delete_basket(&mut self, request: &AppRequest, id: &str) -> Result<ShopReply, ShopReply> {
        self.check_signed_in(request)?;
        self.baskets.take(id).ok_or_else(|| unknown(id))?;
        Ok(ShopReply::new(204, Value::Null))
    }

    fn delete_order(&mut self, request: &AppRequest, id: &str) -> Result<ShopReply, ShopReply> {
        self.check_signed_in(request)?;
        self.orders.take(id).ok_or_else(|| unknown(id))?;
        Ok(ShopReply::new(204, Value::Null))
    }

    fn check_signed_in(&mut self, request: &AppRequest) -> Result<(), ShopReply> {
        let token = request
            .authorization
            .and_then(|value| value.strip_prefix("Bearer "));
        match token.and_then(|token| self.tokens.find(token)) {
            Some(()) => Ok(()),
            None => Err(ShopReply::error(
                401,
                "sign in at /login and send its token as a bearer token",
            )),
        }
    }
}

fn read<T: DeserializeOwned>(request: &AppRequest) -> Result<T, ShopReply> {
    let body = request.body.as_ref();
    let body =
        body.ok_or_else(|| ShopReply::error(400, "the body is not readable or too large"))?;
    serde_json::from_slice(body).map_err(|error| ShopReply::error(400, &error.to_string()))
}

fn unknown(name: &str) -> ShopReply {
    ShopReply::error(404, &format!("there is no {name:?}"))
}

/// The newest items of one kind, by id.
#[derive(Debug)]
struct BoundedStore<T> {
    kept: VecDeque<(String, T)>,
    added: u64,
}

impl<T> Default for BoundedStore<T> {
    fn default() -> Self {
        Self {
            kept: VecDeque::new(),
            added: 0,
        }
    }
}

impl<T> BoundedStore<T> {
    fn add(&mut self, kind: &str, item: T) -> String {
        self.added += 1;
        let id = format!("{kind}-{}", self.added);
        if self.kept.len() == KEPT_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back((id.clone(), item));
        id
    }

    fn find(&mut self, id: &str) -> Option<&mut T> {
        let found = self.kept.iter_mut().find(|(kept, _)| kept == id);
        found.map(|(_, item)| item)
    }

    fn take(&mut self, id: &str) -> Option<T> {
        let position = self.kept.iter().position(|(kept, _)| kept == id)?;
        self.kept.remove(position).map(|(_, item)| item)
    }
}

//! The contract as wit-bindgen writes it, and the functions that lockgate offers. Natively, where there is no lockgate, the
//! functions reach what a test has put in its place with `testing`.
//!
//! Each part of a gate is a world of its own, whose exports a macro of the kit declares: the linker makes one component of
//! them, so that a crate is exactly what it declares.

/// The imports, and the gate's description of itself.
#[doc(hidden)]
pub mod about {
    wit_bindgen::generate!({
        path: "wit",
        inline: "
            package lockgate:kit;
            world about {
                include lockgate:plugin/host@0.1.0;
                export lockgate:plugin/about@0.1.0;
            }
        ",
        world: "lockgate:kit/about",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "lockgate_gate::host::about",
    });
}

/// The call of a health check.
#[doc(hidden)]
pub mod check {
    wit_bindgen::generate!({
        path: "wit",
        inline: "
            package lockgate:kit;
            world check {
                export lockgate:plugin/health-checking@0.1.0;
            }
        ",
        world: "lockgate:kit/check",
        pub_export_macro: true,
        default_bindings_module: "lockgate_gate::host::check",
        with: { "lockgate:plugin/types@0.1.0": crate::host::about::lockgate::plugin::types },
    });
}

/// The call of a promotion gate.
#[doc(hidden)]
pub mod decide {
    wit_bindgen::generate!({
        path: "wit",
        inline: "
            package lockgate:kit;
            world decide {
                export lockgate:plugin/promotion@0.1.0;
            }
        ",
        world: "lockgate:kit/decide",
        pub_export_macro: true,
        default_bindings_module: "lockgate_gate::host::decide",
        with: { "lockgate:plugin/types@0.1.0": crate::host::about::lockgate::plugin::types },
    });
}

pub use about::lockgate::plugin::http::{Error, Request, Response};
pub use about::lockgate::plugin::log::Level;
pub use about::lockgate::plugin::traffic::{Count, Slice};
pub use about::lockgate::plugin::types;

#[cfg(target_arch = "wasm32")]
mod functions {
    use super::about::lockgate::plugin::{clock, http, log, traffic};
    use super::{Error, Level, Request, Response, Slice};

    pub(crate) fn send_all(requests: &[Request]) -> Vec<Result<Response, Error>> {
        http::send_all(requests)
    }

    pub(crate) fn now_ms() -> f64 {
        clock::now_ms()
    }

    pub(crate) fn sleep_ms(ms: u32) {
        clock::sleep_ms(ms);
    }

    pub(crate) fn write(level: Level, message: &str, fields: &[(String, String)]) {
        log::write(level, message, fields);
    }

    pub(crate) fn slices(newest: u32) -> Result<Vec<Slice>, String> {
        traffic::slices(newest)
    }
}

#[cfg(target_arch = "wasm32")]
pub(crate) use functions::*;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use testing::functions::*;

/// A lockgate for native tests, of the thread that the test runs in.
#[cfg(not(target_arch = "wasm32"))]
pub mod testing {
    use std::cell::RefCell;

    use super::{Error, Request, Response, Slice};

    /// Responds to a request.
    pub type Network = Box<dyn FnMut(&Request) -> Result<Response, Error>>;

    /// What the gate reaches, and what it wrote.
    #[derive(Default)]
    struct Host {
        network: Option<Network>,
        slices: Option<Result<Vec<Slice>, String>>,
        now_ms: f64,
        lines: Vec<String>,
    }

    thread_local! {
        static HOST: RefCell<Host> = RefCell::default();
    }

    /// Sets what responds to the requests of this thread. Without it every request is `denied`.
    pub fn set_network(network: impl FnMut(&Request) -> Result<Response, Error> + 'static) {
        HOST.with_borrow_mut(|host| host.network = Some(Box::new(network)));
    }

    /// Sets the platform's request counts. Without them there are none, with a reason.
    pub fn set_slices(slices: Result<Vec<Slice>, String>) {
        HOST.with_borrow_mut(|host| host.slices = Some(slices));
    }

    /// Returns the lines that the gate logged in this thread, and forgets them.
    pub fn take_lines() -> Vec<String> {
        HOST.with_borrow_mut(|host| std::mem::take(&mut host.lines))
    }

    /// Returns a response without header fields.
    pub fn response(status: u16, body: &str, elapsed_ms: f64) -> Result<Response, Error> {
        Ok(Response {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            elapsed_ms,
        })
    }

    pub(crate) mod functions {
        use super::{Error, HOST, Request, Response, Slice};
        use crate::host::Level;

        pub(crate) fn send_all(requests: &[Request]) -> Vec<Result<Response, Error>> {
            let network = HOST.with_borrow_mut(|host| host.network.take());
            let Some(mut network) = network else {
                let denied =
                    |_: &Request| Err(Error::Denied("the test has set no network".to_owned()));
                return requests.iter().map(denied).collect();
            };
            let answers = requests.iter().map(&mut network).collect();
            HOST.with_borrow_mut(|host| host.network = Some(network));
            answers
        }

        pub(crate) fn now_ms() -> f64 {
            HOST.with_borrow(|host| host.now_ms)
        }

        pub(crate) fn sleep_ms(ms: u32) {
            HOST.with_borrow_mut(|host| host.now_ms += f64::from(ms));
        }

        pub(crate) fn write(level: Level, message: &str, fields: &[(String, String)]) {
            let fields: String = fields
                .iter()
                .map(|(name, value)| format!(" {name}={value}"))
                .collect();
            let line = format!("{level:?}: {message}{fields}");
            HOST.with_borrow_mut(|host| host.lines.push(line));
        }

        pub(crate) fn slices(_newest: u32) -> Result<Vec<Slice>, String> {
            HOST.with_borrow(|host| host.slices.clone())
                .unwrap_or_else(|| Err("the test has set no counts".to_owned()))
        }
    }
}

//! A request as a receiver of a test reads it from its connection.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;

/// A request with a body.
pub(crate) struct Posted {
    /// Method, target and version.
    pub(crate) line: String,
    /// By their names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Posted {
    /// Reads the next request; `None` once the connection has ended.
    pub(crate) fn read(reader: &mut BufReader<TcpStream>) -> Option<Posted> {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length")?.parse().ok()?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        Some(Posted {
            line: line.trim_end().to_owned(),
            headers,
            body,
        })
    }
}

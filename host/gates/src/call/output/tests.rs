//! What is shown of a stream in which a secret was written in pieces, or where the stream is cut.

use super::*;
use crate::outside::secrets::Secret;

const SECRET: &str = "s3cr3t+token";

fn captured(bytes_max: usize, pieces: &[&str]) -> String {
    let secrets = Secrets::new(&[Secret::new("TOKEN", SECRET).unwrap()], &[]).unwrap();
    let mut stream = CapturedOutput::new(bytes_max, Arc::new(secrets));
    for piece in pieces {
        OutputStream::write(&mut stream, Bytes::copy_from_slice(piece.as_bytes())).unwrap();
    }
    stream.text()
}

#[test]
fn secret_that_is_written_in_two_pieces_is_masked() {
    let text = captured(
        1_000,
        &["the token is s3cr", "3t\\u002", "Btoken\n", "and more"],
    );
    assert_eq!(text, "the token is [redacted]\nand more");
}

#[test]
fn secret_where_the_stream_is_cut_is_masked() {
    // Every place of the secret around the two cuts, and streams with and without bytes that were not kept at all.
    for length in [10, 60, 150, 1_000] {
        for before in 0..60 {
            let filler = |length: usize| ".".repeat(length);
            let written = [filler(before), SECRET.to_owned(), filler(length)].concat();
            let end = [filler(length), SECRET.to_owned(), filler(before)].concat();
            for text in [captured(40, &[&written]), captured(40, &[&end])] {
                let rest = text.replace("[redacted]", "").replace("bytes dropped", "");
                assert!(!rest.contains(|c: char| c.is_ascii_alphabetic()), "{text}");
            }
        }
    }
}

#[test]
fn stream_shows_its_beginning_and_its_end() {
    let text = captured(8, &["abcdefgh"]);
    assert_eq!(text, "abcdefgh");
    let text = captured(8, &["abcd", "efghij", &"-".repeat(500), "klmn"]);
    assert_eq!(text, "abcd\n… 506 bytes dropped …\nklmn");
    let text = captured(8, &["abcdefghi"]);
    assert_eq!(text, "abcd\n… 1 bytes dropped …\nfghi");
}

//! Every form of the vectors is masked, and nothing else is.

use serde_json::Value;

use super::*;

const MASKED: &str = "[redacted]";

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../tests/masking/vectors.json")).expect("vectors")
}

fn all(vectors: &Value) -> Secrets {
    let secrets = vectors["secrets"].as_object().expect("secrets").iter();
    let secrets: Vec<Secret> = secrets
        .map(|(name, value)| Secret::new(name, text(value)).expect("a secret"))
        .collect();
    Secrets::new(&secrets, &[]).expect("secrets")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn list<'a>(vectors: &'a Value, name: &str) -> &'a Vec<Value> {
    vectors[name].as_array().expect("a list")
}

/// The members of a form: what stands before it, the form, and what stands after it.
fn parts(vector: &Value) -> [&str; 3] {
    ["before", "form", "after"].map(|member| text(&vector[member]))
}

#[test]
fn every_form_is_masked_and_nothing_beside_it() {
    let vectors = vectors();
    let secrets = all(&vectors);
    let mut wrong = Vec::new();
    for vector in list(&vectors, "forms") {
        let [before, form, after] = parts(vector);
        let whole = format!("{before}{form}{after}");
        let expected = format!("{before}{MASKED}{after}");
        let name = text(&vector["secret"]);
        if secrets.scrub_text(&whole) != expected
            || secrets.found_in(&whole).as_deref() != Some(name)
        {
            wrong.push(format!("{name}: {}: {}", vector["family"], vector["kind"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn all_forms_in_one_text_are_masked() {
    let vectors = vectors();
    let secrets = all(&vectors);
    let (mut whole, mut expected) = (String::new(), String::new());
    for vector in list(&vectors, "forms") {
        let [before, form, after] = parts(vector);
        whole.push_str(&format!("<{before}{form}{after}>\n"));
        expected.push_str(&format!("<{before}{MASKED}{after}>\n"));
    }
    assert_eq!(secrets.scrub_text(&whole), expected);
    assert_eq!(secrets.scrub_text(&expected), expected);
}

#[test]
fn ordinary_text_stays_as_it_is() {
    let vectors = vectors();
    let secrets = all(&vectors);
    for ordinary in list(&vectors, "ordinary") {
        let text = text(&ordinary["text"]);
        let scrubbed = secrets.scrub(text.as_bytes());
        assert!(matches!(scrubbed, Cow::Borrowed(_)), "{}", ordinary["kind"]);
        assert_eq!(secrets.found_in(text), None, "{}", ordinary["kind"]);
    }
}

#[test]
fn form_that_an_end_of_the_part_cuts_through_is_masked() {
    let vectors = vectors();
    let secrets = all(&vectors);
    for vector in list(&vectors, "forms") {
        let [before, form, after] = parts(vector);
        let whole = format!("{before}{form}{after}");
        assert!(form.len() <= secrets.reach(), "{}", vector["kind"]);
        let middle = before.len() + form.len() / 2;
        let begin = secrets.mask_part(whole.as_bytes(), 0..middle);
        assert_eq!(begin, format!("{before}{MASKED}").as_bytes());
        let end = secrets.mask_part(whole.as_bytes(), middle..whole.len());
        assert_eq!(end, format!("{MASKED}{after}").as_bytes());
    }
}

/// Numbers by chance, the same ones in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn one_of(&mut self, characters: &str) -> char {
        let at = self.below(characters.chars().count());
        characters.chars().nth(at).expect("a character")
    }
}

/// Escapes a text in one of three kinds: what that kind must escape, and of the rest what `also` says, in any of its ways.
fn escaped(text: &str, chance: &mut Chance, also: impl Fn(char, &mut Chance) -> bool) -> String {
    let kind = chance.below(3);
    let (must, mut escaped) = ([r#"\""#, "&<", "% &=\\\"<>"][kind], String::new());
    for c in text.chars() {
        if !must.contains(c) && !also(c, chance) {
            escaped.push(c);
            continue;
        }
        let (number, upper) = (u32::from(c), chance.below(2) == 0);
        match kind {
            0 if r#"\"/"#.contains(c) && upper => escaped.extend(['\\', c]),
            0 => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }),
            1 if upper => escaped.push_str(&format!("&#X{number:05X};")),
            1 => escaped.push_str(&format!("&#{number};")),
            _ if c == ' ' && upper => escaped.push('+'),
            _ => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| {
                escaped.push_str(&format!("%{byte:02x}"));
            }),
        }
    }
    escaped
}

#[test]
fn any_mixture_of_escapes_within_one_another_is_masked() {
    let mut chance = Chance(11);
    for round in 0..1_000 {
        let length = 16 + chance.below(20);
        // No digits and no letters that would make an escape of what stands before them.
        let of = ["ghijklpq+/=&<>'\"% ü€🔑;#?", "ghijklpq+/=&<\\% "][round % 2];
        let secret: String = (0..length).map(|_| chance.one_of(of)).collect();
        let secrets = Secrets::new(&[Secret::new("TOKEN", &secret).unwrap()], &[]).unwrap();
        // Any character of the secret may be escaped; a second escaping treats equal characters alike, as encoders do.
        let mut form = escaped(&secret, &mut chance, |_, chance| chance.below(4) == 0);
        for _ in 0..chance.below(3) {
            let is_eager = chance.below(2) == 0;
            let also = |c: char, _: &mut Chance| is_eager && !c.is_ascii_alphanumeric();
            form = escaped(&form, &mut chance, also);
        }
        let masked = secrets.mask(&format!("({form})"));
        assert_eq!(masked, "([redacted])", "round {round}: {secret} as {form}");
    }
}

#[test]
fn secrets_that_overlap_are_masked_together() {
    let secret = |value: &str| Secret::new("TOKEN", value).unwrap();
    let secrets = Secrets::new(&[secret("abcdef-1"), secret("ef-1-ghij")], &[]).unwrap();
    assert_eq!(secrets.mask("x abcdef-1-ghij y"), "x [redacted] y");
    assert_eq!(secrets.mask("abcdef-1abcdef-1"), "[redacted][redacted]");
}

#[test]
fn patterns_are_masked_in_responses_only() {
    let secret = Secret::new("TOKEN", "s3cr3t/+\"key=").unwrap();
    let secrets = Secrets::new(&[secret], &["sid=[0-9]+".to_owned()]).unwrap();
    assert_eq!(secrets.scrub_text("a sid=123; b"), "a [redacted]; b");
    assert_eq!(secrets.mask("a sid=123; b"), "a sid=123; b");
}

#[test]
fn text_too_short_for_a_secret_is_refused() {
    assert_eq!(
        Secret::new("PIN", "12345"),
        Err(SecretError::TooShort("PIN".to_owned()))
    );
}

#[test]
fn secret_is_not_shown() {
    let secret = Secret::new("TOKEN", "s3cr3t/+\"key=").unwrap();
    assert_eq!(format!("{secret:?}"), "Secret(TOKEN)");
}

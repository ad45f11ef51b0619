//! The names of HTML's character references that encoders write: of what is punctuation in ASCII, and of Latin-1.
//!
//! The whole table has 2,231 names; encoders that use names beyond these are not known.

/// The names of characters in ASCII. They are compared without regard to case: `&LT;` and `&QUOT;` are HTML too.
const ASCII: [(&str, char); 39] = [
    ("amp", '&'),
    ("apos", '\''),
    ("ast", '*'),
    ("bsol", '\\'),
    ("colon", ':'),
    ("comma", ','),
    ("commat", '@'),
    ("dollar", '$'),
    ("equals", '='),
    ("excl", '!'),
    ("grave", '`'),
    ("gt", '>'),
    ("hat", '^'),
    ("lbrace", '{'),
    ("lbrack", '['),
    ("lcub", '{'),
    ("lowbar", '_'),
    ("lpar", '('),
    ("lsqb", '['),
    ("lt", '<'),
    ("midast", '*'),
    ("newline", '\n'),
    ("num", '#'),
    ("percnt", '%'),
    ("period", '.'),
    ("plus", '+'),
    ("quest", '?'),
    ("quot", '"'),
    ("rbrace", '}'),
    ("rbrack", ']'),
    ("rcub", '}'),
    ("rpar", ')'),
    ("rsqb", ']'),
    ("semi", ';'),
    ("sol", '/'),
    ("tab", '\t'),
    ("underbar", '_'),
    ("verbar", '|'),
    ("vert", '|'),
];

/// The names of U+00A0 to U+00FF, in order. Case matters: `&Uuml;` is another character than `&uuml;`.
const LATIN_1: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf",
    "laquo", "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro",
    "para", "middot", "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest",
    "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute",
    "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute",
    "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute",
    "THORN", "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil",
    "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde",
    "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave", "uacute", "ucirc",
    "uuml", "yacute", "thorn", "yuml",
];

/// The length of the longest name.
pub(super) const NAME_LENGTH_MAX: usize = 8;

/// Returns the character of a name, which stands between `&` and `;`.
pub(super) fn named(name: &[u8]) -> Option<char> {
    let ascii = ASCII
        .iter()
        .find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name));
    if let Some((_, c)) = ascii {
        return Some(*c);
    }
    if name == b"euro" {
        return Some('€');
    }
    let at = LATIN_1.iter().position(|known| known.as_bytes() == name)?;
    char::from_u32(0xa0 + u32::try_from(at).ok()?)
}

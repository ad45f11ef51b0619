//! Numbers as bytes, lower ones first.

/// The bits of a number that are left out where 48 are enough.
const LEFT_OUT: u32 = 16;

/// Returns the nearest number that has only its upper 48 bits.
pub(crate) fn coarse(number: f64) -> f64 {
    // Of a finite number far below the largest, as all of ours are, the carry goes to the next number of the same sign.
    let half = 1_u64 << (LEFT_OUT - 1);
    f64::from_bits((number.to_bits() + half) >> LEFT_OUT << LEFT_OUT)
}

/// Writes a line and numbers behind it.
pub(super) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn new(line: String) -> Writer {
        let mut bytes = line.into_bytes();
        bytes.push(b'\n');
        Writer { bytes }
    }

    pub(super) fn exact(&mut self, number: f64) {
        self.bytes.extend(number.to_le_bytes());
    }

    /// Writes the upper 48 bits.
    pub(super) fn coarse(&mut self, number: f64) {
        self.bytes.extend(&coarse(number).to_le_bytes()[2..]);
    }

    pub(super) fn flags(&mut self, first: bool, second: bool) {
        self.bytes.push(u8::from(first) | u8::from(second) << 1);
    }

    pub(super) fn time(&mut self, milliseconds: u16) {
        self.bytes.extend(milliseconds.to_le_bytes());
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads them. `None` where there are not enough, or a number is not finite.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes }
    }

    pub(super) fn exact_array<const COUNT: usize>(&mut self) -> Option<[f64; COUNT]> {
        let mut numbers = [0.0; COUNT];
        for number in &mut numbers {
            *number = finite(u64::from_le_bytes(self.take::<8>()?))?;
        }
        Some(numbers)
    }

    pub(super) fn coarse(&mut self) -> Option<f64> {
        let upper = self.take::<6>()?;
        let mut bytes = [0; 8];
        bytes[2..].copy_from_slice(&upper);
        finite(u64::from_le_bytes(bytes))
    }

    pub(super) fn flags(&mut self) -> Option<(bool, bool)> {
        let [flags] = self.take::<1>()?;
        (flags < 4).then_some((flags & 1 != 0, flags & 2 != 0))
    }

    /// Reads all that is left.
    pub(super) fn times(&mut self) -> Option<Vec<u16>> {
        let (pairs, rest) = self.bytes.as_chunks::<2>();
        rest.is_empty()
            .then(|| pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect())
    }

    fn take<const COUNT: usize>(&mut self) -> Option<[u8; COUNT]> {
        let (taken, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(*taken)
    }
}

fn finite(bits: u64) -> Option<f64> {
    Some(f64::from_bits(bits)).filter(|number| number.is_finite())
}

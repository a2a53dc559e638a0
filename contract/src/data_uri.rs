//! Base64 and data: URIs, decoded as they come in: `data:<type>;base64,` may stand in front, padding may be missing,
//! white space inside is passed over. The standard alphabet only.

use crate::media;

/// The longest `data:…;base64,`, bytes.
const LONGEST_HEAD: usize = 256;

/// It is neither base64 nor a data: URI in base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotBase64;

/// Decodes a text that comes in pieces, split anywhere.
#[derive(Debug, Clone)]
pub struct Decoder {
    /// What may be the beginning of a data: URI; `None` once that is decided.
    head: Option<Vec<u8>>,
    mimetype: Option<String>,
    /// The digits that do not make three bytes yet.
    bits: u32,
    digits: u8,
    pads: u8,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { head: Some(Vec::new()), mimetype: None, bits: 0, digits: 0, pads: 0 }
    }
}

/// What the beginning of a text says of it.
enum Beginning {
    Open,
    Plain,
    /// A head, whose type is this.
    Uri(Option<String>),
    Neither,
}

impl Decoder {
    /// Takes the next piece of the text; what it decodes to is appended to `bytes`.
    ///
    /// # Errors
    /// When the text cannot be what it should any more.
    pub fn push(&mut self, text: &[u8], bytes: &mut Vec<u8>) -> Result<(), NotBase64> {
        let mut rest = text;
        while let Some(head) = &mut self.head {
            let Some((byte, after)) = rest.split_first() else { return Ok(()) };
            head.push(*byte);
            rest = after;
            match beginning(head) {
                Beginning::Open => {}
                Beginning::Plain => self.begin_plain(bytes)?,
                Beginning::Uri(mimetype) => (self.head, self.mimetype) = (None, mimetype),
                Beginning::Neither => return Err(NotBase64),
            }
        }
        self.decode(rest, bytes)
    }

    /// Ends the text, and gives the type that a data: URI says.
    ///
    /// # Errors
    /// When the text is not what it should be.
    pub fn finish(mut self, bytes: &mut Vec<u8>) -> Result<Option<String>, NotBase64> {
        self.begin_plain(bytes)?;
        // The bits that no byte is made of are nought in what an encoder makes.
        match (self.digits, self.pads) {
            (0, 0) => {}
            (2, 0 | 2) if self.bits & 0xF == 0 => bytes.push((self.bits >> 4) as u8),
            (3, 0 | 1) if self.bits & 0x3 == 0 => {
                bytes.extend_from_slice(&[(self.bits >> 10) as u8, (self.bits >> 2) as u8]);
            }
            _ => return Err(NotBase64),
        }
        Ok(self.mimetype)
    }

    /// What was held as a possible head is base64.
    fn begin_plain(&mut self, bytes: &mut Vec<u8>) -> Result<(), NotBase64> {
        match self.head.take() {
            Some(held) => self.decode(&held, bytes),
            None => Ok(()),
        }
    }

    fn decode(&mut self, text: &[u8], bytes: &mut Vec<u8>) -> Result<(), NotBase64> {
        for byte in text {
            let digit = DIGITS[usize::from(*byte)];
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => {}
                b'=' if self.digits >= 2 && self.pads < 2 => self.pads += 1,
                _ if digit == NO_DIGIT || self.pads > 0 => return Err(NotBase64),
                _ => {
                    self.bits = self.bits << 6 | u32::from(digit);
                    self.digits += 1;
                    if self.digits == 4 {
                        bytes.extend_from_slice(&self.bits.to_be_bytes()[1..]);
                        (self.bits, self.digits) = (0, 0);
                    }
                }
            }
        }
        Ok(())
    }
}

fn beginning(head: &[u8]) -> Beginning {
    const SCHEME: &[u8] = b"data:";
    const END: &[u8] = b";base64,";
    let common = head.len().min(SCHEME.len());
    if !head[..common].eq_ignore_ascii_case(&SCHEME[..common]) {
        return Beginning::Plain;
    }
    let Some(rest) = head.get(SCHEME.len()..) else { return Beginning::Open };
    if rest.last() != Some(&b',') {
        return if head.len() < LONGEST_HEAD { Beginning::Open } else { Beginning::Neither };
    }
    match rest.len().checked_sub(END.len()).map(|at| rest.split_at(at)) {
        Some((mimetype, end)) if end.eq_ignore_ascii_case(END) => {
            Beginning::Uri(std::str::from_utf8(mimetype).ok().and_then(media::mimetype))
        }
        _ => Beginning::Neither,
    }
}

const NO_DIGIT: u8 = 0xFF;

/// The value of each byte as a base64 digit.
const DIGITS: [u8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut digits = [NO_DIGIT; 256];
    let mut i = 0;
    while i < alphabet.len() {
        digits[alphabet[i] as usize] = i as u8;
        i += 1;
    }
    digits
};

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn decoded(pieces: &[&[u8]]) -> Result<(Option<String>, Vec<u8>), NotBase64> {
        let (mut decoder, mut bytes) = (Decoder::default(), Vec::new());
        for piece in pieces {
            decoder.push(piece, &mut bytes)?;
        }
        let mimetype = decoder.finish(&mut bytes)?;
        Ok((mimetype, bytes))
    }

    #[test]
    fn a_data_uri_says_its_type() {
        for (text, mimetype) in [
            ("aGk=", None),
            ("data:image/png;base64,aGk=", Some("image/png")),
            ("DATA:Audio/Ogg; codecs=opus;BASE64,aGk", Some("audio/ogg; codecs=opus")),
            ("data:;base64,a G\r\nk=\n", None),
            ("data:x;base64,aGk=", None),
        ] {
            assert_eq!(
                decoded(&[text.as_bytes()]),
                Ok((mimetype.map(str::to_owned), b"hi".to_vec())),
                "{text}"
            );
        }
        // No head, though it begins like one.
        assert_eq!(decoded(&[b"da", b"ta"]).unwrap().1, STANDARD.decode("data").unwrap());
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        let endless = format!("data:{}", "x".repeat(LONGEST_HEAD));
        for text in [
            "a",
            "aG=",
            "aGk==",
            "aGk=a",
            "a=",
            "=",
            "aG_-",
            "aGk\u{e9}",
            "aGl=",
            "aH",
            "data:text/plain,hi",
            "data:,",
            "data:",
            &endless,
        ] {
            assert_eq!(decoded(&[text.as_bytes()]), Err(NotBase64), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded_however_it_is_split(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            sizes in proptest::collection::vec(1_usize..9, 1..8),
            padded in any::<bool>(),
        ) {
            let text = if padded { STANDARD.encode(&bytes) } else { STANDARD_NO_PAD.encode(&bytes) };
            let mut pieces = Vec::new();
            let (mut rest, mut sizes) = (text.as_bytes(), sizes.iter().cycle());
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
                pieces.push(piece);
                rest = after;
            }
            prop_assert_eq!(decoded(&pieces), Ok((None, bytes)));
        }

        #[test]
        fn it_agrees_with_the_crate_on_any_text(text in "[A-Ba-b/+=]{0,9}") {
            let known = STANDARD.decode(&text).or_else(|_| STANDARD_NO_PAD.decode(&text));
            prop_assert_eq!(decoded(&[text.as_bytes()]).ok().map(|(_, bytes)| bytes), known.ok());
        }
    }
}

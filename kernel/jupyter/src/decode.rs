//! Decodes bytes to text, piece by piece.
//!
//! A character split between two reads waits for its other half; bytes that are not UTF-8 become
//! U+FFFD. Nothing is an error.

/// Decoder of a stream of bytes.
#[derive(Debug, Default)]
pub struct TextDecoder {
    /// Beginning of a character whose end has not come yet (at most 3 bytes).
    pending: Vec<u8>,
}

impl TextDecoder {
    /// Decodes the characters that are complete so far.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len() + self.pending.len());
        let joined;
        let mut rest: &[u8] = if self.pending.is_empty() {
            bytes
        } else {
            self.pending.extend_from_slice(bytes);
            joined = std::mem::take(&mut self.pending);
            &joined
        };
        loop {
            match std::str::from_utf8(rest) {
                Ok(valid) => {
                    text.push_str(valid);
                    return text;
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    text.push_str(&String::from_utf8_lossy(valid));
                    match error.error_len() {
                        Some(length) => {
                            text.push(char::REPLACEMENT_CHARACTER);
                            rest = &after[length..];
                        }
                        None => {
                            self.pending = after.to_vec();
                            return text;
                        }
                    }
                }
            }
        }
    }

    /// Ends the stream: half a character becomes U+FFFD.
    pub fn finish(&mut self) -> String {
        let half = std::mem::take(&mut self.pending);
        String::from_utf8_lossy(&half).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_bytes_are_cut_the_text_is_the_same() {
        let bytes = "añ\u{1F980}\r\x1b[31mé"
            .as_bytes()
            .iter()
            .copied()
            .chain([0xff, b'x', 0xe2, 0x82]);
        let bytes: Vec<u8> = bytes.collect();
        let whole = String::from_utf8_lossy(&bytes);
        for size in 1..=bytes.len() {
            let mut decoder = TextDecoder::default();
            let mut text: String = bytes
                .chunks(size)
                .map(|piece| decoder.push(piece))
                .collect();
            text.push_str(&decoder.finish());
            assert_eq!(text, whole, "in pieces of {size}");
        }
    }
}

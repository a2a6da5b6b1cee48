//! Base64 (RFC 4648).

/// Alphabet of data URIs; `encode` pads it.
pub(crate) const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Alphabet that survives in addresses and file names; not padded.
pub(crate) const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Bytes as text.
pub(crate) fn encode(alphabet: &[u8; 64], bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..=chunk.len() {
            out.push(char::from(alphabet[(bits >> (18 - 6 * digit) & 63) as usize]));
        }
        if alphabet == STANDARD {
            (chunk.len()..3).for_each(|_| out.push('='));
        }
    }
    out
}

/// Text in the URL-safe alphabet as bytes; the first character that is not in it as the error, or `None` for a length
/// that no bytes have.
pub(crate) fn decode_url_safe(text: &str) -> Result<Vec<u8>, Option<char>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut held) = (0_u32, 0);
    for c in text.chars() {
        let digit = u8::try_from(c).ok().and_then(|byte| URL_SAFE.iter().position(|known| *known == byte));
        bits = bits << 6 | digit.ok_or(Some(c))? as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 255) as u8);
        }
    }
    // A rest of six bits is not a byte, and bits that are left over are zero.
    if held >= 6 || bits & ((1 << held) - 1) != 0 { Err(None) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words() {
        // RFC 4648, section 10.
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(encode(STANDARD, bytes.as_bytes()), text);
            assert_eq!(decode_url_safe(text.trim_end_matches('=')).expect("valid"), bytes.as_bytes());
        }
        assert_eq!(encode(URL_SAFE, &[0xfb, 0xff]), "-_8");
        assert_eq!(decode_url_safe("-_8"), Ok(vec![0xfb, 0xff]));
        assert_eq!(decode_url_safe("Zm+v"), Err(Some('+')));
        assert_eq!(decode_url_safe("Zm9vY"), Err(None));
        assert_eq!(decode_url_safe("Zh"), Err(None));
    }
}

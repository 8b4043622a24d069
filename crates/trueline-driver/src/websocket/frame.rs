//! Frames as RFC 6455 (section 5) writes them: heads, masks, and nothing that waits or reads.

/// Which end of the WebSocket this is; the client masks what it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    /// The gateway's.
    #[cfg_attr(not(feature = "gateway"), expect(dead_code, reason = "only the gateway is on this side"))]
    Server,
}

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// The longest body of a close, a ping or a pong.
pub(super) const CONTROL_BYTES: usize = 125;
/// In place of a short length: the length follows in two bytes, or in eight.
const SHORT_IN_TWO: u8 = 0x7e;
const SHORT_IN_EIGHT: u8 = 0x7f;
/// The longest head: two bytes, eight of length, four of mask.
pub(super) const HEAD_BYTES: usize = 14;

/// What stands before a frame's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) fin: bool,
    pub(super) opcode: Opcode,
    pub(super) length: u64,
    pub(super) mask: Option<[u8; 4]>,
}

impl Head {
    /// Reads a head that a peer of `side` sent, and how many bytes it took; `None` when more are needed.
    pub(super) fn read(bytes: &[u8], side: Side) -> Result<Option<(Self, usize)>, &'static str> {
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        if first & 0x70 != 0 {
            return Err("the peer sent a frame with an extension that was not agreed on");
        }
        let opcode = match first & 0x0f {
            0x0 => Opcode::Continuation,
            0x1 => Opcode::Text,
            0x2 => Opcode::Binary,
            0x8 => Opcode::Close,
            0x9 => Opcode::Ping,
            0xa => Opcode::Pong,
            _ => return Err("the peer sent a frame of an unknown kind"),
        };
        let fin = first & 0x80 != 0;
        let (length, length_bytes) = match second & 0x7f {
            SHORT_IN_TWO => match rest.first_chunk() {
                Some(bytes) => (u64::from(u16::from_be_bytes(*bytes)), bytes.len()),
                None => return Ok(None),
            },
            SHORT_IN_EIGHT => match rest.first_chunk() {
                Some(bytes) => (u64::from_be_bytes(*bytes), bytes.len()),
                None => return Ok(None),
            },
            short => (u64::from(short), 0),
        };
        if length > u64::MAX >> 1 {
            return Err("the peer sent a frame with an impossible length");
        }
        let is_control = matches!(opcode, Opcode::Close | Opcode::Ping | Opcode::Pong);
        if is_control && (!fin || length > 125) {
            return Err("the peer sent a control frame that is too long or in parts");
        }
        let mask = match (second & 0x80 != 0, side) {
            (false, Side::Client) => None,
            (true, Side::Server) => {
                let Some(&[a, b, c, d]) = rest.get(length_bytes..length_bytes + 4) else { return Ok(None) };
                Some([a, b, c, d])
            }
            (true, Side::Client) => return Err("the proxy sent a masked frame"),
            (false, Side::Server) => return Err("the client sent a frame without a mask"),
        };
        let head_bytes = 2 + length_bytes + if mask.is_some() { 4 } else { 0 };
        Ok(Some((Self { fin, opcode, length, mask }, head_bytes)))
    }
}

/// Appends a whole frame, masked where a mask is given.
pub(super) fn write(output: &mut Vec<u8>, opcode: Opcode, payload: &[u8], mask: Option<[u8; 4]>) {
    let first = 0x80
        | match opcode {
            Opcode::Continuation => 0x0,
            Opcode::Text => 0x1,
            Opcode::Binary => 0x2,
            Opcode::Close => 0x8,
            Opcode::Ping => 0x9,
            Opcode::Pong => 0xa,
        };
    let masked = if mask.is_some() { 0x80 } else { 0 };
    output.reserve(HEAD_BYTES + payload.len());
    output.push(first);
    if let Ok(short) = u8::try_from(payload.len())
        && short <= 125
    {
        output.push(masked | short);
    } else if let Ok(length) = u16::try_from(payload.len()) {
        output.push(masked | SHORT_IN_TWO);
        output.extend_from_slice(&length.to_be_bytes());
    } else {
        output.push(masked | SHORT_IN_EIGHT);
        output.extend_from_slice(&(payload.len() as u64).to_be_bytes());
    }
    let Some(mask) = mask else {
        output.extend_from_slice(payload);
        return;
    };
    output.extend_from_slice(&mask);
    let start = output.len();
    output.extend_from_slice(payload);
    apply_mask(&mut output[start..], mask, 0);
}

/// Masks or unmasks; the first byte is the one at `phase` in its frame.
pub(super) fn apply_mask(bytes: &mut [u8], mask: [u8; 4], phase: usize) {
    let turned: [u8; 4] = std::array::from_fn(|at| mask[(at + phase) % 4]);
    let [a, b, c, d] = turned;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    // Eight is a multiple of four: the mask begins anew.
    for (byte, mask) in rest.iter_mut().zip(turned.iter().cycle()) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rfc_s_own_frames_are_read_and_written() {
        // Section 5.7: "Hello" unmasked and masked (as text there), and the heads of larger ones.
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        let mut written = Vec::new();
        write(&mut written, Opcode::Text, b"Hello", Some(mask));
        assert_eq!(written, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        let (head, taken) = Head::read(&written, Side::Server).unwrap().unwrap();
        assert_eq!((head.opcode, head.length, head.mask, taken), (Opcode::Text, 5, Some(mask), 6));
        for (length, head_bytes) in [(125, 2), (126, 4), (256, 4), (65_535, 4), (65_536, 10)] {
            let mut written = Vec::new();
            write(&mut written, Opcode::Binary, &vec![7; length], None);
            assert_eq!(written.len(), head_bytes + length);
            for short in 0..head_bytes {
                assert_eq!(Head::read(&written[..short], Side::Client), Ok(None));
            }
            let (head, taken) = Head::read(&written, Side::Client).unwrap().unwrap();
            assert_eq!((head.length, taken, head.fin), (length as u64, head_bytes, true));
        }
    }

    #[test]
    fn what_the_rfc_forbids_is_refused() {
        for (bytes, side, words) in [
            (&[0xc2, 0x00][..], Side::Client, "extension"),
            (&[0x83, 0x00], Side::Client, "unknown kind"),
            (&[0x09, 0x00], Side::Client, "control frame"),
            (&[0x89, 126, 0, 126], Side::Client, "control frame"),
            (&[0x82, 0x80, 1, 2, 3, 4], Side::Client, "masked"),
            (&[0x82, 0x00], Side::Server, "without a mask"),
            (&[0x82, 127, 0xff, 0, 0, 0, 0, 0, 0, 0], Side::Client, "impossible length"),
        ] {
            assert!(Head::read(bytes, side).unwrap_err().contains(words), "{bytes:?}");
        }
    }

    #[test]
    fn a_mask_may_begin_anywhere() {
        let mask = [1, 2, 3, 4];
        let expected: Vec<u8> = (0..40).map(|at| mask[at % 4]).collect();
        for split in 0..=40 {
            let mut bytes = [0; 40];
            let (left, right) = bytes.split_at_mut(split);
            apply_mask(left, mask, 0);
            apply_mask(right, mask, split);
            assert_eq!(bytes[..], expected[..]);
        }
    }
}

//! What bytes are, by their first 8 KiB. Names and declared types are not asked: they are often wrong.

use std::io::{self, Read};

use crate::format::Format;

/// How much is looked at.
const HEAD: u64 = 8 * 1024;

/// Reads up to 8 KiB and names what they are the beginning of. Fails only when reading fails.
pub fn sniff(reader: &mut impl Read) -> io::Result<Format> {
    let mut head = Vec::with_capacity(HEAD as usize);
    reader.take(HEAD).read_to_end(&mut head)?;
    Ok(name(&head))
}

fn name(head: &[u8]) -> Format {
    match head {
        [0xff, 0xd8, 0xff, ..] => Format::Jpeg,
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Format::Png,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Format::Gif,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Format::Webp,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Format::Wav,
        [b'f', b'L', b'a', b'C', ..] => Format::Flac,
        [b'O', b'g', b'g', b'S', ..] => ogg(head),
        [b'#', b'!', b'A', b'M', b'R', ..] => Format::Amr,
        [b'I', b'D', b'3', 2..=4, ..] => after_id3(head),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => matroska(head),
        [_, _, _, _, b'f', b't', b'y', b'p', a, b, c, d, ..] => brand(&[*a, *b, *c, *d]),
        [_, _, _, _, b'm', b'o', b'o', b'v', ..] | [_, _, _, _, b'm', b'd', b'a', b't', ..] => {
            Format::QuickTime
        }
        _ if contains(&head[..head.len().min(1024)], b"%PDF-") => Format::Pdf,
        [0xff, ..] if is_adts(head) => Format::Aac,
        [0xff, ..] if is_mp3(head) => Format::Mp3,
        _ => other(head),
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

fn ogg(head: &[u8]) -> Format {
    // 27 bytes of page header, then a length for each segment, then the first packet.
    let packet =
        head.get(26).and_then(|segments| head.get(27 + usize::from(*segments)..)).unwrap_or_default();
    match packet {
        [0x01, b'v', b'o', b'r', b'b', b'i', b's', ..] => Format::OggVorbis,
        [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', ..] => Format::OggOpus,
        [0x7f, b'F', b'L', b'A', b'C', ..] => Format::OggFlac,
        _ => Format::Ogg,
    }
}

/// An ID3 tag stands before MP3, mostly; where the tag is short enough, what follows is looked at.
fn after_id3(head: &[u8]) -> Format {
    let Some(size) = head.get(6..10) else { return Format::Mp3 };
    let size = size.iter().fold(0_usize, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
    match head.get(10 + size..) {
        Some([b'f', b'L', b'a', b'C', ..]) => Format::Flac,
        Some(rest) if is_adts(rest) => Format::Aac,
        _ => Format::Mp3,
    }
}

fn matroska(head: &[u8]) -> Format {
    if contains(&head[..head.len().min(64)], b"webm") { Format::Webm } else { Format::Matroska }
}

/// By the major brand of an ISO base media file.
fn brand(brand: &[u8; 4]) -> Format {
    match brand {
        b"M4A " | b"M4B " | b"M4P " | b"F4A " => Format::M4a,
        b"qt  " => Format::QuickTime,
        [b'3', b'g', b'p' | b'2' | b'r' | b's' | b'e' | b'g', _] => Format::ThreeGp,
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => {
            Format::Other("image/heic")
        }
        b"avif" | b"avis" => Format::Other("image/avif"),
        b"crx " => Format::Other("image/x-canon-cr3"),
        b"jp2 " => Format::Other("image/jp2"),
        _ => Format::Mp4,
    }
}

fn is_adts(head: &[u8]) -> bool {
    let Some(length) = adts_length(head) else { return false };
    head.get(length..length + 7).is_none_or(|next| adts_length(next).is_some())
}

fn adts_length(head: &[u8]) -> Option<usize> {
    let [0xff, b1, b2, b3, b4, b5, ..] = *head else { return None };
    let rate = (b2 >> 2) & 0x0f;
    let length = usize::from(b3 & 3) << 11 | usize::from(b4) << 3 | usize::from(b5 >> 5);
    (b1 & 0xf6 == 0xf0 && rate < 13 && length > 7).then_some(length)
}

fn is_mp3(head: &[u8]) -> bool {
    let Some(length) = mp3_length(head) else { return false };
    head.get(length..length + 4).is_none_or(|next| mp3_length(next).is_some())
}

/// The length of the layer III frame that `head` begins with.
fn mp3_length(head: &[u8]) -> Option<usize> {
    const V1: [usize; 16] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
    const V2: [usize; 16] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];
    let [0xff, b1, b2, _, ..] = *head else { return None };
    // Version 1 is reserved; layer III is 01.
    let version = (b1 >> 3) & 3;
    if b1 & 0xe0 != 0xe0 || version == 1 || (b1 >> 1) & 3 != 1 {
        return None;
    }
    let rate = [44_100, 48_000, 32_000].get(usize::from((b2 >> 2) & 3))?
        >> (if version == 3 { 0 } else { 1 + u8::from(version == 0) });
    let (kilobits, factor) =
        if version == 3 { (V1[usize::from(b2 >> 4)], 144_000) } else { (V2[usize::from(b2 >> 4)], 72_000) };
    (kilobits > 0).then(|| kilobits * factor / rate + usize::from((b2 >> 1) & 1))
}

fn other(head: &[u8]) -> Format {
    match infer::get(head).map(|found| found.mime_type()) {
        Some("application/zip") => Format::Zip,
        // Guesses by a few letters that texts begin with, too.
        Some("text/plain" | "text/x-shellscript") | None => Format::Unknown,
        Some(mime) => Format::Other(mime),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_named() {
        for (head, format) in [
            (&b"\xff\xd8\xff\xe0"[..], Format::Jpeg),
            (b"GIF89a", Format::Gif),
            (b"RIFF\0\0\0\0WEBPVP8 ", Format::Webp),
            (b"RIFF\0\0\0\0WAVEfmt ", Format::Wav),
            (b"\0\0\0\x18ftypmp42", Format::Mp4),
            (b"\0\0\0\x18ftypisom", Format::Mp4),
            (b"\0\0\0\x18ftyp3gp5", Format::ThreeGp),
            (b"\0\0\0\x18ftypM4A ", Format::M4a),
            (b"\0\0\0\x18ftypqt  ", Format::QuickTime),
            (b"\0\0\0\x18ftypheic", Format::Other("image/heic")),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", Format::Webm),
            (b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead", Format::OggOpus),
            (b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x1e\x01vorbis", Format::OggVorbis),
            (b"OggS", Format::Ogg),
            (b"#!AMR\n", Format::Amr),
            (b"ID3\x04\0\0\0\0\0\x10", Format::Mp3),
            (b"\xff\xfb\x90\x64", Format::Mp3),
            (b"\xff\xf1\x50\x80\x02\x1f\xfc", Format::Aac),
            (b"%PDF-1.7", Format::Pdf),
            (b"\n\n%PDF-1.4", Format::Pdf),
            (b"PK\x03\x04", Format::Zip),
            (b"BM\x00\x00", Format::Other("image/bmp")),
            (b"hello", Format::Unknown),
            (b"", Format::Unknown),
            (b"\xff", Format::Unknown),
        ] {
            assert_eq!(sniff(&mut &head[..]).unwrap(), format, "{head:?}");
        }
    }
}

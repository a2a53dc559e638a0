//! Packs what the component serves: openapi.json without its white space, as gzip, and a name for its content. People
//! read the file, the component carries the packed one.

use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

fn main() {
    println!("cargo::rerun-if-changed=openapi.json");
    let text = std::fs::read_to_string("openapi.json").expect("openapi.json is there");
    let out = std::env::var_os("OUT_DIR").expect("cargo says where");
    pack(Path::new(&out), "openapi.json", minified(&text).as_bytes());
}

/// Writes `NAME.gz`, and `NAME.tag`: half a hash of the content, in hex.
fn pack(out: &Path, name: &str, content: &[u8]) {
    let tag = Sha256::digest(content).iter().take(16).fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes everything");
        hex
    });
    std::fs::write(out.join(format!("{name}.gz")), gzip(content)).expect("can be written");
    std::fs::write(out.join(format!("{name}.tag")), tag).expect("can be written");
}

/// The document without the white space between its tokens.
fn minified(text: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    text.chars()
        .filter(|c| {
            if quoted {
                quoted = escaped || *c != '"';
                escaped = !escaped && *c == '\\';
                return true;
            }
            quoted = *c == '"';
            !c.is_ascii_whitespace()
        })
        .collect()
}

/// RFC 1952, without a name and a time: the same content gives the same bytes.
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    gzip.extend(miniz_oxide::deflate::compress_to_vec(content, 10));
    gzip.extend(crc32(content).to_le_bytes());
    gzip.extend((content.len() as u32).to_le_bytes());
    gzip
}

fn crc32(content: &[u8]) -> u32 {
    let rest = content.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    });
    !rest
}

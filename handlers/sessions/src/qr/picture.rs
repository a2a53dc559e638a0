//! A QR code drawn as SVG and as PNG, with the quiet zone of four modules that scanners need.

use edgewire_edge::Problem;
use qrcodegen::{QrCode, QrCodeEcc};

/// White modules around the code.
const QUIET: i32 = 4;
/// Pixels of a module's side. Eight, so that in a picture of one bit a pixel a module is one byte of its row.
const SCALE: u32 = 8;

/// As SVG: one path of one-module squares, scaled by whoever shows it.
pub fn svg(text: &str) -> Result<String, Problem> {
    let code = encode(text)?;
    let side = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{},{}h1v1h-1z", x + QUIET, y + QUIET));
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}

/// As PNG: black and white, one bit a pixel, not compressed: 40 kB at most, and the component is smaller for it.
pub fn png(text: &str) -> Result<Vec<u8>, Problem> {
    let code = encode(text)?;
    let modules = code.size() + 2 * QUIET;
    let mut pixels = Vec::new();
    for y in 0..modules {
        let mut row = vec![0]; // no filter
        row.extend((0..modules).map(|x| if code.get_module(x - QUIET, y - QUIET) { 0x00 } else { 0xff }));
        for _ in 0..SCALE {
            pixels.extend_from_slice(&row);
        }
    }
    let side = modules as u32 * SCALE;
    let mut header = Vec::new();
    header.extend(side.to_be_bytes());
    header.extend(side.to_be_bytes());
    header.extend([1, 0, 0, 0, 0]); // one bit, grey, deflate, filters, not interlaced
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"IDAT", &zlib(&pixels));
    chunk(&mut png, b"IEND", &[]);
    Ok(png)
}

/// The zlib form of `data`, in stored blocks.
fn zlib(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        stream.push(u8::from(blocks.peek().is_none()));
        let length = block.len() as u16;
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend_from_slice(block);
    }
    let sums = data.iter().fold((1u32, 0u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    stream.extend(((sums.1 << 16) | sums.0).to_be_bytes());
    stream
}

fn encode(text: &str) -> Result<QrCode, Problem> {
    QrCode::encode_text(text, QrCodeEcc::Low)
        .map_err(|_| Problem::internal("the text of a QR code is too long to draw"))
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    let start = png.len();
    png.extend(kind);
    png.extend(data);
    let sum = crc32(&png[start..]);
    png.extend(sum.to_be_bytes());
}

/// CRC-32 as PNG has it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 0 { c >> 1 } else { (c >> 1) ^ 0xedb8_8320 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn both_pictures_show_the_same_modules() {
        let text = "2@abc,def,ghi";
        let code = encode(text).unwrap();
        let dark = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let dark = dark.filter(|(x, y)| code.get_module(*x, *y)).count();
        assert_eq!(svg(text).unwrap().matches("h1v1h-1z").count(), dark);

        let png = png(text).unwrap();
        let side = u32::from_be_bytes(png[16..20].try_into().unwrap());
        assert_eq!(side, (code.size() + 8) as u32 * 8);
        let length = u32::from_be_bytes(png[33..37].try_into().unwrap()) as usize;
        let pixels = miniz_oxide::inflate::decompress_to_vec_zlib(&png[41..41 + length]).unwrap();
        let black =
            pixels.chunks((side / 8 + 1) as usize).flat_map(|row| &row[1..]).filter(|b| **b == 0).count();
        assert_eq!(black, dark * 8);
    }
}

//! Packing without shrinking: a zlib stream of stored blocks, as history syncs are wrapped.

/// The most a stored block holds.
const BLOCK: usize = 0xffff;

/// The bytes as a zlib stream.
pub fn pack(plain: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x78, 0x01];
    let blocks: Vec<&[u8]> = if plain.is_empty() { vec![plain] } else { plain.chunks(BLOCK).collect() };
    for (at, block) in blocks.iter().enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        packed.push(u8::from(at + 1 == blocks.len()));
        packed.extend(length.to_le_bytes());
        packed.extend((!length).to_le_bytes());
        packed.extend(*block);
    }
    packed.extend(adler32(plain).to_be_bytes());
    packed
}

/// The check sum at the end of a zlib stream.
fn adler32(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1u32, 0u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    (high << 16) | low
}

#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| edgewire_fuzz_targets::jid::run(data));

#![no_main]
// A decoder's panic is caught, and is an error there (`prepare`): only what is not caught ends the fuzzer.
libfuzzer_sys::fuzz_target!(init: edgewire_fuzz_targets::tell_caught_panics(), |data: &[u8]| {
    edgewire_fuzz_targets::audio::run(data)
});

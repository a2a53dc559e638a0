//! Has the linker write the addresses in the component's code as short as they are, which takes a fifth off its size.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|is| is == value);
    // The linker refuses it beside debug information, which the profiles `release` and `wasm` strip.
    if is("CARGO_CFG_TARGET_FAMILY", "wasm") && is("PROFILE", "release") {
        println!("cargo::rustc-link-arg-cdylib=--compress-relocations");
    }
}

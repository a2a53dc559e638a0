//! Takes the white space out of openapi.json: people read the file, the component carries it.

fn main() {
    println!("cargo::rerun-if-changed=openapi.json");
    let text = std::fs::read_to_string("openapi.json").expect("openapi.json is there");
    let out = std::env::var_os("OUT_DIR").expect("cargo says where");
    std::fs::write(std::path::Path::new(&out).join("openapi.json"), minified(&text)).expect("can be written");
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

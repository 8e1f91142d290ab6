//! Every shader is valid WGSL: what a device would say only at run time.

use naga::valid::{Capabilities, ValidationFlags, Validator};

#[test]
fn every_shader_is_valid() {
    let shaders = tenkyu_viewers::image::renderer::SHADERS
        .into_iter()
        .chain(tenkyu_viewers::sky::renderer::SHADERS)
        .chain(tenkyu_viewers::plot::renderer::SHADERS);
    for (name, source) in shaders {
        let module = naga::front::wgsl::parse_str(source)
            .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(source)));
        // No capability beyond the core: what WebGL2 has.
        Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(source)));
    }
}

#[test]
fn every_shader_file_is_used() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/shaders");
    let used: String = tenkyu_viewers::image::renderer::SHADERS
        .into_iter()
        .chain(tenkyu_viewers::sky::renderer::SHADERS)
        .chain(tenkyu_viewers::plot::renderer::SHADERS)
        .map(|(_, source)| source)
        .collect();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(used.contains(&text), "{} is in no pipeline", path.display());
    }
}

// Stars and rows of tables: soft discs.

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) offset: vec2<f32>,
    @location(1) color: vec4<f32>,
    // Radius of the disc in device pixels.
    @location(2) radius: f32,
    // Brightness of the halo around it.
    @location(3) halo: f32,
}

fn disc(index: u32, p: Projected, radius: f32, color: vec4<f32>, halo: f32) -> Corner {
    let corner = vec2<f32>(f32(index & 1u), f32(index >> 1u)) * 2.0 - 1.0;
    let reach = radius + 1.0 + select(0.0, 3.0 * radius, halo > 0.0);
    var out: Corner;
    out.halo = halo;
    out.offset = corner * reach;
    out.color = color;
    out.radius = radius;
    out.position = vec4<f32>(p.clip + corner * reach * 2.0 / view.pixels, 0.0, 1.0);
    if hidden(p.z) || color.a <= 0.0 || radius <= 0.0 {
        out.position = NOWHERE;
    }
    return out;
}

@vertex
fn star(
    @builtin(vertex_index) index: u32,
    @location(0) high: vec3<f32>,
    @location(1) low: vec3<f32>,
    @location(2) magnitude: f32,
) -> Corner {
    let above = view.limit - magnitude;
    // Brighter stars are larger and whiter; the faintest fade out instead of vanishing.
    let radius = (0.55 + 0.36 * max(above, 0.0)) * view.ratio;
    let alpha = clamp(0.25 + 0.16 * above, 0.0, 0.95);
    let faint = vec3<f32>(0.72, 0.79, 0.92);
    let color = mix(faint, vec3<f32>(1.0, 0.98, 0.94), clamp(above / 6.0, 0.0, 1.0));
    let size = min(radius, 4.2 * view.ratio);
    let halo = 0.30 * clamp((above - 3.5) / 4.0, 0.0, 1.0);
    return disc(index, projected(high, low), size, vec4<f32>(color, alpha), halo);
}

@vertex
fn row(
    @builtin(vertex_index) index: u32,
    @location(0) high: vec3<f32>,
    @location(1) low: vec3<f32>,
    // 0 hidden, 1 shown, 2 selected.
    @location(2) state: u32,
) -> Corner {
    let few = clamp(1.3 - 0.22 * log2(max(view.crowd, 1.0) / 256.0) / 2.0, 0.35, 1.3);
    var color = vec4<f32>(0.36, 0.78, 0.92, 0.75 * few);
    var radius = (1.1 + 1.1 * few) * view.ratio;
    if state == 0u {
        color.a = 0.0;
    }
    if state >= 2u {
        color = vec4<f32>(1.0, 0.71, 0.28, 0.95);
        radius += 0.9 * view.ratio;
    }
    return disc(index, projected(high, low), radius, color, 0.0);
}

@fragment
fn fragment(in: Corner) -> @location(0) vec4<f32> {
    let cover = clamp(in.radius + 0.5 - length(in.offset), 0.0, 1.0) * min(1.0, in.radius + 0.4);
    let away = length(in.offset) / in.radius;
    let glow = in.halo * exp(-1.1 * away) * clamp((4.0 - away) / 2.0, 0.0, 1.0);
    let alpha = max(in.color.a * cover, glow);
    return vec4<f32>(in.color.rgb * alpha, alpha);
}

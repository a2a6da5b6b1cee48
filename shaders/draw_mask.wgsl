// 0 of the probability `rate`, else 1 / (1 - rate).

fn numbers(block: vec4<u32>, rate: f32) -> vec4<f32> {
    let units = vec4<f32>(block >> vec4(8u)) * (1.0 / 16777216.0);
    return select(vec4(1.0 / (1.0 - rate)), vec4(0.0), units < vec4(rate));
}

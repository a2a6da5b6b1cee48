// Sums over a workgroup of 256, or over each of its segments, in a fixed order.

var<workgroup> parts: array<vec4<f32>, 256>;

// The sum of `own` over the segment of an invocation, for each of them: `lanes` beside each other, a power of two. To be called
// in uniform control flow.
fn sum_segment(own: vec4<f32>, lane: u32, lanes: u32) -> vec4<f32> {
    workgroupBarrier();
    parts[lane] = own;
    workgroupBarrier();
    for (var width = lanes / 2u; width > 0u; width = width / 2u) {
        if lane % lanes < width {
            parts[lane] += parts[lane + width];
        }
        workgroupBarrier();
    }
    return parts[lane - lane % lanes];
}

// The same over all invocations.
fn sum_all(own: vec4<f32>, lane: u32) -> vec4<f32> {
    return sum_segment(own, lane, 256u);
}

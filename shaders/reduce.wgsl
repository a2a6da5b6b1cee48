// Sums over a workgroup of 256, in a fixed order.

var<workgroup> parts: array<vec4<f32>, 256>;

// The sum of `own` over all invocations, for each of them. To be called in uniform control flow.
fn sum_all(own: vec4<f32>, lane: u32) -> vec4<f32> {
    workgroupBarrier();
    parts[lane] = own;
    workgroupBarrier();
    for (var width = 128u; width > 0u; width = width / 2u) {
        if lane < width {
            parts[lane] += parts[lane + width];
        }
        workgroupBarrier();
    }
    return parts[0];
}

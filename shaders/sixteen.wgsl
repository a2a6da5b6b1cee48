// Sums over sixteen neighbouring invocations of a workgroup of 256, in a fixed order: for rows that are far shorter than a
// workgroup is wide.

var<workgroup> sixteens: array<f32, 256>;

// The sum of `own` over an invocation's sixteen. To be called in uniform control flow.
fn sum_of_sixteen(own: f32, lane: u32) -> f32 {
    workgroupBarrier();
    sixteens[lane] = own;
    workgroupBarrier();
    let first = lane / 16u * 16u;
    var sum = 0.0;
    for (var i = 0u; i < 16u; i++) {
        sum += sixteens[first + i];
    }
    return sum;
}

// The largest. In uniform control flow.
fn top_of_sixteen(own: f32, lane: u32) -> f32 {
    workgroupBarrier();
    sixteens[lane] = own;
    workgroupBarrier();
    let first = lane / 16u * 16u;
    var top = sixteens[first];
    for (var i = 1u; i < 16u; i++) {
        top = max(top, sixteens[first + i]);
    }
    return top;
}

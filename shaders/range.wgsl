// Sums beyond the range of f32: when a finished sum has all of its digits, powers of two that bring operands near 1, and
// metrics that stand for themselves times a power of two. Rust puts before it LEAST_EXPONENT and LARGEST_EXPONENT of a
// sum that has its digits, METRIC_STEP, and EXPONENTS, the place of the first metric's exponent.
//
// As range.rs on the CPU: what has lost digits is summed again over scaled operands, which changes no digit of others.

// Exponents of the operands of a workgroup's sums.
var<workgroup> tops: array<vec4<i32>, 256>;
var<workgroup> verdict: u32;
var<workgroup> sayings: atomic<u32>;

// Exponent of two; -127 for 0 and what is below normal numbers, 128 for what is not finite.
fn exponent_of(x: f32) -> i32 {
    return i32((bitcast<u32>(x) >> 23u) & 255u) - 127;
}

fn exponents_of(x: vec4<f32>) -> vec4<i32> {
    return vec4<i32>((bitcast<vec4<u32>>(x) >> vec4(23u)) & vec4(255u)) - 127;
}

fn keeps_digits(sum: f32) -> bool {
    let exponent = exponent_of(sum);
    return exponent >= LEAST_EXPONENT && exponent <= LARGEST_EXPONENT;
}

// Which of the sums do not.
fn loses_digits(sums: vec4<f32>) -> vec4<bool> {
    let exponents = exponents_of(sums);
    return (exponents < vec4(LEAST_EXPONENT)) | (exponents > vec4(LARGEST_EXPONENT));
}

// 2^exponent, for a normal result.
fn power(exponent: i32) -> f32 {
    return bitcast<f32>(u32(exponent + 127) << 23u);
}

fn powers(exponents: vec4<i32>) -> vec4<f32> {
    return bitcast<vec4<f32>>(vec4<u32>(exponents + 127) << vec4(23u));
}

// x * 2^exponent of a normal number, 0 below the normal numbers and the largest one beyond them.
fn times_power(x: f32, exponent: i32) -> f32 {
    let bits = bitcast<u32>(x);
    let field = i32((bits >> 23u) & 255u);
    if field == 255 {
        return x;
    }
    let moved = field + exponent;
    if field == 0 || moved <= 0 {
        return 0.0;
    }
    if moved >= 255 {
        return bitcast<f32>((bits & 0x80000000u) | 0x7f7fffffu);
    }
    return bitcast<f32>((bits & 0x807fffffu) | (u32(moved) << 23u));
}

// The largest of every component of `own` over the segment of an invocation, for each of them: `lanes` beside each other, a
// power of two. In uniform control flow.
fn top_segment(own: vec4<i32>, lane: u32, lanes: u32) -> vec4<i32> {
    workgroupBarrier();
    tops[lane] = own;
    workgroupBarrier();
    for (var width = lanes / 2u; width > 0u; width = width / 2u) {
        if lane % lanes < width {
            tops[lane] = max(tops[lane], tops[lane + width]);
        }
        workgroupBarrier();
    }
    return tops[lane - lane % lanes];
}

// The same over all invocations.
fn top_all(own: vec4<i32>, lane: u32) -> vec4<i32> {
    return top_segment(own, lane, 256u);
}

// What the first invocation says, for all of them, so that control flow that hangs on it is uniform.
fn agreed(says: bool, lane: u32) -> bool {
    if lane == 0u {
        verdict = select(0u, 1u, says);
    }
    return workgroupUniformLoad(&verdict) != 0u;
}

// Whether any invocation says so, for all of them.
fn agreed_by_any(says: bool, lane: u32) -> bool {
    if lane == 0u {
        atomicStore(&sayings, 0u);
    }
    workgroupBarrier();
    if says {
        atomicStore(&sayings, 1u);
    }
    workgroupBarrier();
    return agreed(atomicLoad(&sayings) != 0u, lane);
}

// Exponents of the powers that operands are divided by, from those of their largest elements; 0 where there is nothing
// to scale. The power and its inverse have to be normal numbers.
fn scales_of(top: vec4<i32>, wanted: vec4<bool>) -> vec4<i32> {
    let can = wanted & (top != vec4(-127)) & (top != vec4(128));
    return select(vec4(0), clamp(top, vec4(-126), vec4(126)), can);
}

// Keeps `value * 2^exponent` as a metric.
fn keep_metric(replica: u32, metric: u32, value: f32, exponent: i32) {
    // To the nearest step, so that what is kept stays within range.
    let steps = clamp((exponent + (METRIC_STEP * 16 + METRIC_STEP / 2)) / METRIC_STEP - 16, -8, 7);
    let to = replica * METRICS + metric;
    metrics[to] = select(times_power(value, exponent - steps * METRIC_STEP), value, exponent == 0);
    metrics[to + EXPONENTS] = f32(steps);
}

// A number with the exponent of a power of two that it stands for.
struct Wide {
    value: f32,
    exponent: i32,
}

fn wide_product(a: Wide, b: Wide) -> Wide {
    let of_a = exponent_of(a.value);
    let both = of_a + exponent_of(b.value);
    if both >= -100 && both <= 100 {
        return Wide(a.value * b.value, a.exponent + b.exponent);
    }
    return Wide(times_power(a.value, -of_a) * b.value, a.exponent + b.exponent + of_a);
}

fn wide_sum(a: Wide, b: Wide) -> Wide {
    if a.exponent == b.exponent {
        return Wide(a.value + b.value, a.exponent);
    }
    // 0 has no size of its own.
    if a.value == 0.0 {
        return b;
    }
    if b.value == 0.0 {
        return a;
    }
    let exponent = max(a.exponent + exponent_of(a.value), b.exponent + exponent_of(b.value));
    return Wide(times_power(a.value, a.exponent - exponent) + times_power(b.value, b.exponent - exponent), exponent);
}

// The root, whatever the exponent.
fn wide_root(a: Wide) -> Wide {
    let half = select(a.exponent, a.exponent - 1, a.exponent % 2 != 0) / 2;
    return Wide(sqrt(times_power(a.value, a.exponent - 2 * half)), half);
}

// As one f32; the largest one for what is beyond.
fn narrow(a: Wide) -> f32 {
    return select(times_power(a.value, a.exponent), a.value, a.exponent == 0);
}

// Keeps sum `place` of `count`, `value * 2^exponent`: as metric `to + place` (0), added to it (1), its root at `to + place` in
// the replica (2), or at `to` as a row of all sums followed by their exponents (3).
fn keep_sum(keep: u32, to: u32, replica: u32, place: u32, count: u32, value: f32, exponent: i32) {
    let first = replica * ARENA + to + place;
    if keep == 0u {
        keep_metric(replica, to + place, value, exponent);
    } else if keep == 1u {
        metrics[replica * METRICS + to + place] += narrow(Wide(value, exponent));
    } else if keep == 2u {
        arena[first] = narrow(wide_root(Wide(value, exponent)));
    } else {
        arena[first] = value;
        arena[first + count] = f32(exponent);
    }
}

struct NineSums {
    a: vec4<f32>,
    b: vec4<f32>,
    c: f32,
}

var<workgroup> parts_of_b: array<vec4<f32>, 256>;
var<workgroup> parts_of_c: array<f32, 256>;

// As sum_all, with the barriers of one. In uniform control flow.
fn sum_nine(own: NineSums, lane: u32) -> NineSums {
    workgroupBarrier();
    parts[lane] = own.a;
    parts_of_b[lane] = own.b;
    parts_of_c[lane] = own.c;
    workgroupBarrier();
    for (var width = 128u; width > 0u; width = width / 2u) {
        if lane < width {
            parts[lane] += parts[lane + width];
            parts_of_b[lane] += parts_of_b[lane + width];
            parts_of_c[lane] += parts_of_c[lane + width];
        }
        workgroupBarrier();
    }
    return NineSums(parts[0], parts_of_b[0], parts_of_c[0]);
}

// Adds up a row's products over the workgroup, and writes them in the order of ROW_SUMS: a, b, c; then the exponents of
// the operands g, H, u, W, whose first elements are at `starts`. To be called in uniform control flow.
fn keep_row_sums(
    sums: View,
    replica: u32,
    row: u32,
    lane: u32,
    columns: u32,
    starts: vec4<u32>,
    has_update: bool,
    own_a: vec4<f32>,
    own_b: vec4<f32>,
    own_c: f32,
) {
    let found = sum_nine(NineSums(own_a, own_b, own_c), lane);
    var a = found.a;
    var b = found.b;
    var c = found.c;
    // A product of two operands is as good as their squares are.
    let lost = loses_digits(vec4(a.x, a.y, a.w, b.y)) & vec4(true, true, has_update, true);
    var exponents = vec4(0);
    if agreed(any(lost), lane) {
        var top = vec4(-127);
        for (var i = lane; i < columns; i += 256u) {
            top = max(top, exponents_of(row_values(starts, has_update, i)));
        }
        exponents = scales_of(top_all(top, lane), lost);
        if agreed(any(exponents != vec4(0)), lane) {
            let by = powers(-exponents);
            a = vec4(0.0);
            b = vec4(0.0);
            c = 0.0;
            for (var i = lane; i < columns; i += 256u) {
                let x = row_values(starts, has_update, i) * by;
                a += vec4(x.x * x.x, x.y * x.y, x.x * x.y, x.z * x.z);
                b += vec4(x.z * x.y, x.w * x.w, x.w * x.x, x.w * x.z);
                c += x.w * x.y;
            }
            a = sum_all(a, lane);
            b = sum_all(b, lane);
            c = sum_all(vec4(c), lane).x;
        }
    }
    if lane == 0u {
        let to = row_at(sums, replica, row);
        arena[to] = a.x;
        arena[to + 1u] = a.y;
        arena[to + 2u] = a.z;
        arena[to + 3u] = a.w;
        arena[to + 4u] = b.x;
        arena[to + 5u] = b.y;
        arena[to + 6u] = b.z;
        arena[to + 7u] = b.w;
        arena[to + 8u] = c;
        for (var i = 0u; i < 4u; i++) {
            arena[to + 9u + i] = f32(exponents[i]);
        }
    }
}

// Element i of g, H, u and W.
fn row_values(starts: vec4<u32>, has_update: bool, i: u32) -> vec4<f32> {
    var u = 0.0;
    if has_update {
        u = arena[starts.z + i];
    }
    return vec4(arena[starts.x + i], arena[starts.y + i], u, arena[starts.w + i]);
}

struct NineSums {
    a: vec4<f32>,
    b: vec4<f32>,
    c: f32,
}

var<workgroup> parts_of_b: array<vec4<f32>, 256>;
var<workgroup> parts_of_c: array<f32, 256>;

// The sums with the products of an element of g, H, u and W.
fn with_products(sums: NineSums, x: vec4<f32>) -> NineSums {
    return NineSums(
        sums.a + vec4(x.x * x.x, x.y * x.y, x.x * x.y, x.z * x.z),
        sums.b + vec4(x.z * x.y, x.w * x.w, x.w * x.x, x.w * x.z),
        sums.c + x.w * x.y,
    );
}

// As sum_segment, with the barriers of one. In uniform control flow.
fn sum_nine(own: NineSums, lane: u32, lanes: u32) -> NineSums {
    workgroupBarrier();
    parts[lane] = own.a;
    parts_of_b[lane] = own.b;
    parts_of_c[lane] = own.c;
    workgroupBarrier();
    for (var width = lanes / 2u; width > 0u; width = width / 2u) {
        if lane % lanes < width {
            parts[lane] += parts[lane + width];
            parts_of_b[lane] += parts_of_b[lane + width];
            parts_of_c[lane] += parts_of_c[lane + width];
        }
        workgroupBarrier();
    }
    let first = lane - lane % lanes;
    return NineSums(parts[first], parts_of_b[first], parts_of_c[first]);
}

// Adds up the products of rows over their segments, and writes them in the order of ROW_SUMS: a, b, c; then the exponents of
// the operands g, H, u, W, whose first elements are at `starts`. To be called in uniform control flow.
fn keep_row_sums(
    sums: View,
    replica: u32,
    row: Row,
    lane: u32,
    lanes: u32,
    starts: vec4<u32>,
    has_update: bool,
    own: NineSums,
) {
    var found = sum_nine(own, lane, lanes);
    // A product of two operands is as good as their squares are.
    let squares = vec4(found.a.x, found.a.y, found.a.w, found.b.y);
    let lost = loses_digits(squares) & vec4(row.exists, row.exists, row.exists && has_update, row.exists);
    var exponents = vec4(0);
    if agreed_by_any(any(lost), lane) {
        var top = vec4(-127);
        for (var i = row.own; i < row.columns; i += lanes) {
            top = max(top, exponents_of(row_values(starts, has_update, i)));
        }
        // All 0 for a row that has its digits, whose sums come out as they were.
        exponents = scales_of(top_segment(top, lane, lanes), lost);
        if agreed_by_any(any(exponents != vec4(0)), lane) {
            let by = powers(-exponents);
            var again = NineSums(vec4(0.0), vec4(0.0), 0.0);
            for (var i = row.own; i < row.columns; i += lanes) {
                again = with_products(again, row_values(starts, has_update, i) * by);
            }
            found = sum_nine(again, lane, lanes);
        }
    }
    if row.own == 0u && row.exists {
        let to = row_at(sums, replica, row.row);
        for (var i = 0u; i < 4u; i++) {
            arena[to + i] = found.a[i];
            arena[to + 4u + i] = found.b[i];
            arena[to + 9u + i] = f32(exponents[i]);
        }
        arena[to + 8u] = found.c;
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

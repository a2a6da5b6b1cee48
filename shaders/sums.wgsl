// Sums over the items of a matrix by as many workgroups as it has parts, each of a fixed number of items. Where there is one
// part, its sums are the result; of several, each leaves a row of sums and their exponents, which row_totals.wgsl adds up.
// So the order of a sum is a function of the matrix's shape.
//
// A kernel on top of it has, in its Params, `sums`: items of a part, what becomes of the sums (see keep_sum), where, and the
// number of parts; and `unless_zero`. It says how many SUMS there are, how many items(), and what their part_sums() are.

// Up to five sums; the first four stand for themselves times powers of two.
struct Sums {
    first: vec4<f32>,
    fifth: f32,
    exponents: vec4<i32>,
}

// Sums within the range of f32.
fn plain_sums(first: vec4<f32>) -> Sums {
    return Sums(first, 0.0, vec4(0));
}

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    let replica = group.z;
    if group.x >= params.sums.w || is_off(params.unless_zero, replica) {
        return;
    }
    let begin = group.x * params.sums.x;
    let found = part_sums(replica, lane, begin, min(begin + params.sums.x, items()));
    if lane < SUMS {
        var value = found.fifth;
        var exponent = 0;
        if lane < 4u {
            value = found.first[lane];
            exponent = found.exponents[lane];
        }
        let to = params.sums.z + group.x * 2u * SUMS;
        keep_sum(params.sums.y, to, replica, lane, SUMS, value, exponent);
    }
}

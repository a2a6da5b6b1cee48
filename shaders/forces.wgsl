// The force balance of every row: <W,u_signal>, <W,u_decay>, <W,eps>, |u + eps|^2, with W before the step's noise eps.

struct Params {
    row_sums: View,
    weights: View,
    signal: View,
    update: View,
    // The decay's part of the update; no rows where it is u - learning rate times g.
    decay_share: View,
    noise: View,
    // W without noise, where the noise does not stay; no rows where it does.
    clean: View,
    forces: View,
    learning_rate: u32,
    noise_sd: u32,
    // While both are 0 the signal's part is the whole; NONE where something else is in the update.
    rate: u32,
    l1: u32,
    // Metric of what the noise did to |W|^2.
    noise_change: u32,
    // Invocations of a row.
    lanes: u32,
    _pad0: u32,
    _pad1: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

// A number as it is, or with its exponent beside it where products with it could leave the range of f32.
fn wide_of(x: f32) -> Wide {
    let exponent = exponent_of(x);
    if exponent == -127 || (exponent >= -40 && exponent <= 20) {
        return Wide(x, 0);
    }
    return Wide(times_power(x, -exponent), exponent);
}

fn negative(a: Wide) -> Wide {
    return Wide(-a.value, a.exponent);
}

// Sum `place` of a row, whose operands have their exponents at `i` and `j`.
fn row_sum(at: u32, place: u32, i: u32, j: u32) -> Wide {
    return Wide(arena[at + place], i32(arena[at + i]) + i32(arena[at + j]));
}

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    let lanes = params.lanes;
    if !has_rows(group.x, lanes, params.weights.y) {
        return;
    }
    let replica = group.z;
    let place = row_of(group.x, lane, lanes, params.weights.y, params.weights.z);
    let row = place.row;
    let has_share = params.decay_share.y != 0u;
    let signal_only = !has_share && params.rate != NONE && value_of(params.rate, replica) == 0.0
        && value_of(params.l1, replica) == 0.0;
    let has_noise = value_of(params.noise_sd, replica) != 0.0;
    let passes = has_noise && params.clean.y != 0u;
    let stays = has_noise && params.clean.y == 0u;
    let u0 = row_at(params.update, replica, row);
    let e0 = row_at(params.noise, replica, row);
    var w0 = row_at(params.weights, replica, row);
    if passes {
        w0 = row_at(params.clean, replica, row);
    }
    var x0 = row_at(params.signal, replica, row);
    if has_share {
        x0 = row_at(params.decay_share, replica, row);
    } else if signal_only {
        x0 = u0;
    }
    let starts = vec4(w0, u0, x0, e0);
    // <W,u>, <W,x>, <eps,eps>, <eps,W> and <eps,u>, <eps,x>, with W before a noise that passes.
    var a = vec4(0.0);
    var b = vec4(0.0);
    // Without noise and without a share of the decay's own, all is in the row sums.
    let has_own = stays || passes || has_share;
    if has_own {
        for (var i = place.own; i < place.columns; i += lanes) {
            let v = row_values(starts, stays, i);
            a += vec4(v.x * v.y, v.x * v.z, v.w * v.w, v.w * v.x);
            b += vec4(v.w * v.y, v.w * v.z, 0.0, 0.0);
        }
        a = sum_segment(a, lane, lanes);
        b = sum_segment(b, lane, lanes);
    }
    // Of W, u, x and eps.
    var exponents = vec4(0);
    let lost = loses_digits(a) & vec4(passes, passes || stays || has_share, stays, stays);
    let lost_too = loses_digits(b) & vec4(stays, stays, false, false);
    let has_lost = any(lost) || any(lost_too);
    if has_own && agreed_by_any(place.exists && has_lost, lane) {
        var top = vec4(-127);
        for (var i = place.own; i < place.columns; i += lanes) {
            top = max(top, exponents_of(row_values(starts, stays, i)));
        }
        // All 0 for a row that has its digits, whose sums come out as they were.
        exponents = scales_of(top_segment(top, lane, lanes), vec4(has_lost));
        let by = powers(-exponents);
        a = vec4(0.0);
        b = vec4(0.0);
        for (var i = place.own; i < place.columns; i += lanes) {
            let v = row_values(starts, stays, i) * by;
            a += vec4(v.x * v.y, v.x * v.z, v.w * v.w, v.w * v.x);
            b += vec4(v.w * v.y, v.w * v.z, 0.0, 0.0);
        }
        a = sum_segment(a, lane, lanes);
        b = sum_segment(b, lane, lanes);
    }
    if place.own != 0u || !place.exists {
        return;
    }
    let sums = row_at(params.row_sums, replica, row);
    let uu = row_sum(sums, 3u, 11u, 11u);
    // What the row sums know already is taken from there, so that both stand for the same rounding.
    var wu = Wide(a.x, exponents.x + exponents.y);
    var wx = Wide(a.y, exponents.x + exponents.z);
    let ee = Wide(a.z, 2 * exponents.w);
    let ew = Wide(a.w, exponents.w + exponents.x);
    let eu = Wide(b.x, exponents.w + exponents.y);
    let ex = Wide(b.y, exponents.w + exponents.z);
    if !passes {
        wu = row_sum(sums, 7u, 12u, 11u);
        if !stays && !has_share {
            wx = row_sum(sums, 6u, 12u, 9u);
            if signal_only {
                wx = wu;
            }
        }
    }
    var of_signal = wu;
    var of_decay = Wide(0.0, 0);
    if stays {
        wu = wide_sum(wu, negative(eu));
        wx = wide_sum(wx, negative(ex));
    }
    if has_share {
        of_signal = wide_sum(wu, negative(wx));
        of_decay = wx;
    } else if signal_only {
        of_signal = wu;
    } else {
        of_signal = wide_product(wide_of(value_of(params.learning_rate, replica)), wx);
        of_decay = wide_sum(wu, negative(of_signal));
    }
    var of_noise = Wide(0.0, 0);
    var square = uu;
    if stays {
        of_noise = wide_sum(ew, negative(ee));
        square = wide_sum(wide_sum(uu, Wide(2.0 * eu.value, eu.exponent)), ee);
    }
    keep_forces(row_at(params.forces, replica, row), array<Wide, 4>(of_signal, of_decay, of_noise, square));
    if row == 0u && !stays {
        metrics[replica * METRICS + params.noise_change] = 0.0;
    }
}

// Elements of W, u, x and, where it stays, eps.
fn row_values(starts: vec4<u32>, stays: bool, i: u32) -> vec4<f32> {
    var e = 0.0;
    if stays {
        e = arena[starts.w + i];
    }
    return vec4(arena[starts.x + i], arena[starts.y + i], arena[starts.z + i], e);
}

// Writes the forces of a row and the exponent that they share: 0, or that of the largest where it is beyond f32.
fn keep_forces(to: u32, forces: array<Wide, 4>) {
    var values = forces;
    var top = -1024;
    for (var i = 0u; i < 4u; i++) {
        let exponent = exponent_of(values[i].value);
        if exponent != -127 {
            top = max(top, exponent + values[i].exponent);
        }
    }
    let is_held = top == -1024 || (top >= LEAST_EXPONENT && top <= LARGEST_EXPONENT);
    let raised = select(top, 0, is_held);
    for (var i = 0u; i < 4u; i++) {
        arena[to + i] = narrow(Wide(values[i].value, values[i].exponent - raised));
    }
    arena[to + 4u] = f32(raised);
}

// A token's row of a table of so many. Batches hold whole numbers below them; what somebody else writes there may not.
fn word(token: f32, rows: u32) -> u32 {
    // A NaN is no more than 0.
    return select(0u, min(u32(min(token, f32(rows))), rows - 1u), token > 0.0);
}

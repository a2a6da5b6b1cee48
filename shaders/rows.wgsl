// Sums over rows, several of them a workgroup where they are short: each has a segment of `lanes` invocations.

struct Row {
    // The number of the row; another's where there are no more.
    row: u32,
    exists: bool,
    // Place within the segment.
    own: u32,
    // Columns, none of a row that does not exist.
    columns: u32,
}

// The row of an invocation of workgroup `group`.
fn row_of(group: u32, lane: u32, lanes: u32, rows: u32, columns: u32) -> Row {
    let row = group * (256u / lanes) + lane / lanes;
    return Row(min(row, rows - 1u), row < rows, lane % lanes, select(0u, columns, row < rows));
}

// Whether a workgroup has any row.
fn has_rows(group: u32, lanes: u32, rows: u32) -> bool {
    return group * (256u / lanes) < rows;
}

// What every kernel sees. Rust puts the sizes of the program before it: ARENA (elements of a replica), METRICS (numbers
// of a replica), HYPERS (hyper-parameters of a replica), NONE (no such place), and Element, what the arena consists of:
// f32, or vec4<f32> in a kernel that reads and writes nothing but whole vectors.

// What changes from step to step.
struct Step {
    // Number of the step, low and high word.
    step: vec2<u32>,
    // First word of the step's example indices.
    indices: u32,
    // First number of the step's record.
    record: u32,
    // 1 - beta1^t and 1 - beta2^t of Adam.
    corrections: vec2<f32>,
    // Measured steps in the open window.
    window_steps: f32,
    // First example and number of examples of a chunk of the validation set.
    first_example: u32,
    used_examples: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

// A matrix inside a replica: offset, rows, columns, elements from a row to the next.
alias View = vec4<u32>;

// All buffers of all replicas.
@group(0) @binding(0) var<storage, read_write> arena: array<Element>;
// Hyper-parameters, replica by replica.
@group(0) @binding(1) var<storage, read> hyper: array<f32>;
// Measured numbers, replica by replica.
@group(0) @binding(2) var<storage, read_write> metrics: array<f32>;
// Keys of random streams, places of data, example indices.
@group(0) @binding(3) var<storage, read> words: array<u32>;
@group(0) @binding(4) var<uniform> now: Step;
// Examples of all seeds.
@group(2) @binding(0) var<storage, read> example_inputs: array<u32>;
@group(2) @binding(1) var<storage, read> more_example_inputs: array<u32>;
@group(2) @binding(2) var<storage, read> example_targets: array<u32>;
// Records of measured steps, to be read by the host.
@group(2) @binding(3) var<storage, read_write> records: array<f32>;

// Place of element i, counted row by row, of a view.
fn at(view: View, replica: u32, i: u32) -> u32 {
    return replica * ARENA + view.x + i / view.z * view.w + i % view.z;
}

// Place of the first element of a row.
fn row_at(view: View, replica: u32, row: u32) -> u32 {
    return replica * ARENA + view.x + row * view.w;
}

fn value_of(slot: u32, replica: u32) -> f32 {
    return hyper[replica * HYPERS + slot];
}

// Whether a replica leaves an operation out, as the hyper-parameter that it hangs on is 0.
fn is_off(slot: u32, replica: u32) -> bool {
    return slot != NONE && value_of(slot, replica) == 0.0;
}

// The number of a workgroup along x, with the grid's rows one behind the other: where there are more workgroups than a
// device takes along one axis, the rest lies along y, and the last row may reach beyond the last one. z is kept.
fn in_line(position: vec3<u32>, grid: vec3<u32>) -> vec3<u32> {
    return vec3(position.y * grid.x + position.x, 0u, position.z);
}

// The same of an invocation, `own` in a workgroup of `size`.
fn invocation(position: vec3<u32>, grid: vec3<u32>, size: u32, own: u32) -> vec3<u32> {
    let group = in_line(position, grid);
    return vec3(group.x * size + own, 0u, group.z);
}

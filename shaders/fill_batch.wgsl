// The step's examples and targets, or a chunk of the validation set's.

struct Params {
    inputs: View,
    targets: View,
    // First word of inputs and targets of the first example; words from one data set to the next; examples of the set.
    input_base: u32,
    input_stride: u32,
    target_base: u32,
    target_stride: u32,
    // 0: numbers; 1: pixels of a byte, behind factor and offset of every column.
    input_kind: u32,
    // 0: numbers; 1: classes.
    target_kind: u32,
    // First word of the replicas' data sets.
    places: u32,
    // Whether examples follow each other, as in validation.
    in_order: u32,
    // First word of the replicas' places in the list of example orders.
    orders: u32,
    scales: u32,
    // Words of inputs in the first of two pieces.
    second_inputs: u32,
    _pad0: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

fn input_word(i: u32) -> u32 {
    if i < params.second_inputs {
        return example_inputs[i];
    }
    return more_example_inputs[i - params.second_inputs];
}

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) own: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let id = invocation(position, grid, 256u, own);
    let replica = id.z;
    let width = params.inputs.z + params.targets.z;
    let row = id.x / width;
    let column = id.x % width;
    if row >= params.inputs.y {
        return;
    }
    let place = words[params.places + replica];
    var example = 0u;
    if params.in_order != 0u {
        // Rows beyond the last example repeat it; they are not counted.
        example = now.first_example + min(row, now.used_examples - 1u);
    } else {
        let order = words[params.orders + replica];
        example = words[now.indices + order * params.inputs.y + row];
    }
    if column < params.inputs.z {
        let base = params.input_base + place * params.input_stride;
        let i = example * params.inputs.z + column;
        var value = 0.0;
        if params.input_kind == 0u {
            value = bitcast<f32>(input_word(base + i));
        } else {
            let pixel = f32(input_word(base + i / 4u) >> (i % 4u * 8u) & 255u);
            let scale = params.scales + column;
            let factor = bitcast<f32>(input_word(scale));
            value = pixel * factor + bitcast<f32>(input_word(scale + params.inputs.z));
        }
        arena[row_at(params.inputs, replica, row) + column] = value;
        return;
    }
    let output = column - params.inputs.z;
    let base = params.target_base + place * params.target_stride;
    var value = 0.0;
    if params.target_kind == 0u {
        value = bitcast<f32>(example_targets[base + example * params.targets.z + output]);
    } else {
        value = f32(example_targets[base + example] == output);
    }
    arena[row_at(params.targets, replica, row) + output] = value;
}

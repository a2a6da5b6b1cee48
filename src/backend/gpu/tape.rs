//! Tapes as kernels: one invocation an element.

use std::fmt::Write as _;
use std::sync::Arc;

use super::kernel::Kernel;
use super::params::{GpuView, MOST_OPERANDS};
use crate::expression::{Tape, wgsl};
use crate::program::Source;

/// What a tape's operand is the same along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Matrix,
    Row,
    Column,
    Single,
    Slot,
}

/// A tape with the kinds of its operands. Their places are parameters, but for those of very many, which are part of it.
#[derive(Clone, Debug, PartialEq)]
pub struct TapeKernel {
    tape: Arc<Tape>,
    kinds: Vec<Kind>,
    fixed: Vec<GpuView>,
}

impl TapeKernel {
    /// The kernel of a tape over operands that lie at `places`.
    #[must_use]
    pub fn new(tape: Arc<Tape>, operands: &[Source], places: &[GpuView]) -> Self {
        let kind = |operand: &Source| match operand {
            Source::Matrix(_) => Kind::Matrix,
            Source::Row(_) => Kind::Row,
            Source::Column(_) => Kind::Column,
            Source::Single(_) => Kind::Single,
            Source::Slot(_) => Kind::Slot,
        };
        let fixed = places.get(MOST_OPERANDS..).unwrap_or_default().to_vec();
        Self { tape, kinds: operands.iter().map(kind).collect(), fixed }
    }

    /// Its text, behind the prelude.
    #[must_use]
    pub fn source(&self) -> String {
        let mut text = String::from(wgsl::PRELUDE);
        text.push_str(HEAD);
        // Writing to a string does not fail.
        for (place, view) in self.fixed.iter().enumerate() {
            let [offset, rows, columns, stride] = view;
            let place = MOST_OPERANDS + place;
            let _ = writeln!(text, "const OPERAND_{place} = vec4({offset}u, {rows}u, {columns}u, {stride}u);");
        }
        let operand = |(place, kind): (usize, &Kind)| {
            let view =
                if place < MOST_OPERANDS { format!("params.operands[{place}]") } else { format!("OPERAND_{place}") };
            match kind {
                Kind::Matrix => format!("arena[at({view}, replica, i)]"),
                Kind::Row => format!("arena[replica * ARENA + {view}.x + i % params.to.z]"),
                Kind::Column => format!("arena[replica * ARENA + {view}.x + i / params.to.z]"),
                Kind::Single => format!("arena[replica * ARENA + {view}.x]"),
                Kind::Slot => format!("value_of({view}.x, replica)"),
            }
        };
        let operands: Vec<String> = self.kinds.iter().enumerate().map(operand).collect();
        let body = wgsl::body(&self.tape, &operands);
        let _ = write!(text, "fn tape(replica: u32, i: u32) -> f32 {{\n{body}}}\n{MAIN}");
        text
    }

    /// Kernels of every kind of operand, and of more operands than are parameters, for the test of all shaders.
    #[must_use]
    pub fn samples() -> Vec<Kernel> {
        let view =
            crate::program::View { buffer: crate::program::BufferId(0), offset: 0, rows: 2, columns: 2, row_stride: 2 };
        let kinds = [
            Source::Matrix(view),
            Source::Row(view),
            Source::Column(view),
            Source::Single(view),
            Source::Slot(crate::program::Slot::Dropout),
        ];
        let few = Tape::elementwise("tanh(a) + b * c - exp(d) / e^0.3", &["a", "b", "c", "d", "e"]);
        let names: Vec<String> = (0..MOST_OPERANDS + 3).map(|place| format!("x{place}")).collect();
        let sum = names.join(" + ");
        let many = Tape::elementwise(&sum, &names.iter().map(String::as_str).collect::<Vec<_>>());
        let all: Vec<Source> = names.iter().enumerate().map(|(place, _)| kinds[place % kinds.len()]).collect();
        [(few, kinds.to_vec()), (many, all)]
            .map(|(tape, operands)| {
                let places = vec![[0; 4]; operands.len()];
                Kernel::Tape(Self::new(Arc::new(tape), &operands, &places))
            })
            .to_vec()
    }
}

const HEAD: &str = "
struct Params {
    to: View,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
    operands: array<vec4<u32>, 14>,
}

@group(1) @binding(0) var<uniform> params: Params;
";

const MAIN: &str = "
@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) own: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let id = invocation(position, grid, 256u, own);
    let replica = id.z;
    if id.x < params.to.y * params.to.z && !is_off(params.unless_zero, replica) {
        arena[at(params.to, replica, id.x)] = tape(replica, id.x);
    }
}
";

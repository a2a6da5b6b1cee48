//! A network as dots and lines, as data: what a window draws and a figure shows.

use super::exhibit::CsvTable;

/// Neurons in columns, and connections between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkDrawing {
    /// Heading; may be empty.
    pub title: String,
    /// What pushes the weights, within a sentence: 'learning signal'.
    pub quantity: String,
    /// Its symbol.
    pub symbol: String,
    /// Columns in forward order.
    pub columns: Vec<NetworkColumn>,
    /// Connections that are shown, weaker ones first.
    pub connections: Vec<Connection>,
    /// How many there are altogether where columns are connected.
    pub all_connections: u64,
    /// The unit that was picked: column and unit, counted from 0.
    pub picked: Option<(usize, usize)>,
}

/// Units beside each other in a network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkColumn {
    /// 'Layer 2', 'Inputs'.
    pub title: String,
    /// What a unit is: 'neuron', 'channel', 'input'.
    pub unit: String,
    /// How many there are.
    pub units: usize,
    /// Cosine of each unit's row of the quantity with its row of the Hebbian update (eq. 10 of one post-synaptic neuron); NaN where
    /// it is undefined. `None` where nothing is known of the units, as of inputs.
    pub cosines: Option<Vec<f32>>,
    /// The same of the whole matrix.
    pub cosine: Option<f64>,
}

/// A connection between two units; of channels, the mean over all weights between them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Connection {
    /// Column of the pre-synaptic unit, and unit, counted from 0.
    pub from: (usize, usize),
    /// The same of the post-synaptic unit.
    pub to: (usize, usize),
    /// Weight; of channels, the root mean square.
    pub weight: f32,
    /// |weight| as a share of the largest one between these columns.
    pub share: f32,
    /// What pushes it.
    pub push: f32,
    /// Its Hebbian update.
    pub hebbian: f32,
    /// `push` times `hebbian`, over the product of the root mean squares of both over the matrix: the mean of it over all
    /// connections is the cosine of the matrix. Of channels, the mean over the weights between them.
    pub agreement: f32,
}

/// Width of the thinnest and of the thickest line in points, and how fast lines get thin: those that are drawn are the
/// strongest, and differ little.
const WIDTHS: [f32; 2] = [0.6, 2.4];
const THINNING: i32 = 3;
/// Opacity of a line that neither agrees nor disagrees, and of one that could not agree more.
const OPACITY: [f32; 2] = [0.12, 0.9];
/// Small values are many, and are seen by this: their colour is that of the value raised to it.
const LIFT: f32 = 0.6;

impl Connection {
    /// Width of its line in points.
    #[must_use]
    pub fn width(&self) -> f32 {
        WIDTHS[0] + (WIDTHS[1] - WIDTHS[0]) * self.share.powi(THINNING)
    }

    /// Whether it is pushed against Hebb's rule, and its line dashed.
    #[must_use]
    pub fn is_against(&self) -> bool {
        self.agreement < 0.0
    }
}

/// Opacity of the line of a connection by its agreement: fainter the less it says.
#[must_use]
pub fn line_opacity(agreement: f32) -> f32 {
    let size = agreement.abs().min(1.0);
    if agreement.is_nan() { 2.0 * OPACITY[0] } else { OPACITY[0] + (OPACITY[1] - OPACITY[0]) * size }
}

/// The value whose colour stands for a cosine or an agreement.
#[must_use]
pub fn lifted(value: f32) -> f32 {
    if value == 0.0 { 0.0 } else { value.signum() * value.abs().min(1.0).powf(LIFT) }
}

impl NetworkDrawing {
    pub(super) fn inconsistency(&self) -> Option<String> {
        let wrong = self.columns.iter().find_map(|column| {
            let cosines = column.cosines.as_ref().map(Vec::len).filter(|count| *count != column.units)?;
            Some(format!("{cosines} cosines for {} units of '{}'", column.units, column.title))
        });
        let is_there = |(column, unit): (usize, usize)| self.columns.get(column).is_some_and(|c| unit < c.units);
        let ends = self.connections.iter().flat_map(|one| [one.from, one.to]).chain(self.picked);
        let stray = ends.into_iter().find(|end| !is_there(*end));
        wrong.or_else(|| stray.map(|(column, unit)| format!("there is no unit {unit} in column {column}")))
    }

    /// Neurons and connections as CSV.
    pub(super) fn tables(&self) -> [CsvTable; 2] {
        let single = |value: f32| if value.is_nan() { String::new() } else { format!("{value:?}") };
        let number = |unit: usize| (unit + 1).to_string();
        let mut neurons = vec![vec!["layer".to_owned(), "neuron".to_owned(), "cosine".to_owned()]];
        for column in &self.columns {
            for (unit, cosine) in column.cosines.iter().flatten().enumerate() {
                neurons.push(vec![column.title.clone(), number(unit), single(*cosine)]);
            }
        }
        let heads = ["from_layer", "from", "to_layer", "to", "weight", &self.quantity, "Hebbian update", "agreement"];
        let mut connections = vec![heads.map(ToOwned::to_owned).to_vec()];
        let title = |column: usize| self.columns.get(column).map_or_else(String::new, |column| column.title.clone());
        connections.extend(self.connections.iter().map(|one| {
            vec![
                title(one.from.0),
                number(one.from.1),
                title(one.to.0),
                number(one.to.1),
                single(one.weight),
                single(one.push),
                single(one.hebbian),
                single(one.agreement),
            ]
        }));
        let table = |part: &str, rows: &[Vec<String>]| CsvTable {
            part: part.to_owned(),
            text: super::exhibit_csv::block(rows),
        };
        [table("neurons", &neurons), table("connections", &connections)]
    }
}

//! The chip and what of it is in use, as a map: synapses above and below the two rows of
//! neurons, beside them the drivers that drive the rows, and bars for everything else.

use crate::display::{Bundle, Rich};
use crate::plt::drawn;
use crate::usage::{BLOCKS, Map, SYNAPSES_OF_BLOCK, losses, map, resources};
use crate::{Resource, Usage};
use hx_figure::{Align, Color, Drawing, FigureError};
use hx_geometry::{COLUMNS, column, hemisphere};

impl Rich for Usage {
    fn bundle(&self) -> Bundle {
        // What is no picture is still a table.
        match draw(self) {
            Ok(drawing) => drawn(&drawing, self.to_string()),
            Err(_) => Bundle::text(self.to_string()),
        }
    }
}

/// Width of the picture.
const WIDTH: u32 = 680;
/// Left edge and width of the arrays of synapses and the rows of neurons. A column is
/// three device pixels wide.
const LEFT: f64 = 88.0;
const ACROSS: f64 = 384.0;
const COLUMN: f64 = ACROSS / COLUMNS as f64;
/// Height of an array: blocks of four rows are whole pixels high, or they would seem unlike.
const ARRAY: f64 = 192.0;
/// Upper edges: of the upper array, the two rows of neurons, and the lower array.
const UPPER: f64 = 12.0;
const NEURONS: [f64; 2] = [UPPER + ARRAY + 11.0, UPPER + ARRAY + 26.0];
const NEURON: f64 = 12.0;
const LOWER: f64 = NEURONS[1] + NEURON + 11.0;
/// Where the numbers of the columns and the bars of the resources are.
const TICKS: f64 = LOWER + ARRAY + 14.0;
const COLUMN_LABEL: f64 = TICKS + 17.0;
const LEGEND: f64 = COLUMN_LABEL + 25.0;
const BARS: f64 = LEGEND + 20.0;
/// Left edges of the two columns of resources, and what they consist of: name, bar, numbers.
const RESOURCES: [f64; 2] = [14.0, 352.0];
const NAME: f64 = 128.0;
const BAR: f64 = 72.0;
const LINE: f64 = 19.0;

/// Sizes of text, as in figures.
const SMALL: f64 = 10.5;
const NORMAL: f64 = 11.5;

const EXCITATORY: Color = Color::rgb(0xd6, 0x27, 0x28);
const INHIBITORY: Color = Color::rgb(0x1f, 0x77, 0xb4);
const CIRCUIT: Color = Color::rgb(0x2c, 0xa0, 0x2c);
const EMPTY: Color = Color::gray(0xf2);
const EDGE: Color = Color::gray(0xb0);
const FILLED: Color = Color::gray(0x5a);

fn draw(usage: &Usage) -> Result<Drawing, FigureError> {
    let losses = losses(usage);
    let lines = 4 + losses.len();
    let mut drawing = Drawing::new(WIDTH, (BARS + LINE * lines as f64 + 2.0) as u32);
    let map = map(usage);
    draw_synapses(&mut drawing, map)?;
    draw_neurons(&mut drawing, map)?;
    draw_columns(&mut drawing);
    let halves = [(UPPER, "upper"), (LOWER, "lower")];
    for ((top, half), drivers) in halves.into_iter().zip(&usage.drivers_per_bus) {
        draw_drivers(&mut drawing, top, half, drivers);
    }
    draw_legend(&mut drawing);
    for (index, (name, resource)) in resources(usage).into_iter().enumerate() {
        let (left, line) = (RESOURCES[index / 4], BARS + LINE * (index % 4) as f64);
        drawing.text((left, line + 9.0), SMALL, Align::Left, Color::BLACK, name);
        bar(&mut drawing, (left + NAME, line), BAR, resource);
    }
    for (index, loss) in losses.iter().enumerate() {
        let line = BARS + LINE * (4 + index) as f64;
        let at = (RESOURCES[0], line + 9.0);
        drawing.text(at, SMALL, Align::Left, EXCITATORY, loss);
    }
    Ok(drawing)
}

/// Both arrays; their rows are counted from the neurons outwards.
fn draw_synapses(drawing: &mut Drawing, map: &Map) -> Result<(), FigureError> {
    let (upper, lower) = map.blocks.split_at(BLOCKS * BLOCKS);
    let upper = upper.chunks(BLOCKS).rev().flatten().copied().collect();
    let halves: [(f64, Vec<[u16; 2]>); 2] = [(UPPER, upper), (LOWER, lower.to_vec())];
    for (top, blocks) in halves {
        let pixels: Vec<Color> = blocks.into_iter().map(color_of_block).collect();
        drawing.pixels([LEFT, top, ACROSS, ARRAY], BLOCKS, &pixels)?;
        drawing.outline([LEFT - 1.0, top - 1.0, ACROSS + 2.0, ARRAY + 2.0], EDGE);
        let middle = top + ARRAY / 2.0;
        drawing.text_upwards(
            (44.0, middle),
            NORMAL,
            Align::Center,
            Color::BLACK,
            "synapse row",
        );
        // Rows 0 and 255, near the neurons and far from them.
        let (near, far) = (top + ARRAY, top + 8.0);
        let (first, last) = if top < LOWER {
            (near, far)
        } else {
            (far, near)
        };
        for (y, row) in [(first, "0"), (last, "255")] {
            drawing.text((LEFT - 6.0, y), SMALL, Align::Right, Color::BLACK, row);
        }
    }
    Ok(())
}

/// Any synapse can be seen; the more of a block are in use, the darker it is.
fn color_of_block([excitatory, inhibitory]: [u16; 2]) -> Color {
    let used = f64::from(excitatory) + f64::from(inhibitory);
    if used == 0.0 {
        return EMPTY;
    }
    let full = mixed(INHIBITORY, EXCITATORY, f64::from(excitatory) / used);
    mixed(EMPTY, full, 0.4 + 0.6 * used / SYNAPSES_OF_BLOCK as f64)
}

fn mixed(from: Color, to: Color, part: f64) -> Color {
    let channel = |from: u8, to: u8| {
        (f64::from(from) + (f64::from(to) - f64::from(from)) * part).round() as u8
    };
    Color::rgb(
        channel(from.red, to.red),
        channel(from.green, to.green),
        channel(from.blue, to.blue),
    )
}

/// The circuits in use, and arrows at those whose membranes are digitised.
fn draw_neurons(drawing: &mut Drawing, map: &Map) -> Result<(), FigureError> {
    for (row, top) in NEURONS.into_iter().enumerate() {
        let mut pixels = vec![EMPTY; COLUMNS];
        for position in map.neurons.iter().filter(|it| hemisphere(**it) == row) {
            pixels[column(*position)] = CIRCUIT;
        }
        drawing.pixels([LEFT, top, ACROSS, NEURON], COLUMNS, &pixels)?;
        drawing.outline([LEFT - 1.0, top - 1.0, ACROSS + 2.0, NEURON + 2.0], EDGE);
        let label = ["neuron row 0", "neuron row 1"][row];
        drawing.text(
            (LEFT - 6.0, top + 10.0),
            SMALL,
            Align::Right,
            Color::BLACK,
            label,
        );
    }
    for position in &map.digitised {
        let x = LEFT + (column(*position) as f64 + 0.5) * COLUMN;
        let (tip, back) = match hemisphere(*position) {
            0 => (NEURONS[0], NEURONS[0] - 7.0),
            _ => (NEURONS[1] + NEURON, NEURONS[1] + NEURON + 7.0),
        };
        arrow(drawing, x, tip, back);
    }
    Ok(())
}

fn arrow(drawing: &mut Drawing, x: f64, tip: f64, back: f64) {
    let points = [(x, tip), (x - 4.0, back), (x + 4.0, back)];
    drawing.polygon(&points, Color::BLACK);
}

fn draw_columns(drawing: &mut Drawing) {
    for column in [0, 64, 128, 192, 255] {
        let x = LEFT + (f64::from(column) + 0.5) * COLUMN;
        drawing.rectangle([(x - 0.5).round(), LOWER + ARRAY + 1.0, 1.0, 3.0], EDGE);
        let text = column.to_string();
        drawing.text((x, TICKS), SMALL, Align::Center, Color::BLACK, &text);
    }
    let center = (LEFT + ACROSS / 2.0, COLUMN_LABEL);
    drawing.text(center, NORMAL, Align::Center, Color::BLACK, "column");
}

/// The bars of the four buses, beside the array whose rows they drive.
fn draw_drivers(drawing: &mut Drawing, top: f64, half: &str, drivers: &[Resource; 4]) {
    let heading = format!("synapse drivers, {half} half");
    let left = LEFT + ACROSS + 20.0;
    let first = top + ARRAY / 2.0 - 2.0 * LINE;
    drawing.text(
        (left, first - 6.0),
        NORMAL,
        Align::Left,
        Color::BLACK,
        &heading,
    );
    for (bus, drivers) in drivers.iter().enumerate() {
        let line = first + 6.0 + LINE * bus as f64;
        let text = format!("PADI bus {bus}");
        drawing.text((left, line + 9.0), SMALL, Align::Left, Color::BLACK, &text);
        bar(drawing, (left + 66.0, line), 44.0, *drivers);
    }
}

/// A bar as long as the part of the resource that is in use, and the numbers.
fn bar(drawing: &mut Drawing, (left, top): (f64, f64), width: f64, resource: Resource) {
    let Resource { used, available } = resource;
    drawing.rectangle([left, top, width, 10.0], Color::gray(0xe4));
    if used > 0 {
        // However little it is, it is not nothing.
        let part = used as f64 / available.max(1) as f64;
        drawing.rectangle([left, top, (width * part).max(1.5), 10.0], FILLED);
    }
    let text = resource.to_string();
    let at = (left + width + 6.0, top + 9.0);
    drawing.text(at, SMALL, Align::Left, Color::BLACK, &text);
}

fn draw_legend(drawing: &mut Drawing) {
    let mut left = LEFT;
    for (color, text) in [
        (EXCITATORY, "excitatory"),
        (INHIBITORY, "inhibitory"),
        // Rows of both kinds can lie too close to be told apart.
        (mixed(INHIBITORY, EXCITATORY, 0.5), "both"),
        (CIRCUIT, "neuron in use"),
    ] {
        drawing.rectangle([left, LEGEND - 9.0, 10.0, 10.0], color);
        left = legend_text(drawing, left + 15.0, text);
    }
    arrow(drawing, left + 5.0, LEGEND - 1.0, LEGEND - 8.0);
    legend_text(drawing, left + 15.0, "digitised by the MADC");
}

/// Where the next entry begins.
fn legend_text(drawing: &mut Drawing, left: f64, text: &str) -> f64 {
    drawing.text((left, LEGEND), SMALL, Align::Left, Color::BLACK, text);
    left + Drawing::text_width(text, SMALL) + 18.0
}

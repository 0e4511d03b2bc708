"""Pictures that cells draw or read themselves, with crates that are there without a `:dep`:
plotters and image.
"""

import base64
import re
import struct
from pathlib import Path

import pytest

from kernel_session import KernelSession

DECAY = """
use plotters::coord::Shift;
use plotters::prelude::*;
let root: DrawingArea<Canvas, Shift> = Canvas::new((480, 300)).into_drawing_area();
{
    let mut chart = ChartBuilder::on(&root).caption("Decay", ("sans-serif", 18)).margin(10)
        .x_label_area_size(35).y_label_area_size(45).build_cartesian_2d(0.0..10.0, (1.0..1000.0).log_scale())?;
    chart.configure_mesh().x_desc("time [ms]").draw()?;
    let decay = (0..100).map(|step| f64::from(step) / 10.0);
    chart.draw_series(LineSeries::new(decay.map(|t| (t, 900.0 * (-t / 2.0).exp())), &BLUE))?;
}
root
"""

SPOT = """
use image::{GrayImage, Luma};
let spot: GrayImage = GrayImage::from_fn(64, 32, |x, y| Luma([(x * 4) as u8 ^ (y * 8) as u8]));
"""


def size(png: str) -> tuple:
    return struct.unpack(">II", base64.b64decode(png)[16:24])


def test_the_examples_of_the_page_on_plotters_run(
    kernel: KernelSession, repository: Path, tmp_path: Path
) -> None:
    # One of them writes a file.
    kernel.succeed(f'std::env::set_current_dir("{tmp_path}")?;')
    page = (repository / "docs" / "plotters.md").read_text(encoding="utf-8")
    examples = re.findall(r"```rust\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 4
    for example in examples:
        (shown,) = kernel.succeed(example).displays[-1:]
        data = shown.content["data"]
        assert set(data) & {"image/svg+xml", "image/png"}, example


def test_a_drawing_area_shows_its_picture(kernel: KernelSession) -> None:
    (value,) = kernel.succeed(DECAY).displays
    svg = value.content["data"]["image/svg+xml"]
    assert "Decay" in svg and "time [ms]" in svg


def test_a_picture_as_a_value_shows_itself(kernel: KernelSession) -> None:
    (value,) = kernel.succeed(SPOT + "spot").displays
    data = value.content["data"]
    assert set(data) == {"image/png", "text/plain"}
    assert size(data["image/png"]) == (64, 32)
    assert data["text/plain"] == "<a picture of 64 x 32 pixels>"


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp"])
def test_pictures_are_written_and_read(
    kernel: KernelSession, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"spot.{ending}"
    code = f'plt::imsave("{path}", &spot)?; let read = plt::imread("{path}")?; plt::imshow(&read); read'
    outputs = kernel.succeed(SPOT + code).displays
    kinds = [set(output.content["data"]) for output in outputs]
    assert {"image/png", "text/plain"} in kinds, "the value"
    assert any("image/svg+xml" in kind for kind in kinds), "the axes"


def test_a_file_that_is_no_picture_is_named(
    kernel: KernelSession, tmp_path: Path
) -> None:
    path = tmp_path / "notes.png"
    path.write_text("no picture", encoding="utf-8")
    result = kernel.run(f'plt::imread("{path}")?;')
    assert result.status == "error"
    assert str(path) in result.reply["evalue"]


def test_axes_have_the_vocabulary_of_pyplot(kernel: KernelSession) -> None:
    code = """
    plt::semilogy([1, 2, 3], [1, 10, 100]).label("counts");
    plt::fill_between([1, 2, 3], [0.5, 5.0, 50.0], [2, 20, 200]).alpha(0.3);
    plt::errorbar([1, 2, 3], [2, 20, 200], [1, 10, 100]).capsize(4);
    plt::axvspan(1.5, 2.0).color("0.8");
    plt::grid(true);
    plt::twinx();
    plt::bar([1, 2, 3], [4, 5, 6]).width(0.2).label("bars");
    plt::ylabel("second");
    plt::legend();
    """
    (value,) = kernel.succeed(code).displays
    svg = value.content["data"]["image/svg+xml"]
    for text in [">10²<", ">second<", ">counts<", ">bars<"]:
        assert text in svg

"""A session in which there is something to complete and to explain."""

from typing import Iterator

import pytest

from kernel_session import KernelSession

SETTING = """
use pynn::cells::{CalibHXNeuronCuba, HXNeuron};
/// A point in the plane.
struct Point { x: i32, y: i32 }
impl Point { fn mirrored(&self) -> Point { Point { x: self.y, y: self.x } } }
/// Twice as much.
fn double(number: i32) -> i32 { 2 * number }
let point = Point { x: 1, y: double(1) };
let numbers = vec![1, 2, 3];
let pop = pynn::Population::new(1, HXNeuron::new())?;
let calibrated = pynn::Population::new(2, CalibHXNeuronCuba::new())?;
let noise = pynn::Population::new(3, pynn::cells::SpikeSourcePoisson::new(1e4))?;
"""


@pytest.fixture(scope="module", autouse=True)
def setting(kernel: KernelSession) -> Iterator[None]:
    kernel.succeed(SETTING)
    yield

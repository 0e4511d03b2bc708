"""Rich display: which formats each type shows itself in, and how displays of a
cell are shown, changed and cleared.
"""

import base64
import html
import re
from typing import Iterator, Set

import pytest

from kernel_session import KernelSession

NETWORK = """
let pop = pynn::Population::new(2, pynn::cells::HXNeuron::new().leak_v_leak(1000).threshold_enable(true))?;
let src = pynn::Population::new(3, pynn::cells::SpikeSourceArray::new([0.01, 0.02]))?;
let synapse = pynn::synapses::StaticSynapse::new(63);
let proj = pynn::Projection::new(&src, &pop, pynn::AllToAllConnector::new(), synapse, "excitatory")?;
pop.record("spikes")?;
pop.view(0)?.record("v")?;
pynn::run(0.05)?;
let data = pop.get_data(["spikes", "v"])?;
"""

PICTURE = {"image/svg+xml", "text/plain"}
TABLE = {"text/html", "text/plain"}

RICH_VALUES = {
    "data.segments[0].spiketrains[0].clone()": PICTURE,
    "data.segments[0].spiketrains.clone()": PICTURE,
    "data.segments[0].spiketrains.to_vec()": PICTURE,
    'pop.signal("v")?': PICTURE,
    "data.segments[0].irregularlysampledsignals.clone()": PICTURE,
    "data.segments[0].clone()": PICTURE,
    'pop.get_data("spikes")?': PICTURE,
    "pop.clone()": TABLE,
    "pop.view([1])?": TABLE,
    "proj.clone()": TABLE,
    "pop.physical()?": TABLE,
    'proj.get("weight")?': PICTURE,
    "plt::figure()": PICTURE,
    'Html("<b>x</b>")': TABLE,
    'Markdown("**x**")': {"text/markdown", "text/plain"},
    'Latex("$x$")': {"text/latex", "text/plain"},
    'Svg("<svg xmlns=\\"http://www.w3.org/2000/svg\\"/>")': PICTURE,
    "Png(vec![137u8, 80, 78, 71])": {"image/png", "text/plain"},
    "Json([1, 2])": {"application/json", "text/plain"},
}


@pytest.fixture(scope="module", autouse=True)
def network(kernel: KernelSession) -> Iterator[None]:
    kernel.succeed(NETWORK)
    yield


@pytest.mark.parametrize("expression", RICH_VALUES)
def test_a_rich_value_has_its_formats(kernel: KernelSession, expression: str) -> None:
    formats: Set[str] = RICH_VALUES[expression]
    result = kernel.succeed(f"display(&{expression})?;\n{expression}")
    shown, value = result.displays
    assert (shown.kind, value.kind) == ("display_data", "execute_result")
    assert set(shown.content["data"]) == set(value.content["data"]) == formats
    assert value.content["execution_count"] == result.reply["execution_count"]
    for data in (shown.content["data"], value.content["data"]):
        assert isinstance(data["text/plain"], str) and data["text/plain"]
        assert data.get("image/svg+xml", "<svg").startswith("<svg")


def test_media_are_their_content(kernel: KernelSession) -> None:
    code = 'display(&Html("<i>h</i>"))?; display(&Png(vec![1u8, 2, 255]))?; display(&Json([1, 2]))?;'
    markup, png, json = [
        output.content["data"] for output in kernel.succeed(code).displays
    ]
    assert markup["text/html"] == "<i>h</i>"
    assert base64.b64decode(png["image/png"]) == bytes([1, 2, 255])
    assert json["application/json"] == [1, 2]


def test_plots_are_png_when_asked_for(kernel: KernelSession) -> None:
    code = 'plt::format("png")?; plt::plot([1, 2], [3, 4]); plt::show()?; plt::format("svg")?;'
    [shown] = kernel.succeed(code).displays
    picture = base64.b64decode(shown.content["data"]["image/png"])
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    # Drawn finer than it is shown.
    width = int.from_bytes(picture[16:20], "big")
    assert width == 2 * shown.content["metadata"]["image/png"]["width"]


def test_a_plot_nobody_shows_is_shown_at_the_end_of_the_cell(
    kernel: KernelSession,
) -> None:
    result = kernel.succeed('plt::plot([1, 2], [3, 4]);\nprintln!("plotted");')
    assert result.kinds() == ["execute_input", "stream", "display_data"]


@pytest.mark.parametrize(
    "expression, text",
    [
        ("1 + 1", "2"),
        ('"text"', '"text"'),
        ("vec![Some(1), None]", "[Some(1), None]"),
        ("(1, 'x')", "(1, 'x')"),
        ("Ok::<i32, pynn::Error>(5)", "5"),
    ],
)
def test_a_plain_value_shows_its_debug_text(
    kernel: KernelSession, expression: str, text: str
) -> None:
    assert kernel.succeed(expression).value == text


@pytest.mark.parametrize(
    "code", ["let one = 1;", "1;", "()", "for _ in 0..2 {}", "", "// no code"]
)
def test_a_cell_without_a_value_shows_none(kernel: KernelSession, code: str) -> None:
    assert kernel.succeed(code).kinds() == ["execute_input"]


def test_a_type_of_the_user_can_be_rich(kernel: KernelSession) -> None:
    kernel.succeed("""
        use pynn::display::{Bundle, Rich};
        struct Temperature(f64);
        impl Rich for Temperature {
            fn bundle(&self) -> Bundle {
                Bundle::text(format!("{} K", self.0)).html(format!("<b>{}</b> K", self.0))
            }
        }
    """)
    [value] = kernel.succeed("Temperature(3.5)").displays
    assert value.content["data"] == {"text/plain": "3.5 K", "text/html": "<b>3.5</b> K"}


def test_what_holds_rich_values_shows_them(kernel: KernelSession) -> None:
    kernel.succeed("""
        use pynn::display::{Bundle, Rich};
        struct Bold(i32);
        impl Rich for Bold {
            fn bundle(&self) -> Bundle {
                Bundle::text(format!("{}", self.0)).html(format!("<b>{}</b>", self.0))
            }
        }
    """)
    for expression, text in [
        ("vec![Bold(1), Bold(2)]", "1\n2"),
        ("[Bold(1)]", "1"),
        ("Some(Bold(1))", "1"),
        ("Box::new(Bold(1))", "1"),
        ("&&Bold(1)", "1"),
        ("Ok::<_, String>(Bold(1))", "1"),
        ("Ok::<_, String>(vec![Bold(1)])", "1"),
    ]:
        [value] = kernel.succeed(expression).displays
        assert value.content["data"]["text/plain"] == text, expression
        assert "<b>1</b>" in value.content["data"]["text/html"], expression
    assert kernel.succeed("None::<Bold>").value == "None"
    # Pictures do not become part of one page.
    [value, *_] = kernel.succeed("vec![plt::figure(), plt::figure()]").displays
    assert value.content["data"]["text/html"].count("<img src=") == 2


def test_a_type_that_displays_itself_the_way_of_evcxr_is_asked_to(
    kernel: KernelSession,
) -> None:
    kernel.succeed("""
        #[derive(Debug)]
        struct Own(i32);
        impl Own {
            pub fn evcxr_display(&self) {
                println!("called {}", self.0);
                println!("EVCXR_BEGIN_CONTENT text/html\\n<b>x</b>\\nEVCXR_END_CONTENT");
            }
        }
        let own = Own(2);
    """)
    for expression in ["Own(2)", "own", "&Own(2)"]:
        result = kernel.succeed(expression)
        assert "called 2" in result.stdout
        # Its `Debug` text is not what it wants shown.
        assert result.value != "Own(2)"


def test_a_list_of_records_is_a_table(kernel: KernelSession) -> None:
    kernel.succeed("""
        #[derive(Debug, Clone)]
        struct Point { x: f64, label: String }
        let points = vec![Point { x: -1.5, label: "<a>, }".into() }, Point { x: 2.0, label: "b".into() }];
    """)
    text = 'Point { x: -1.5, label: "<a>, }" }'
    for expression in ["points.clone()", "Ok::<_, String>(points.clone())"]:
        [value] = kernel.succeed(expression).displays
        data = value.content["data"]
        assert set(data) == TABLE
        assert text in data["text/plain"]
        cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", data["text/html"])
        assert [html.unescape(cell) for cell in cells] == [
            *("", "x", "label"),
            *("0", "-1.5", '"<a>, }"'),
            *("1", "2.0", '"b"'),
        ]
        assert "<p>Point: 2 rows × 2 columns</p>" in data["text/html"]
    # Also of what the runtime's `display` is given, and for numbers alone.
    [shown] = kernel.succeed("display(&vec![vec![1.0, 2.0]; 1000])?;").displays
    assert "1000 rows × 2 columns" in shown.content["data"]["text/html"]


def test_a_long_value_is_shown_in_lines_and_no_further_than_a_person_reads(
    kernel: KernelSession,
) -> None:
    lines = kernel.succeed("vec![0.25; 100]").value.splitlines()
    assert lines[0] == "[" and lines[-1] == "]"
    assert {len(line) <= 100 for line in lines} == {True} and len(lines) < 12
    # Neither formatted nor sent.
    value = kernel.succeed("vec![0.0; 100_000_000]").value
    assert len(value) < 12_000
    assert value.startswith("[\n    0.0, 0.0,")
    assert 'println!("{value:?}")' in value.splitlines()[-1]


def test_every_display_of_a_cell_is_shown(kernel: KernelSession) -> None:
    result = kernel.succeed(
        'for i in 0..5 { display(&Html(format!("{i}")))?; }\nHtml("5")'
    )
    shown = [output.content["data"]["text/html"] for output in result.displays]
    assert shown == ["0", "1", "2", "3", "4", "5"]


def test_a_display_can_be_changed_in_place(kernel: KernelSession) -> None:
    code = 'let bar = display_id(&Html("0 %"))?; let other = display_id(&Html("other"))?; bar.update(&Html("50 %"))?;'
    first, other, updated = kernel.succeed(code).displays
    assert (first.kind, updated.kind) == ("display_data", "update_display_data")
    display_id = first.content["transient"]["display_id"]
    assert updated.content["transient"]["display_id"] == display_id
    assert other.content["transient"]["display_id"] != display_id
    assert updated.content["data"]["text/html"] == "50 %"
    # Also from a later cell.
    [later] = kernel.succeed('bar.update(&Html("100 %"))?;').displays
    assert later.kind == "update_display_data"
    assert later.content["transient"]["display_id"] == display_id


def test_output_can_be_cleared(kernel: KernelSession) -> None:
    result = kernel.succeed(
        'print!("one"); clear_output()?; print!("two"); clear_output_when_next()?; print!("three");'
    )
    assert result.kinds() == [
        "execute_input",
        "stream",
        "clear_output",
        "stream",
        "clear_output",
        "stream",
    ]
    waits = [o.content["wait"] for o in result.outputs if o.kind == "clear_output"]
    assert waits == [False, True]

"""evcxr's own display protocol, which other crates speak."""

from kernel_session import KernelSession

SHOWS_ITSELF = """
struct Bold(&'static str);
impl Bold {
    fn evcxr_display(&self) {
        println!("EVCXR_BEGIN_CONTENT text/html\\n<b>{}</b>\\nEVCXR_END_CONTENT", self.0);
        println!("EVCXR_BEGIN_CONTENT text/plain\\n*{}*\\nEVCXR_END_CONTENT", self.0);
    }
}
"""


def test_a_value_shows_itself_in_several_formats(kernel: KernelSession) -> None:
    kernel.succeed(SHOWS_ITSELF)
    [shown] = kernel.succeed('Bold("x")').displays
    assert shown.kind == "display_data"
    assert shown.content["data"] == {"text/html": "<b>x</b>", "text/plain": "*x*"}


def test_contents_stay_where_they_were_printed(kernel: KernelSession) -> None:
    kernel.succeed(SHOWS_ITSELF)
    outputs = kernel.succeed(
        'print!("before "); Bold("1").evcxr_display(); println!("between");'
        'Bold("2").evcxr_display(); Bold("3").evcxr_display(); println!("after");'
    ).outputs
    assert outputs[0].kind == "execute_input"
    seen = [
        output.content.get("text") or output.content["data"]["text/plain"]
        for output in outputs[1:]
    ]
    assert seen == ["before ", "*1*", "between\n", "*2*", "*3*", "after\n"]


def test_json_is_json_and_large_contents_arrive_whole(kernel: KernelSession) -> None:
    [json] = kernel.succeed(
        'println!("EVCXR_BEGIN_CONTENT application/json\\n{{\\"a\\": [1]}}\\nEVCXR_END_CONTENT");'
    ).displays
    assert json.content["data"] == {"application/json": {"a": [1]}}
    [html] = kernel.succeed(
        'println!("EVCXR_BEGIN_CONTENT text/html\\n{}\\nEVCXR_END_CONTENT", "é".repeat(1_000_000));'
    ).displays
    assert html.content["data"] == {"text/html": "é" * 1_000_000}


def test_values_that_a_cell_gives_away_are_its_value(kernel: KernelSession) -> None:
    kernel.succeed('let (first, second) = (vec![1], "x".to_string());')
    cell = kernel.succeed("(first, second)")
    assert cell.value == '([1], "x")'


def test_what_only_looks_like_a_content_is_text(kernel: KernelSession) -> None:
    text = "EVCXR_ or EVCXR_BEGIN_CONTENT and E"
    assert kernel.succeed(f'print!("{text}");').stdout == text
    unfinished = "EVCXR_BEGIN_CONTENT text/html\nnever ends"
    assert kernel.succeed(f'print!("{unfinished}");').stdout == unfinished


def test_a_trait_of_ones_own_may_have_evcxrs_method(kernel: KernelSession) -> None:
    kernel.succeed("trait Picture { fn evcxr_display(&self); }")
    kernel.succeed(
        "struct Dot; impl Picture for Dot { fn evcxr_display(&self) "
        '{ println!("EVCXR_BEGIN_CONTENT text/html\\n<b>dot</b>\\nEVCXR_END_CONTENT"); } }'
    )
    [display] = kernel.succeed("Dot").displays
    assert display.content["data"]["text/html"] == "<b>dot</b>"
    assert kernel.succeed("vec![1, 2]").value == "[1, 2]"
    assert kernel.succeed("let four = 4; four").value == "4"
    assert "`nowhere`" in kernel.fail("nowhere").reply["evalue"]

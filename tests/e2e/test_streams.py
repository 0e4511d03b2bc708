"""What a cell prints arrives as it was printed: every byte, in order, at once."""

from typing import Callable

import pytest

from kernel_session import KernelSession


@pytest.mark.parametrize(
    "code, text",
    [
        ('print!("no newline");', "no newline"),
        ('print!("10 %\\r20 %\\r"); println!("done");', "10 %\r20 %\rdone\n"),
        ('println!("\\x1b[31mred\\x1b[0m");', "\x1b[31mred\x1b[0m\n"),
        ('println!("πülß 🦀");', "πülß 🦀\n"),
        ('print!("\\n\\n a \\n\\n");', "\n\n a \n\n"),
        # What looks like the engine's own protocol is the user's text.
        (
            'println!("EVCXR_EXECUTION_COMPLETE\\nEVCXR_PANIC_NOTIFICATION");',
            "EVCXR_EXECUTION_COMPLETE\nEVCXR_PANIC_NOTIFICATION\n",
        ),
    ],
)
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_text_arrives_as_printed(
    kernel: KernelSession, stream: str, code: str, text: str
) -> None:
    if stream == "stderr":
        code = code.replace("print", "eprint")
    result = kernel.succeed(code)
    assert getattr(result, stream) == text
    assert set(result.kinds()) == {"execute_input", "stream"}


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_bytes_that_are_no_text_harm_nothing(
    kernel: KernelSession, stream: str
) -> None:
    assert getattr(kernel.succeed(write_bytes(stream, r"a\xffb")), stream) == "a\ufffdb"
    assert kernel.succeed('print!("next");').stdout == "next"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_half_a_character_stays_in_its_cell(
    start_kernel: Callable[..., KernelSession], stream: str
) -> None:
    kernel = start_kernel()
    assert (
        getattr(kernel.succeed(write_bytes(stream, r"a\xe2\x82")), stream) == "a\ufffd"
    )
    following = kernel.succeed('print!("next"); eprint!("next");')
    assert (following.stdout, following.stderr) == ("next", "next")


def write_bytes(stream: str, rust_bytes: str) -> str:
    return (
        f'use std::io::Write; std::io::{stream}().write_all(b"{rust_bytes}").unwrap();'
    )


def test_a_character_in_two_writes_stays_whole(kernel: KernelSession) -> None:
    code = """
        use std::io::Write;
        let mut out = std::io::stdout();
        for byte in "a€🦀".bytes() {
            out.write_all(&[byte])?;
            out.flush()?;
            std::thread::sleep(std::time::Duration::from_millis(30));
        }
    """
    assert kernel.succeed(code).stdout == "a€🦀"


def test_text_appears_while_the_cell_runs(kernel: KernelSession) -> None:
    code = """
        print!("half a line");
        std::io::Write::flush(&mut std::io::stdout())?;
        std::thread::sleep(std::time::Duration::from_secs(3600));
    """
    request = kernel.send(code)
    kernel.wait_for_output(request, "half a line")
    kernel.interrupt()
    assert kernel.result(request).status == "error"


def test_unfinished_lines_appear_while_the_cell_runs(kernel: KernelSession) -> None:
    request = kernel.send('print!("\\r1 of 2"); loop {}')
    kernel.wait_for_output(request, "1 of 2")
    kernel.interrupt()
    kernel.result(request)
    texts = kernel.succeed('print!("out"); eprint!("err"); print!("out");').outputs[1:]
    assert [text.content["text"] for text in texts] == ["out", "err", "out"]


def test_prints_and_displays_keep_their_order(kernel: KernelSession) -> None:
    code = """
        for i in 0..3 {
            print!("text {i};");
            display(&Html(format!("<b>{i}</b>")))?;
            eprint!("note {i};");
            display(&Markdown(format!("*{i}*")))?;
        }
        print!("end");
    """
    seen = []
    for output in kernel.succeed(code).outputs[1:]:
        if output.kind == "stream":
            seen.append(output.content["text"])
        else:
            seen.append(output.content["data"]["text/plain"])
    expected = []
    for i in range(3):
        expected += [f"text {i};", f"<b>{i}</b>", f"note {i};", f"*{i}*"]
    assert seen == [*expected, "end"]


def test_the_text_before_an_error_comes_before_it(kernel: KernelSession) -> None:
    result = kernel.fail('print!("last words"); pynn::run(-1)?;')
    assert result.kinds() == ["execute_input", "stream", "error"]
    assert result.stdout == "last words"


def test_many_prints_are_few_messages(kernel: KernelSession) -> None:
    result = kernel.succeed('for i in 0..10_000 { println!("line {i}"); }')
    assert result.stdout == "".join(f"line {i}\n" for i in range(10_000))
    assert result.kinds().count("stream") < 1_000


def test_a_flood_arrives_whole(kernel: KernelSession) -> None:
    result = kernel.succeed(
        'let line = "x".repeat(999); for _ in 0..20_000 { println!("{line}"); }'
    )
    assert len(result.stdout) == 20_000_000
    assert kernel.succeed('println!("after");').stdout == "after\n"


def test_the_children_of_a_cell_print_into_it(kernel: KernelSession) -> None:
    code = 'std::process::Command::new("echo").arg("from echo").status()?;'
    assert kernel.succeed(code).stdout == "from echo\n"

"""A cell that reads from stdin asks the person at the notebook."""

from typing import List

from kernel_session import KernelSession


def answer(kernel: KernelSession, code: str, *lines: str) -> List[dict]:
    """Runs a cell and answers its questions; gives back the questions."""
    request = kernel.send(code, allow_stdin=True)
    questions = []
    for line in lines:
        questions.append(kernel.question())
        kernel.client.input(line)
    assert kernel.result(request).status == "ok"
    return questions


def test_stdin_is_answered_line_by_line(kernel: KernelSession) -> None:
    questions = answer(
        kernel,
        'let mut name = String::new(); print!("Name? "); std::io::stdin().read_line(&mut name)?;'
        "let mut more = String::new(); std::io::stdin().read_line(&mut more)?;",
        "Éva 😀",
        "",
    )
    assert questions == [{"prompt": "", "password": False}] * 2
    assert kernel.succeed("(name, more)").value == r'("Éva 😀\n", "\n")'


def test_what_was_printed_before_a_question_is_seen_before_it(
    kernel: KernelSession,
) -> None:
    request = kernel.send('print!("Name? "); pynn::input("")?', allow_stdin=True)
    kernel.wait_for_output(request, "Name? ")
    kernel.question()
    kernel.client.input("x")
    assert kernel.result(request).value == '"x"'


def test_lines_end_where_the_user_ends_them(kernel: KernelSession) -> None:
    code = (
        "let lines: Vec<String> = std::io::stdin().lines().collect::<Result<_, _>>()?;"
    )
    answer(kernel, code, "a", "b", "\x04")
    assert kernel.succeed("lines").value == '["a", "b"]'


def test_questions_have_a_prompt_and_passwords_are_hidden(
    kernel: KernelSession,
) -> None:
    [plain] = answer(kernel, 'let n: i32 = pynn::input("How many? ")?.parse()?;', "12")
    assert plain == {"prompt": "How many? ", "password": False}
    [hidden] = answer(kernel, 'let secret = pynn::password("Password: ")?;', "geheim")
    assert hidden == {"prompt": "Password: ", "password": True}
    assert kernel.succeed("(n, secret)").value == '(12, "geheim")'


def test_evcxr_input_works(kernel: KernelSession) -> None:
    code = (
        'println!("EVCXR_INPUT_REQUEST_PASSWORD:old way");'
        "let mut s = String::new(); std::io::stdin().read_line(&mut s)?;"
    )
    [question] = answer(kernel, code, "x")
    assert question == {"prompt": "old way", "password": True}
    assert kernel.succeed("s").value == r'"x\n"'


def test_a_front_end_without_input_is_an_error_and_no_wait(
    kernel: KernelSession,
) -> None:
    asked = kernel.fail('pynn::input("x? ")?', allow_stdin=False)
    assert asked.reply["ename"] == "NoInput"
    assert "this front end does not support input" in asked.reply["evalue"]
    read = kernel.fail("std::io::stdin().lines().next().unwrap()?", allow_stdin=False)
    assert "not supported" in read.reply["evalue"]


def test_an_interrupt_ends_the_wait_and_keeps_the_variables(
    kernel: KernelSession,
) -> None:
    kernel.succeed("let kept = vec![1, 2];")
    request = kernel.send('let answer = pynn::input("x? ")?;', allow_stdin=True)
    kernel.question()
    kernel.interrupt()
    assert kernel.result(request).reply["ename"] == "Interrupted"
    assert kernel.succeed("kept").value == "[1, 2]"


def test_an_interrupted_cell_asks_nothing_more(kernel: KernelSession) -> None:
    request = kernel.send("std::io::stdin().lines().count()", allow_stdin=True)
    kernel.question()
    kernel.interrupt()
    # Each failed line is one, for ever: only the end of the process ends it.
    assert kernel.result(request).reply["ename"] == "Interrupted"
    assert not kernel.client.stdin_channel.msg_ready()


def test_programs_a_cell_starts_find_an_empty_stdin(kernel: KernelSession) -> None:
    code = 'std::process::Command::new("cat").output()?.stdout.len()'
    assert kernel.succeed(code, allow_stdin=True).value == "0"

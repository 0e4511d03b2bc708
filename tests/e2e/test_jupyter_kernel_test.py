"""Jupyter's own tests for kernels, which check every message against its schema.

They are written with unittest's sub-tests. Each one that fails fails the run;
its test is printed as passed all the same when the rest of it was fine.
"""

from typing import Any, Dict, Optional

import jupyter_kernel_test


class HXKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "hxkernel"
    language_name = "rust"
    file_extension = ".rs"

    code_hello_world = 'println!("hello, world");'
    code_stderr = 'eprintln!("a note");'

    completion_samples = [
        {"text": "pynn::Popul", "matches": {"Population", "PopulationView"}},
        # Offsets count characters, however wide they are in UTF-8 and UTF-16.
        {
            "text": 'let text = "🦀𝛑é"; pynn::Popul',
            "matches": {"Population", "PopulationView"},
        },
        {"text": "let text = std::string::Stri", "matches": {"String"}},
    ]

    complete_code_samples = [
        "",
        "1 + 1",
        "let a = 1;",
        "fn one() -> i32 {\n    1\n}",
        'println!("{");',
        "// a comment (",
        ":vars",
    ]
    incomplete_code_samples = [
        "fn one() -> i32 {",
        'println!("hello',
        "let a =",
        "vec![1,",
        "/* a comment",
        'let text = r#"raw',
    ]
    invalid_code_samples = ["let let", "fn }", "1 +)", "struct;"]

    code_generate_error = 'panic!("on purpose");'

    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": 'let crab = "🦀"; crab', "result": '"🦀"'},
        {"code": "vec![Some(1), None]", "result": "[Some(1), None]"},
        {"code": 'Html("<b>bold</b>")', "mime": "text/html", "result": "<b>bold</b>"},
        {
            "code": '(7, "sought in the history")',
            "result": '(7, "sought in the history")',
        },
    ]
    code_display_data = [
        {"code": 'display(&Html("<b>bold</b>"))?;', "mime": "text/html"},
        {"code": 'display(&Markdown("**bold**"))?;', "mime": "text/markdown"},
        {"code": 'display(&Latex("$x$"))?;', "mime": "text/latex"},
        {"code": "display(&Png(vec![137u8, 80, 78, 71]))?;", "mime": "image/png"},
        {"code": "plt::plot([1, 2], [3, 4]); plt::show()?;", "mime": "image/svg+xml"},
    ]

    code_history_pattern = "*sought in the history*"
    supported_history_operations = ("tail", "range", "search")

    code_inspect_sample = "pynn::Population"
    code_clear_output = "clear_output()?;"

    # A pager is a payload, which the protocol calls deprecated; it is not supported.
    test_pager = None

    def get_non_kernel_info_reply(
        self, timeout: Optional[float] = None
    ) -> Optional[Dict[str, Any]]:
        """Upstream waits for ever in some places."""
        return super().get_non_kernel_info_reply(timeout or jupyter_kernel_test.TIMEOUT)


class HXKernelWelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "hxkernel"
    support_iopub_welcome = True

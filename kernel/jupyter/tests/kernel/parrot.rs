//! A language of a few words, for everything a test needs of a language.

use hx_jupyter::{
    Cell, CommEvent, Completeness, Completion, Completions, ControlHandler, Description, Failure,
    MimeBundle, Output, ShellHandler, Stream,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

#[derive(Default)]
pub struct Parrot {
    pub asked: Arc<Asked>,
    /// Set if there is work ahead, which takes until the language is asked to hurry.
    works_ahead: bool,
    /// Answer to a question whose cell did not wait for it.
    late: Option<mpsc::Receiver<String>>,
}

/// Calls of the parrot's control handler.
#[derive(Default)]
pub struct Asked {
    interrupt: AtomicBool,
    hurry: AtomicBool,
}

fn wait_for(wish: &AtomicBool) {
    while !wish.swap(false, Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn failure(cell: &Cell, name: &str) -> Failure {
    Failure {
        name: name.into(),
        message: "as told".into(),
        traceback: vec![format!("in cell {}", cell.number)],
    }
}

fn text(text: &str) -> MimeBundle {
    MimeBundle::from_iter([("text/plain".to_owned(), Value::from(text))])
}

fn said(data: &str) -> Value {
    json!({ "said": data })
}

/// Asks; the channel gets the answer, or the reason why there is none.
fn ask(output: &Output, prompt: &str, password: bool) -> mpsc::Receiver<String> {
    let (sender, answer) = mpsc::channel();
    output.ask(
        prompt,
        password,
        Box::new(move |answer| {
            let answer = answer.unwrap_or_else(|refused| format!("refused: {refused:?}"));
            let _ = sender.send(answer);
        }),
    );
    answer
}

impl ShellHandler for Parrot {
    fn execute(&mut self, cell: &Cell, output: &Output) -> Result<(), Failure> {
        let (word, rest) = cell.code.split_once(' ').unwrap_or((&cell.code, ""));
        match word {
            // Prints something, which is also its value.
            "echo" => {
                output.stream(Stream::Stdout, rest);
                output.value(text(rest), MimeBundle::new());
            }
            "ahead" => self.works_ahead = true,
            "fail" => return Err(failure(cell, "Told")),
            "panic" => panic!("as told"),
            // Writes this many MiB.
            "flood" => {
                let line = "x".repeat(1023) + "\n";
                for _ in 0..rest.parse::<usize>().unwrap() * 8 {
                    output.stream(Stream::Stdout, &line.repeat(128));
                }
            }
            "ask" | "password" => {
                let answer = ask(output, rest, word == "password").recv().unwrap();
                output.stream(Stream::Stdout, &answer);
                if answer.starts_with("refused") {
                    return Err(failure(cell, "NoInput"));
                }
            }
            // Asks and does not wait; the next cell shows the answer.
            "leave" => self.late = Some(ask(output, rest, false)),
            "late" => {
                let answer = self.late.take().unwrap().recv().unwrap();
                output.stream(Stream::Stdout, &answer);
            }
            "open" => {
                let (id, target) = rest.split_once(' ').unwrap();
                let metadata = Map::from_iter([("version".to_owned(), json!("2.1.0"))]);
                output.comm_open(id, target, said("hello"), metadata, vec![vec![0, 255]]);
            }
            "say" => {
                let (id, what) = rest.split_once(' ').unwrap();
                output.comm_message(id, said(what), Map::new(), vec![]);
            }
            "close" => output.comm_close(rest, said("bye"), Map::new(), vec![]),
            // Waits until it is interrupted.
            _ => {
                output.stream(Stream::Stderr, "waiting");
                wait_for(&self.asked.interrupt);
                return Err(failure(cell, "Interrupted"));
            }
        }
        Ok(())
    }

    fn evaluate(
        &mut self,
        expressions: &BTreeMap<String, String>,
    ) -> BTreeMap<String, Result<MimeBundle, Failure>> {
        expressions
            .iter()
            .map(|(name, code)| (name.clone(), Ok(text(code))))
            .collect()
    }

    fn complete(&mut self, code: &str, cursor: usize) -> Completions {
        assert_ne!(code, "panic");
        completions(code, cursor, "echo")
    }

    fn inspect(&mut self, _code: &str, _cursor: usize) -> Option<MimeBundle> {
        None
    }

    fn work_ahead(&mut self, _quiet: Duration) -> bool {
        if self.works_ahead {
            wait_for(&self.asked.hurry);
        }
        std::mem::take(&mut self.works_ahead)
    }

    fn comm(&mut self, event: CommEvent, output: &Output) -> bool {
        match event {
            CommEvent::Open { id, target, .. } => {
                if target == "parrot" {
                    output.comm_message(&id, said("welcome"), Map::new(), vec![]);
                }
                target == "parrot"
            }
            // Sends the same, its buffers reversed.
            CommEvent::Message {
                id,
                data,
                metadata,
                mut buffers,
            } => {
                assert_ne!(data, "panic");
                buffers.iter_mut().for_each(|buffer| buffer.reverse());
                output.comm_message(&id, data, metadata, buffers);
                true
            }
            CommEvent::Close { id, data } => {
                output.stream(Stream::Stdout, &format!("{id} closed with {data}"));
                true
            }
        }
    }
}

fn completions(code: &str, cursor: usize, word: &str) -> Completions {
    let start = code[..cursor].rfind(' ').map_or(0, |at| at + 1);
    let candidate = Completion {
        text: word.into(),
        kind: "word".into(),
        signature: String::new(),
    };
    Completions {
        range: start..cursor,
        candidates: vec![candidate],
    }
}

pub struct ParrotControls(pub Arc<Asked>);

impl ControlHandler for ParrotControls {
    fn describe(&self) -> Description {
        Description {
            implementation: "parrot".into(),
            implementation_version: "1".into(),
            banner: "Polly".into(),
            language_info: json!({ "name": "parrot" }),
            help_links: vec![],
        }
    }

    fn is_complete(&self, code: &str) -> Completeness {
        assert_ne!(code, "panic");
        match code.strip_suffix('\\') {
            Some(_) => Completeness::Incomplete {
                indent: "  ".into(),
            },
            None => Completeness::Complete,
        }
    }

    /// Completes code that begins with `now`.
    fn complete_meanwhile(&self, code: &str, cursor: usize) -> Option<Completions> {
        assert_ne!(code, "panic");
        code.starts_with("now")
            .then(|| completions(code, cursor, "meanwhile"))
    }

    fn inspect_meanwhile(&self, code: &str, _cursor: usize) -> Option<Option<MimeBundle>> {
        code.starts_with("now").then(|| Some(text("meanwhile")))
    }

    fn interrupt(&self) {
        self.0.interrupt.store(true, Ordering::Relaxed);
    }

    fn hurry(&self) {
        self.0.hurry.store(true, Ordering::Relaxed);
    }

    fn shut_down(&self) {
        self.interrupt();
    }
}

//! The protocol, held against a dummy front end and a dummy language.

mod front_end;

use front_end::{FrontEnd, Received, execute};
use hx_jupyter::{
    Cell, Completeness, Completion, Completions, Controls, Description, Failure, Language,
    MimeBundle, Output, Stream,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A language of three words: `echo TEXT`, `fail`, `wait` (until interrupted).
struct Parrot {
    interrupted: Arc<AtomicBool>,
}

impl Language for Parrot {
    fn execute(&mut self, cell: &Cell, output: &Output) -> Result<(), Failure> {
        let failure = |name: &str| Failure {
            name: name.into(),
            message: "as told".into(),
            traceback: vec![format!("in cell {}", cell.number)],
        };
        match cell.code.split_once(' ').unwrap_or((&cell.code, "")) {
            ("echo", text) => {
                output.stream(Stream::Stdout, text);
                let mut data = MimeBundle::new();
                data.insert("text/plain".into(), text.into());
                output.value(data, MimeBundle::new());
                Ok(())
            }
            ("fail", _) => Err(failure("Told")),
            _ => {
                output.stream(Stream::Stderr, "waiting");
                while !self.interrupted.swap(false, Ordering::Relaxed) {
                    std::thread::yield_now();
                }
                Err(failure("Interrupted"))
            }
        }
    }

    fn evaluate(
        &mut self,
        expressions: &BTreeMap<String, String>,
    ) -> BTreeMap<String, Result<MimeBundle, Failure>> {
        let value =
            |code: &String| MimeBundle::from_iter([("text/plain".to_owned(), code.clone().into())]);
        expressions
            .iter()
            .map(|(name, code)| (name.clone(), Ok(value(code))))
            .collect()
    }

    fn complete(&mut self, code: &str, cursor: usize) -> Completions {
        let start = code[..cursor].rfind(' ').map_or(0, |at| at + 1);
        let candidate = Completion {
            text: "echo".into(),
            kind: "word".into(),
            signature: String::new(),
        };
        Completions {
            range: start..cursor,
            candidates: vec![candidate],
        }
    }

    fn inspect(&mut self, _code: &str, _cursor: usize) -> Option<MimeBundle> {
        None
    }
}

struct ParrotControls(Arc<AtomicBool>);

impl Controls for ParrotControls {
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
        match code.strip_suffix('\\') {
            Some(_) => Completeness::Incomplete {
                indent: "  ".into(),
            },
            None => Completeness::Complete,
        }
    }
    fn interrupt(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
    fn shut_down(&self) {
        self.interrupt();
    }
}

async fn start() -> FrontEnd {
    let interrupted = Arc::new(AtomicBool::new(false));
    let controls = Arc::new(ParrotControls(Arc::clone(&interrupted)));
    FrontEnd::start(controls, Parrot { interrupted }).await
}

fn types(messages: &[Received]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.message_type.as_str())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_is_busy_input_output_value_idle_and_a_reply() {
    let mut front_end = start().await;
    let (reply, published) = front_end.run("echo hello").await;
    assert_eq!(
        types(&published),
        [
            "status",
            "execute_input",
            "stream",
            "execute_result",
            "status"
        ]
    );
    assert_eq!(published[0].content["execution_state"], "busy");
    assert_eq!(
        published[1].content,
        json!({ "code": "echo hello", "execution_count": 1 })
    );
    assert_eq!(published[3].content["execution_count"], 1);
    assert_eq!(reply.content["status"], "ok");
    assert_eq!(reply.content["execution_count"], 1);
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_aborts_the_cells_behind_it_and_not_those_after() {
    let mut front_end = start().await;
    // The first cell keeps the kernel busy until all others are queued.
    let waiting = front_end.request("execute_request", execute("wait")).await;
    while front_end.published().await.message_type != "stream" {}
    for code in ["echo a", "echo b"] {
        front_end.request("execute_request", execute(code)).await;
    }
    // Requests on one socket are read in order: once this is answered, the cells are queued.
    front_end
        .request("is_complete_request", json!({ "code": "x" }))
        .await;
    assert_eq!(front_end.reply().await.message_type, "is_complete_reply");
    front_end
        .request_on_control("interrupt_request", json!({}))
        .await;
    assert_eq!(front_end.reply_on_control().await.content["status"], "ok");

    let failed = front_end.reply().await;
    assert_eq!(failed.parent, waiting);
    assert_eq!(failed.content["status"], "error");
    assert_eq!(failed.content["ename"], "Interrupted");
    assert_eq!(failed.content["traceback"], json!(["in cell 1"]));
    for _ in 0..2 {
        assert_eq!(front_end.reply().await.content["status"], "aborted");
    }
    let (reply, _) = front_end.run("echo c").await;
    assert_eq!(reply.content["status"], "ok");
    assert_eq!(reply.content["execution_count"], 2);
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_cells_do_not_count_and_show_no_value() {
    let mut front_end = start().await;
    let mut silent = execute("echo hush");
    silent["silent"] = Value::Bool(true);
    let id = front_end.request("execute_request", silent).await;
    assert_eq!(
        types(&front_end.published_for(&id).await),
        ["status", "stream", "status"]
    );
    assert_eq!(front_end.reply().await.content["status"], "ok");
    let mut asking = execute("echo loud");
    asking["user_expressions"] = json!({ "x": "1 + 1" });
    front_end.request("execute_request", asking).await;
    let reply = front_end.reply().await;
    assert_eq!(reply.content["execution_count"], 1);
    assert_eq!(
        reply.content["user_expressions"]["x"]["data"]["text/plain"],
        "1 + 1"
    );
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_is_dropped_and_nothing_else_happens() {
    let mut front_end = start().await;
    let header = br#"{"msg_id":"1","msg_type":"execute_request"}"#;
    let content = br#"{"code":"echo forged"}"#;
    front_end.send_frames(&[b"<IDS|MSG>"]).await;
    front_end.send_frames(&[b"nothing at all"]).await;
    front_end
        .send_frames(&[b"<IDS|MSG>", b"00ff", header, b"{}", b"{}", content])
        .await;
    front_end
        .send_frames(&[b"<IDS|MSG>", b"not hex", b"\xff", b"", b"", b""])
        .await;
    let (reply, published) = front_end.run("echo genuine").await;
    assert_eq!(reply.content["execution_count"], 1);
    assert_eq!(published[2].content["text"], "genuine");
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_unusable_content_gets_an_error_reply() {
    let mut front_end = start().await;
    front_end
        .request("execute_request", json!({ "code": 7 }))
        .await;
    let reply = front_end.reply().await;
    assert_eq!(reply.message_type, "execute_reply");
    assert_eq!(reply.content["status"], "error");
    assert_eq!(reply.content["ename"], "MalformedRequest");
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn completions_and_cursors_count_code_points() {
    let mut front_end = start().await;
    let request = json!({ "code": "🦀🦀 e", "cursor_pos": 4 });
    front_end.request("complete_request", request).await;
    let reply = front_end.reply().await;
    assert_eq!(reply.content["matches"], json!(["echo"]));
    assert_eq!(
        (&reply.content["cursor_start"], &reply.content["cursor_end"]),
        (&json!(3), &json!(4))
    );
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_end_learns_about_the_kernel_while_a_cell_runs() {
    let mut front_end = start().await;
    front_end.request("execute_request", execute("wait")).await;
    while front_end.published().await.message_type != "stream" {}
    let id = front_end
        .request_on_control("kernel_info_request", json!({}))
        .await;
    let info = front_end.reply_on_control().await;
    assert_eq!(info.content["implementation"], "parrot");
    assert_eq!(info.content["protocol_version"], "5.5");
    assert_eq!(
        types(&front_end.published_for(&id).await),
        ["status", "status"]
    );
    front_end
        .request(
            "comm_open",
            json!({ "comm_id": "c", "target_name": "nobody", "data": {} }),
        )
        .await;
    loop {
        let message = front_end.published().await;
        if message.message_type == "comm_close" {
            assert_eq!(message.content["comm_id"], "c");
            break;
        }
    }
    // Shutting down does not wait for the cell.
    front_end.shut_down().await;
}

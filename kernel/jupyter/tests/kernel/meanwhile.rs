//! Requests that are answered while a cell runs.

use crate::front_end::{Channel, FrontEnd, Letter, types};
use serde_json::{Value, json};

const AT_ONCE: [&str; 4] = ["kernel_info", "is_complete", "comm_info", "history"];
const UNKNOWN: [&str; 6] = [
    "debug",
    "create_subshell",
    "delete_subshell",
    "list_subshell",
    "usage",
    "no_such",
];

fn content(name: &str) -> Value {
    match name {
        "is_complete" => json!({ "code": "more \\" }),
        "history" => json!({ "hist_access_type": "tail", "n": 1 }),
        "complete" | "inspect" => json!({ "code": "now e", "cursor_pos": 5 }),
        _ => json!({}),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_answered_on_both_channels_while_a_cell_runs() {
    let mut front_end = FrontEnd::start().await;
    front_end.keep_busy().await;
    for channel in [Channel::Shell, Channel::Control] {
        let names = AT_ONCE.iter().chain(&UNKNOWN);
        for name in names.chain(&["complete", "inspect"]) {
            let letter = Letter::new(&format!("{name}_request"), content(name));
            let id = front_end.send(channel, &letter).await;
            let reply = front_end.receive(channel).await;
            assert_eq!(reply.message_type, format!("{name}_reply"));
            assert_eq!(reply.parent, id);
            let state = &reply.content["status"];
            if UNKNOWN.contains(name) {
                assert_eq!(reply.content["ename"], "NotSupported");
                assert_eq!(state, "error");
                assert!(reply.content["traceback"].is_array());
            } else {
                assert_eq!(
                    state,
                    if *name == "is_complete" {
                        "incomplete"
                    } else {
                        "ok"
                    }
                );
            }
            let published = front_end.published_for(&id).await;
            assert_eq!(types(&published), ["status"; 2], "{name}");
        }
    }
    // Shutting down does not wait for the cell.
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_says_what_it_is() {
    let mut front_end = FrontEnd::start().await;
    front_end.request("kernel_info_request", json!({})).await;
    let info = front_end.reply().await.content;
    assert_eq!(info["implementation"], "parrot");
    assert_eq!(info["protocol_version"], "5.5");
    assert_eq!(info["supported_features"], json!(["iopub_welcome"]));
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_answers_meanwhile_or_when_its_turn_comes() {
    let mut front_end = FrontEnd::start().await;
    let request = |code: &str| json!({ "code": code, "cursor_pos": code.len() });
    // No cell runs: the language itself is asked.
    front_end
        .request("complete_request", request("now e"))
        .await;
    assert_eq!(front_end.reply().await.content["matches"], json!(["echo"]));

    let cell = front_end.keep_busy().await;
    front_end
        .request("complete_request", request("now e"))
        .await;
    let reply = front_end.reply().await;
    assert_eq!(reply.content["matches"], json!(["meanwhile"]));
    assert_eq!(reply.content["cursor_start"], 4);
    front_end.request("inspect_request", request("now e")).await;
    let reply = front_end.reply().await;
    assert_eq!(reply.content["data"]["text/plain"], "meanwhile");

    // A request is not lost when its answer meanwhile panics.
    let later = front_end
        .request("complete_request", request("later"))
        .await;
    let panic = front_end
        .request("complete_request", request("panic"))
        .await;
    front_end.interrupt().await;
    let mut replies = Vec::new();
    for _ in 0..3 {
        replies.push(front_end.reply().await);
    }
    let reply_to = |id: &str| &replies.iter().find(|one| one.parent == id).unwrap().content;
    assert_eq!(reply_to(&cell)["ename"], "Interrupted");
    assert_eq!(reply_to(&later)["matches"], json!(["echo"]));
    assert_eq!(reply_to(&panic)["ename"], "KernelPanicked");
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_asks_for_nothing_is_followed_by_idle() {
    let mut front_end = FrontEnd::start().await;
    let id = front_end.request("no_request_at_all", json!({})).await;
    assert_eq!(types(&front_end.published_for(&id).await), ["status"; 2]);
    front_end.shut_down().await;
}

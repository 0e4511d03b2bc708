//! History requests of front ends; the selections themselves have unit tests.

use crate::front_end::{FrontEnd, Place, execute};
use hx_jupyter::Options;
use serde_json::{Value, json};
use std::path::Path;

async fn start(history: &Path) -> FrontEnd {
    let options = Options {
        history: Some(history.to_owned()),
        ..Options::default()
    };
    FrontEnd::start_with(Place::ipc(), options).await
}

async fn ask(front_end: &mut FrontEnd, request: Value) -> Value {
    front_end.request("history_request", request).await;
    let reply = front_end.reply().await;
    assert_eq!(reply.content["status"], "ok");
    reply.content["history"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_are_found_in_this_session_and_in_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("cells/history.jsonl");
    let mut front_end = start(&file).await;
    front_end.run("echo 1").await;
    front_end.run("fail").await;
    let mut hidden = execute("echo hidden");
    hidden["store_history"] = json!(false);
    front_end.request("execute_request", hidden).await;
    front_end.reply().await;
    let mut silent = execute("echo silent");
    silent["silent"] = json!(true);
    front_end.request("execute_request", silent).await;
    front_end.reply().await;
    front_end.run("").await;
    let all = json!({ "hist_access_type": "tail", "n": 10 });
    let expected = json!([[1, 1, "echo 1"], [1, 2, "fail"]]);
    assert_eq!(ask(&mut front_end, all.clone()).await, expected);
    front_end.shut_down().await;

    let mut front_end = start(&file).await;
    front_end.run("echo 2").await;
    // A kernel beside it: another session, which this one sees.
    let mut neighbour = start(&file).await;
    neighbour.run("echo 3").await;
    let expected = json!([
        [1, 1, ["echo 1", "1"]],
        [1, 2, ["fail", null]],
        [2, 1, ["echo 2", "2"]],
        [3, 1, ["echo 3", "3"]],
    ]);
    let with_output = json!({ "hist_access_type": "tail", "n": 10, "output": true });
    assert_eq!(ask(&mut front_end, with_output).await, expected);
    let before = json!({ "hist_access_type": "range", "session": -1, "start": 1, "stop": 2,
                         "raw": true, "output": false });
    assert_eq!(ask(&mut front_end, before).await, json!([[1, 1, "echo 1"]]));
    let search = json!({ "hist_access_type": "search", "pattern": "echo ?", "n": 2 });
    assert_eq!(
        ask(&mut front_end, search).await,
        json!([[2, 1, "echo 2"], [3, 1, "echo 3"]])
    );
    neighbour.shut_down().await;
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_file_there_is_a_history_of_this_session() {
    for history in [None, Some("/dev/null/history".into())] {
        let options = Options {
            history,
            ..Options::default()
        };
        let mut front_end = FrontEnd::start_with(Place::ipc(), options).await;
        front_end.run("echo 1").await;
        let range = json!({ "hist_access_type": "range", "session": 0 });
        assert_eq!(ask(&mut front_end, range).await, json!([[1, 1, "echo 1"]]));
        front_end.shut_down().await;
    }
}

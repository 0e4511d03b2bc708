//! Cells, one after the other: what is published, what is replied, what counts.

use crate::front_end::{Channel, FrontEnd, Letter, execute, types};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_is_busy_input_output_value_idle_and_a_reply() {
    let mut front_end = FrontEnd::start().await;
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
    assert_eq!(
        reply.content,
        json!({ "status": "ok", "execution_count": 1, "payload": [], "user_expressions": {} })
    );
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_does_not_wait_for_work_ahead_of_it() {
    let mut front_end = FrontEnd::start().await;
    for text in ["first", "second"] {
        front_end.run("ahead").await;
        let (reply, published) = front_end.run(&format!("echo {text}")).await;
        assert_eq!(reply.content["status"], "ok");
        assert_eq!(published[2].content["text"], text);
    }
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_aborts_the_cells_behind_it_and_nothing_else() {
    let mut front_end = FrontEnd::start().await;
    // The first cell keeps the kernel busy until all others are queued.
    let waiting = front_end.keep_busy().await;
    let first = front_end
        .request("execute_request", execute("echo a"))
        .await;
    let open = json!({ "comm_id": "c", "target_name": "parrot", "data": {} });
    let comm = front_end.request("comm_open", open).await;
    front_end
        .request("execute_request", execute("echo b"))
        .await;
    front_end.everything_is_read().await;
    front_end.interrupt().await;

    let failed = front_end.reply().await;
    assert_eq!(failed.parent, waiting);
    assert_eq!(
        failed.content,
        json!({ "status": "error", "ename": "Interrupted", "evalue": "as told",
                "traceback": ["in cell 1"], "execution_count": 1, "payload": [],
                "user_expressions": {} })
    );
    for _ in 0..2 {
        assert_eq!(
            front_end.reply().await.content,
            json!({ "status": "aborted" })
        );
    }
    assert_eq!(types(&front_end.published_for(&first).await), ["status"; 2]);
    assert_eq!(
        types(&front_end.published_for(&comm).await),
        ["status", "comm_msg", "status"]
    );
    let (reply, _) = front_end.run("echo c").await;
    assert_eq!(reply.content["status"], "ok");
    assert_eq!(reply.content["execution_count"], 2);
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_may_be_told_to_abort_nothing() {
    let mut front_end = FrontEnd::start().await;
    let mut tolerant = execute("wait");
    tolerant["stop_on_error"] = json!(false);
    front_end.request("execute_request", tolerant).await;
    front_end.published_of_type("stream").await;
    front_end
        .request("execute_request", execute("echo a"))
        .await;
    front_end.everything_is_read().await;
    front_end.interrupt().await;
    assert_eq!(front_end.reply().await.content["status"], "error");
    assert_eq!(front_end.reply().await.content["status"], "ok");
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_cells_do_not_count_and_show_no_value() {
    let mut front_end = FrontEnd::start().await;
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
async fn requests_with_unusable_content_get_error_replies() {
    let mut front_end = FrontEnd::start().await;
    for (name, content) in [
        ("execute", json!({ "code": 7 })),
        ("execute", json!(null)),
        ("complete", json!({ "code": "a", "cursor_pos": -1 })),
        ("inspect", json!([])),
        ("is_complete", json!({})),
        ("comm_info", json!({ "target_name": 1 })),
        ("history", json!({ "hist_access_type": "everything" })),
    ] {
        let id = front_end.request(&format!("{name}_request"), content).await;
        let reply = front_end.reply().await;
        assert_eq!(reply.message_type, format!("{name}_reply"));
        assert_eq!(reply.content["status"], "error", "{name}");
        assert_eq!(reply.content["ename"], "MalformedRequest", "{name}");
        assert_eq!(reply.content["payload"].is_array(), name == "execute");
        assert_eq!(types(&front_end.published_for(&id).await), ["status"; 2]);
    }
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn completions_and_cursors_count_code_points() {
    let mut front_end = FrontEnd::start().await;
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
async fn a_language_that_panics_is_asked_again() {
    let mut front_end = FrontEnd::start().await;
    let (reply, published) = front_end.run("panic").await;
    assert_eq!(reply.content["ename"], "KernelPanicked");
    assert_eq!(
        types(&published),
        ["status", "execute_input", "error", "status"]
    );
    for (name, content) in [
        ("complete", json!({ "code": "panic", "cursor_pos": 0 })),
        ("is_complete", json!({ "code": "panic" })),
    ] {
        front_end.request(&format!("{name}_request"), content).await;
        let reply = front_end.reply().await;
        assert_eq!(reply.message_type, format!("{name}_reply"));
        assert_eq!(reply.content["ename"], "KernelPanicked");
    }
    assert_eq!(front_end.run("echo on").await.0.content["status"], "ok");
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_come_back_whole_and_a_subshell_is_the_main_shell() {
    let mut front_end = FrontEnd::start().await;
    let mut letter = Letter::new("execute_request", execute("echo hello"));
    letter.header["subshell_id"] = json!("one that was never made");
    letter.header["🦀"] = json!([1.5, null]);
    front_end.send(Channel::Shell, &letter).await;
    let reply = front_end.reply().await;
    assert_eq!(reply.content["status"], "ok");
    assert_eq!(reply.parent_header, letter.header);
    let shown = front_end.published_of_type("execute_result").await;
    assert_eq!(shown.parent_header, letter.header);
    front_end.shut_down().await;
}

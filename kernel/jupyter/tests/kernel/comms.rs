//! Comms in both directions.

use crate::front_end::{Channel, FrontEnd, Letter, types};
use bytes::Bytes;
use serde_json::{Value, json};

async fn comms(front_end: &mut FrontEnd, request: Value) -> Value {
    front_end.request("comm_info_request", request).await;
    let reply = front_end.reply().await;
    assert_eq!(reply.message_type, "comm_info_reply");
    assert_eq!(reply.content["status"], "ok");
    reply.content["comms"].clone()
}

fn open(id: &str, target: &str) -> Value {
    json!({ "comm_id": id, "target_name": target, "data": {} })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_end_opens_speaks_and_closes() {
    let mut front_end = FrontEnd::start().await;
    let id = front_end.request("comm_open", open("c", "parrot")).await;
    let published = front_end.published_for(&id).await;
    assert_eq!(types(&published), ["status", "comm_msg", "status"]);
    assert_eq!(
        comms(&mut front_end, json!({})).await,
        json!({ "c": { "target_name": "parrot" } })
    );

    let mut letter = Letter::new("comm_msg", json!({ "comm_id": "c", "data": { "x": 1 } }));
    letter.metadata = json!({ "m": "🦜" });
    letter.buffers = vec![Bytes::from_static(&[1, 2, 255]), Bytes::new()];
    let id = front_end.send(Channel::Shell, &letter).await;
    let published = front_end.published_for(&id).await;
    assert_eq!(types(&published), ["status", "comm_msg", "status"]);
    assert_eq!(
        published[1].content,
        json!({ "comm_id": "c", "data": { "x": 1 } })
    );
    assert_eq!(published[1].metadata, json!({ "m": "🦜" }));
    assert_eq!(
        published[1].buffers,
        [Bytes::from_static(&[255, 2, 1]), Bytes::new()]
    );

    let close = json!({ "comm_id": "c", "data": 7 });
    let id = front_end.request("comm_close", close.clone()).await;
    let published = front_end.published_for(&id).await;
    assert_eq!(published[1].content["text"], "c closed with 7");
    assert_eq!(comms(&mut front_end, json!({})).await, json!({}));
    // Messages on a comm that is not open are dropped.
    for kind in ["comm_msg", "comm_close"] {
        let id = front_end.request(kind, close.clone()).await;
        assert_eq!(types(&front_end.published_for(&id).await), ["status"; 2]);
    }
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comm_nobody_answers_to_is_closed_again() {
    let mut front_end = FrontEnd::start().await;
    let id = front_end.request("comm_open", open("c", "nobody")).await;
    let published = front_end.published_for(&id).await;
    assert_eq!(types(&published), ["status", "comm_close", "status"]);
    assert_eq!(published[1].content["comm_id"], "c");
    assert_eq!(comms(&mut front_end, json!({})).await, json!({}));
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_opens_speaks_and_closes() {
    let mut front_end = FrontEnd::start().await;
    let (_, published) = front_end.run("open w jupyter.widget").await;
    assert_eq!(published[2].message_type, "comm_open");
    assert_eq!(
        published[2].content,
        json!({ "comm_id": "w", "target_name": "jupyter.widget", "data": { "said": "hello" } })
    );
    assert_eq!(published[2].metadata, json!({ "version": "2.1.0" }));
    assert_eq!(published[2].buffers, [Bytes::from_static(&[0, 255])]);
    front_end.run("open x other").await;
    let both = json!({ "w": { "target_name": "jupyter.widget" }, "x": { "target_name": "other" } });
    assert_eq!(comms(&mut front_end, json!({})).await, both);
    let widgets = json!({ "target_name": "jupyter.widget" });
    assert_eq!(
        comms(&mut front_end, widgets).await,
        json!({ "w": { "target_name": "jupyter.widget" } })
    );
    let (_, published) = front_end.run("say w cheese").await;
    assert_eq!(published[2].message_type, "comm_msg");
    assert_eq!(published[2].content["data"]["said"], "cheese");
    // The front end may answer on a comm it did not open.
    let message = json!({ "comm_id": "w", "data": { "method": "update" } });
    let id = front_end.request("comm_msg", message.clone()).await;
    let published = front_end.published_for(&id).await;
    assert_eq!(published[1].content, message);
    let (_, published) = front_end.run("close w").await;
    assert_eq!(published[2].message_type, "comm_close");
    // Closing once more sends nothing.
    let (_, published) = front_end.run("close w").await;
    assert_eq!(types(&published), ["status", "execute_input", "status"]);
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comm_message_waits_for_its_turn_and_survives_a_panic() {
    let mut front_end = FrontEnd::start().await;
    front_end.run("open w target").await;
    let cell = front_end.keep_busy().await;
    let say = |data: &str| json!({ "comm_id": "w", "data": data });
    let panics = front_end.request("comm_msg", say("panic")).await;
    let says = front_end.request("comm_msg", say("hello")).await;
    front_end.everything_is_read().await;
    front_end.interrupt().await;
    assert_eq!(
        types(&front_end.published_for(&cell).await).last(),
        Some(&"status")
    );
    let published = front_end.published_for(&panics).await;
    assert_eq!(types(&published), ["status", "stream", "status"]);
    let published = front_end.published_for(&says).await;
    assert_eq!(types(&published), ["status", "comm_msg", "status"]);
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn comm_messages_that_are_none_cost_nothing() {
    let mut front_end = FrontEnd::start().await;
    for kind in ["comm_open", "comm_msg", "comm_close"] {
        let id = front_end.request(kind, json!({ "comm_id": [] })).await;
        assert_eq!(types(&front_end.published_for(&id).await), ["status"; 2]);
    }
    front_end.shut_down().await;
}

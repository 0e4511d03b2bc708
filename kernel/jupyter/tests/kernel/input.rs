//! A cell asks the person in front of the notebook.

use crate::front_end::{Channel, FrontEnd, Letter, Received, execute, execute_with_input};
use serde_json::{Value, json};

fn answer(value: &str, to: &Received) -> Letter {
    let mut letter = Letter::new("input_reply", json!({ "value": value }));
    letter.parent = json!({ "msg_id": to.id });
    letter
}

async fn text_of(front_end: &mut FrontEnd) -> Value {
    front_end.published_of_type("stream").await.content["text"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_goes_to_who_sent_the_cell_and_its_answer_to_the_cell() {
    let mut front_end = FrontEnd::start().await;
    // Another front end of the same kernel is not asked.
    let mut other = front_end.another().await;
    for (word, hidden) in [("ask", false), ("password", true)] {
        let code = format!("{word} Name?");
        let cell = front_end
            .request("execute_request", execute_with_input(&code))
            .await;
        let question = front_end.receive(Channel::Stdin).await;
        assert_eq!(question.message_type, "input_request");
        assert_eq!(question.parent, cell);
        assert_eq!(
            question.content,
            json!({ "prompt": "Name?", "password": hidden })
        );
        // Neither the other one's answer nor an answer to something else counts.
        other
            .send(Channel::Stdin, &answer("forged", &question))
            .await;
        let mut stale = answer("stale", &question);
        stale.parent = json!({ "msg_id": "an earlier question" });
        front_end.send(Channel::Stdin, &stale).await;
        front_end
            .send(Channel::Stdin, &answer("Polly 🦜", &question))
            .await;
        assert_eq!(text_of(&mut front_end).await, "Polly 🦜");
        assert_eq!(front_end.reply().await.content["status"], "ok");
    }
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_a_parent_is_taken() {
    let mut front_end = FrontEnd::start().await;
    front_end
        .request("execute_request", execute_with_input("ask ?"))
        .await;
    front_end.receive(Channel::Stdin).await;
    let letter = Letter::new("input_reply", json!({ "value": "here" }));
    front_end.send(Channel::Stdin, &letter).await;
    assert_eq!(text_of(&mut front_end).await, "here");
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_cannot_be_asked_is_refused() {
    let mut front_end = FrontEnd::start().await;
    let (reply, _) = front_end.run("ask ?").await;
    assert_eq!(reply.content["ename"], "NoInput");
    // Nor is one answered by nonsense.
    front_end
        .request("execute_request", execute_with_input("ask ?"))
        .await;
    let question = front_end.receive(Channel::Stdin).await;
    let mut nonsense = answer("", &question);
    nonsense.content = json!({ "value": 3 });
    front_end.send(Channel::Stdin, &nonsense).await;
    assert_eq!(front_end.reply().await.content["ename"], "NoInput");
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_waits_for_its_channel_and_not_for_ever() {
    let front_end = FrontEnd::start().await;
    let mut late = FrontEnd::connect_without_stdin(front_end.place.clone()).await;
    let cell = execute_with_input("ask ?");
    late.request("execute_request", cell.clone()).await;
    late.published_of_type("execute_input").await;
    late.connect_stdin().await;
    let question = late.receive(Channel::Stdin).await;
    late.send(Channel::Stdin, &answer("here", &question)).await;
    assert_eq!(text_of(&mut late).await, "here");

    let mut never = FrontEnd::connect_without_stdin(front_end.place.clone()).await;
    never.request("execute_request", cell).await;
    assert_eq!(text_of(&mut never).await, "refused: Unreachable");
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_withdraws_the_question_and_a_late_answer_is_lost() {
    let mut front_end = FrontEnd::start().await;
    front_end
        .request("execute_request", execute_with_input("ask ?"))
        .await;
    let question = front_end.receive(Channel::Stdin).await;
    front_end.interrupt().await;
    assert_eq!(front_end.reply().await.content["ename"], "NoInput");
    assert_eq!(text_of(&mut front_end).await, "refused: Withdrawn");
    front_end
        .send(Channel::Stdin, &answer("late", &question))
        .await;

    front_end
        .request("execute_request", execute_with_input("ask ?"))
        .await;
    let question = front_end.receive(Channel::Stdin).await;
    front_end
        .send(Channel::Stdin, &answer("in time", &question))
        .await;
    assert_eq!(text_of(&mut front_end).await, "in time");
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_does_not_outlive_its_cell() {
    let mut front_end = FrontEnd::start().await;
    let leave = execute_with_input("leave ?");
    front_end.request("execute_request", leave).await;
    assert_eq!(front_end.reply().await.content["status"], "ok");
    front_end.request("execute_request", execute("late")).await;
    assert_eq!(text_of(&mut front_end).await, "refused: Withdrawn");
    front_end.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_does_not_wait_for_an_answer() {
    let mut front_end = FrontEnd::start().await;
    front_end
        .request("execute_request", execute_with_input("ask ?"))
        .await;
    front_end.receive(Channel::Stdin).await;
    front_end.shut_down().await;
}

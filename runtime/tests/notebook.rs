//! What a notebook gets to see of a cell that draws, with a host of our own.

use hx_port::{FfiMessage, Host};
use pynn::cell::LastValue as _;
use pynn::prelude::*;
use std::sync::Mutex;

unsafe extern "C" {
    safe fn pynn_attach(host: Host);
    safe fn pynn_cell_begins();
    safe fn pynn_cell_ends();
}

/// Every message since the cell began, as JSON text.
static MESSAGES: Mutex<Vec<String>> = Mutex::new(Vec::new());

extern "C" fn listen(message: FfiMessage) {
    // SAFETY: the runtime lends the message until we return.
    let (json, _) = unsafe { message.borrow() };
    let text = String::from_utf8_lossy(json).into_owned();
    MESSAGES.lock().expect("one thread").push(text);
}

fn cell(work: impl FnOnce() -> Result<(), pynn::Error>) -> Vec<String> {
    pynn_cell_begins();
    if let Err(error) = work() {
        pynn::cell::returned_error(&error);
    }
    pynn_cell_ends();
    std::mem::take(&mut *MESSAGES.lock().expect("one thread"))
}

#[test]
fn everything_is_shown_once() {
    pynn_attach(Host { send: listen });
    let picture = |message: &String| {
        assert!(message.contains("image/svg+xml") && message.contains("text/plain"));
        message.contains("\"kind\":\"display\"")
    };

    // plt::show() shows, and nothing is left for the end of the cell.
    let shown = cell(|| {
        plt::plot([1, 2], [3, 4]);
        plt::show()?;
        plt::show()
    });
    assert!(shown.len() == 1 && picture(&shown[0]));

    // Two figures nobody shows are shown at the end of the cell.
    let pending = cell(|| {
        plt::plot([1, 2], [3, 4]);
        plt::figure();
        Ok(())
    });
    assert!(pending.len() == 2 && pending.iter().all(picture));

    // A figure that is the value of the cell is not shown again.
    let value = cell(|| {
        let figure = plt::figure();
        figure.evcxr_display().show();
        Ok(())
    });
    assert!(value.len() == 1 && !picture(&value[0]));

    // A cell that fails says why and shows nothing, neither then nor later.
    let failed = cell(|| {
        plt::plot([1, 2], [3, 4]);
        pynn::run(-1)
    });
    assert_eq!(failed.len(), 1);
    assert!(failed[0].contains("DurationInvalid"), "{}", failed[0]);
    assert!(cell(|| Ok(())).is_empty());

    // A result without `?` is what it holds: a picture, a text, nothing, an error.
    let results = cell(|| {
        let source = pynn::Population::new(1, pynn::cells::SpikeSourceArray::new([0.01]))?;
        source.record("spikes")?;
        pynn::run(0.1)?;
        source.spiketrain(0).evcxr_display().show();
        source.get_spike_counts().evcxr_display().show();
        source.record("spikes").evcxr_display().show();
        source.spiketrain(1).evcxr_display().show();
        Ok(())
    });
    let [train, counts, error] = &results[..] else {
        panic!("{results:?}");
    };
    assert!(train.contains("image/svg+xml"), "{train}");
    assert!(counts.contains("\"text/plain\":\"[1]\""), "{counts}");
    assert!(error.contains("IndexOutside"), "{error}");
}

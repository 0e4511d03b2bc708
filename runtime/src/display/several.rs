//! Several rich values at once: one below the other, each in its own best format.

use super::Bundle;
use crate::rich::escaped;
use base64::Engine as _;
use std::fmt::Write as _;

/// More values than this are not shown. Each may be a picture.
const MOST: usize = 20;

/// The first of `count` values in one bundle. As text a line each; as HTML, if one of
/// them is more than text, what each one is.
pub(crate) fn several(count: usize, value: &mut dyn FnMut(usize) -> Bundle) -> Bundle {
    if count == 0 {
        return Bundle::text("[]");
    }
    let bundles: Vec<Bundle> = (0..count.min(MOST)).map(value).collect();
    let more = (count > MOST).then(|| format!("… and {} more", count - MOST));
    let texts = bundles
        .iter()
        .map(Bundle::plain_text)
        .chain(more.as_deref());
    let bundle = Bundle::text(texts.collect::<Vec<&str>>().join("\n"));
    let pictures: Vec<Option<String>> = bundles.iter().map(as_html).collect();
    if pictures.iter().all(Option::is_none) {
        return bundle;
    }
    let mut html = String::new();
    for (bundle, picture) in bundles.iter().zip(pictures) {
        let inside =
            picture.unwrap_or_else(|| format!("<pre>{}</pre>", escaped(bundle.plain_text())));
        let _ = write!(html, "<div>{inside}</div>");
    }
    if let Some(more) = more {
        let _ = write!(html, "<p>{more}</p>");
    }
    bundle.html(html)
}

/// What is more than text as HTML.
fn as_html(bundle: &Bundle) -> Option<String> {
    if let Some(html) = bundle.get("text/html") {
        return Some(html.to_owned());
    }
    // As pictures of their own: names within an SVG hold for the whole page it is part of.
    let (kind, data) = match (bundle.get("image/svg+xml"), bundle.get("image/png")) {
        (Some(svg), _) => {
            let data = base64::engine::general_purpose::STANDARD.encode(svg);
            ("image/svg+xml", data)
        }
        (None, Some(png)) => ("image/png", png.to_owned()),
        (None, None) => return None,
    };
    let size = bundle.size().map_or_else(String::new, |(width, height)| {
        format!(" width=\"{width}\" height=\"{height}\"")
    });
    Some(format!("<img src=\"data:{kind};base64,{data}\"{size}>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_shown_in_its_best_format() {
        let values = [
            Bundle::text("a<b"),
            Bundle::text("h").html("<b>h</b>"),
            Bundle::text("s").svg("<svg/>"),
            Bundle::text("p").png(&[1, 2, 3], Some((4, 5))),
        ];
        let shown = several(values.len(), &mut |number| values[number].clone());
        assert_eq!(shown.plain_text(), "a<b\nh\ns\np");
        let expected = "<div><pre>a&lt;b</pre></div><div><b>h</b></div>\
             <div><img src=\"data:image/svg+xml;base64,PHN2Zy8+\"></div>\
             <div><img src=\"data:image/png;base64,AQID\" width=\"4\" height=\"5\"></div>";
        assert_eq!(shown.get("text/html"), Some(expected));
    }

    #[test]
    fn many_values_are_cut() {
        let shown = several(MOST + 2, &mut |number| Bundle::text(number.to_string()));
        assert!(shown.plain_text().starts_with("0\n1\n2\n"));
        assert!(shown.plain_text().ends_with("\n19\n… and 2 more"));
        assert_eq!(shown.get("text/html"), None);
        let none = several(0, &mut |_| unreachable!("there is none"));
        assert_eq!(none.plain_text(), "[]");
    }
}

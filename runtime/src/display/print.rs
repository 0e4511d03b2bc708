//! `print!` that shows at once.
//!
//! The standard library holds back a line until it ends. In a notebook that is what a
//! progress display must not do, and what was printed would come after what was written
//! to stderr later.

/// Prints like [`std::print!`], and at once, also when the line is not finished.
#[doc(hidden)]
#[macro_export]
macro_rules! __print_at_once {
    ($($argument:tt)*) => {
        $crate::display::print_at_once(::std::format_args!($($argument)*))
    };
}

/// What `print!` of a cell calls: the kernel imports the macro above by that name.
#[doc(hidden)]
pub fn print_at_once(text: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    print!("{text}");
    // As with `print!`, that nobody reads is no reason to stop.
    let _ = std::io::stdout().flush();
}

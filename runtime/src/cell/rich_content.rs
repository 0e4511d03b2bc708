//! Lists, options and pointers of rich values show what is in them.
//!
//! They are not [`Rich`] themselves: that trait is implemented for all `Debug` texts
//! ([`Plain`](crate::display::Plain)), lists of them included, and Rust allows no second
//! way. Where only the compiler's method lookup chooses, as for the last expression of a
//! cell, there can be one.

use crate::display::{Bundle, Rich, several};
use std::rc::Rc;
use std::sync::Arc;

/// A value that holds rich ones.
pub trait RichContent {
    /// What it holds, shown.
    fn content(&self) -> Bundle;
}

impl<T: Rich> RichContent for [T] {
    fn content(&self) -> Bundle {
        several(self.len(), &mut |number| self[number].bundle())
    }
}

impl<T: Rich> RichContent for Vec<T> {
    fn content(&self) -> Bundle {
        self[..].content()
    }
}

impl<T: Rich, const N: usize> RichContent for [T; N] {
    fn content(&self) -> Bundle {
        self[..].content()
    }
}

impl<T: Rich> RichContent for Option<T> {
    fn content(&self) -> Bundle {
        match self {
            Some(value) => value.bundle(),
            None => Bundle::text("None"),
        }
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<T: Rich + ?Sized> RichContent for $pointer {
            fn content(&self) -> Bundle {
                (**self).bundle()
            }
        }
    )*};
}

pointers!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

//! Which neurons of a population: `0..10`, `[1, 5]`, `3`.

use crate::{Error, Whole};
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// A choice of neurons by index: a range, a list of indices, or one index, all of
/// any integer type. Indices count from 0; there are no negative ones.
///
/// In a list the order does not matter and repeated indices count once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// From one index to before another, or to the last.
    Range(i128, Option<i128>),
    List(Vec<i128>),
}

impl Selection {
    /// The indices, ascending, out of `size` there are; `of` says what they are of.
    pub(crate) fn indices(
        self,
        size: usize,
        of: &dyn std::fmt::Display,
    ) -> Result<Vec<usize>, Error> {
        let inside = |index: i128| match usize::try_from(index) {
            Ok(index) if index < size => Ok(index),
            _ => Err(Error::IndexOutside {
                index,
                size,
                of: of.to_string(),
            }),
        };
        let indices = match self.0 {
            Kind::Range(begin, end) => {
                let end = end.unwrap_or(size as i128);
                if begin < end {
                    (inside(begin)?..=inside(end - 1)?).collect()
                } else {
                    Vec::new()
                }
            }
            Kind::List(mut list) => {
                list.sort_unstable();
                list.dedup();
                list.into_iter().map(inside).collect::<Result<_, _>>()?
            }
        };
        if indices.is_empty() {
            return Err(Error::EmptyView { of: of.to_string() });
        }
        Ok(indices)
    }
}

fn list<T: Whole>(indices: &[T]) -> Selection {
    Selection(Kind::List(
        indices.iter().map(|index| index.whole()).collect(),
    ))
}

impl<T: Whole> From<Range<T>> for Selection {
    fn from(range: Range<T>) -> Selection {
        Selection(Kind::Range(range.start.whole(), Some(range.end.whole())))
    }
}

impl<T: Whole> From<RangeInclusive<T>> for Selection {
    fn from(range: RangeInclusive<T>) -> Selection {
        let (begin, last) = range.into_inner();
        Selection(Kind::Range(begin.whole(), Some(last.whole() + 1)))
    }
}

impl<T: Whole> From<RangeFrom<T>> for Selection {
    fn from(range: RangeFrom<T>) -> Selection {
        Selection(Kind::Range(range.start.whole(), None))
    }
}

impl<T: Whole> From<RangeTo<T>> for Selection {
    fn from(range: RangeTo<T>) -> Selection {
        Selection(Kind::Range(0, Some(range.end.whole())))
    }
}

impl<T: Whole> From<RangeToInclusive<T>> for Selection {
    fn from(range: RangeToInclusive<T>) -> Selection {
        Selection(Kind::Range(0, Some(range.end.whole() + 1)))
    }
}

impl From<RangeFull> for Selection {
    fn from(_: RangeFull) -> Selection {
        Selection(Kind::Range(0, None))
    }
}

impl<T: Whole> From<T> for Selection {
    fn from(index: T) -> Selection {
        list(&[index])
    }
}

impl<T: Whole, const N: usize> From<[T; N]> for Selection {
    fn from(indices: [T; N]) -> Selection {
        list(&indices)
    }
}

impl<T: Whole, const N: usize> From<&[T; N]> for Selection {
    fn from(indices: &[T; N]) -> Selection {
        list(indices)
    }
}

impl<T: Whole> From<&[T]> for Selection {
    fn from(indices: &[T]) -> Selection {
        list(indices)
    }
}

impl<T: Whole> From<Vec<T>> for Selection {
    fn from(indices: Vec<T>) -> Selection {
        list(&indices)
    }
}

impl<T: Whole> From<&Vec<T>> for Selection {
    fn from(indices: &Vec<T>) -> Selection {
        list(indices)
    }
}

//! Which neurons of a population: `0..10`, `[1, 5]`, `3`.

use crate::Error;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// A choice of neurons by index: a range, a list of indices, or one index.
///
/// In a list the order does not matter and repeated indices count once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Range { begin: usize, end: Option<usize> },
    List(Vec<usize>),
}

impl Selection {
    /// The indices, ascending, out of `size` there are; `of` says what they are of.
    pub(crate) fn indices(
        self,
        size: usize,
        of: &dyn std::fmt::Display,
    ) -> Result<Vec<usize>, Error> {
        let outside = |index| Error::IndexOutside {
            index,
            size,
            of: of.to_string(),
        };
        let indices = match self.0 {
            Kind::Range { begin, end } => {
                let end = end.unwrap_or(size);
                if end > size {
                    return Err(outside(end - 1));
                }
                (begin..end).collect()
            }
            Kind::List(mut list) => {
                list.sort_unstable();
                list.dedup();
                if let Some(&index) = list.iter().find(|&&index| index >= size) {
                    return Err(outside(index));
                }
                list
            }
        };
        if indices.is_empty() {
            return Err(Error::EmptyView { of: of.to_string() });
        }
        Ok(indices)
    }

    fn range(begin: usize, end: Option<usize>) -> Selection {
        Selection(Kind::Range { begin, end })
    }
}

impl From<Range<usize>> for Selection {
    fn from(range: Range<usize>) -> Selection {
        Selection::range(range.start, Some(range.end))
    }
}

impl From<RangeInclusive<usize>> for Selection {
    fn from(range: RangeInclusive<usize>) -> Selection {
        Selection::range(*range.start(), Some(range.end().saturating_add(1)))
    }
}

impl From<RangeFrom<usize>> for Selection {
    fn from(range: RangeFrom<usize>) -> Selection {
        Selection::range(range.start, None)
    }
}

impl From<RangeTo<usize>> for Selection {
    fn from(range: RangeTo<usize>) -> Selection {
        Selection::range(0, Some(range.end))
    }
}

impl From<RangeToInclusive<usize>> for Selection {
    fn from(range: RangeToInclusive<usize>) -> Selection {
        Selection::range(0, Some(range.end.saturating_add(1)))
    }
}

impl From<RangeFull> for Selection {
    fn from(_: RangeFull) -> Selection {
        Selection::range(0, None)
    }
}

impl From<usize> for Selection {
    fn from(index: usize) -> Selection {
        Selection(Kind::List(vec![index]))
    }
}

impl<const N: usize> From<[usize; N]> for Selection {
    fn from(indices: [usize; N]) -> Selection {
        Selection(Kind::List(indices.into()))
    }
}

impl From<&[usize]> for Selection {
    fn from(indices: &[usize]) -> Selection {
        Selection(Kind::List(indices.into()))
    }
}

impl From<Vec<usize>> for Selection {
    fn from(indices: Vec<usize>) -> Selection {
        Selection(Kind::List(indices))
    }
}

impl From<&Vec<usize>> for Selection {
    fn from(indices: &Vec<usize>) -> Selection {
        Selection(Kind::List(indices.clone()))
    }
}

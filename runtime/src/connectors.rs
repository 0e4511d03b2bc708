//! Connectors: which neurons of two populations are connected.

/// Connects every source with every target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AllToAllConnector {
    allow_self_connections: bool,
}

impl AllToAllConnector {
    /// Every source with every target, a neuron with itself included.
    pub fn new() -> AllToAllConnector {
        AllToAllConnector {
            allow_self_connections: true,
        }
    }

    /// Whether a neuron of a population that projects onto itself is connected
    /// with itself.
    pub fn allow_self_connections(mut self, allow: bool) -> AllToAllConnector {
        self.allow_self_connections = allow;
        self
    }
}

impl Default for AllToAllConnector {
    fn default() -> AllToAllConnector {
        AllToAllConnector::new()
    }
}

/// Connects the first source with the first target, the second with the second,
/// and so on as far as both go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OneToOneConnector {}

impl OneToOneConnector {
    /// The first with the first, the second with the second, …
    pub fn new() -> OneToOneConnector {
        OneToOneConnector {}
    }
}

/// Any connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Connector {
    /// Every source with every target.
    AllToAll(AllToAllConnector),
    /// The first with the first, the second with the second, …
    OneToOne(OneToOneConnector),
}

impl Connector {
    /// The connected pairs of neurons, given as the indices of both sides, row by
    /// row. `same_population` tells whether an index means the same neuron on both sides.
    pub(crate) fn pairs<'a>(
        self,
        pre: &'a [usize],
        post: &'a [usize],
        same_population: bool,
    ) -> Box<dyn Iterator<Item = (usize, usize)> + 'a> {
        match self {
            Connector::AllToAll(connector) => {
                let skip_self = same_population && !connector.allow_self_connections;
                let all = pre
                    .iter()
                    .flat_map(|&source| post.iter().map(move |&target| (source, target)));
                Box::new(all.filter(move |(source, target)| !(skip_self && source == target)))
            }
            Connector::OneToOne(_) => Box::new(pre.iter().copied().zip(post.iter().copied())),
        }
    }
}

impl From<AllToAllConnector> for Connector {
    fn from(connector: AllToAllConnector) -> Connector {
        Connector::AllToAll(connector)
    }
}

impl From<OneToOneConnector> for Connector {
    fn from(connector: OneToOneConnector) -> Connector {
        Connector::OneToOne(connector)
    }
}

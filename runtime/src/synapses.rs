//! Synapse types: what connects two neurons.

use crate::{Error, Number};

/// A synapse whose weight only changes when it is set.
///
/// ```
/// let strong = pynn::synapses::StaticSynapse::new(63);
/// let inhibitory = pynn::synapses::StaticSynapse::new(-20);
/// ```
#[must_use = "a synapse type does nothing until a projection is made of it"]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StaticSynapse {
    weight: f64,
    delay: f64,
}

impl StaticSynapse {
    /// A synapse of this weight: whole numbers, at least 0 for excitatory and at
    /// most 0 for inhibitory projections. Fractions are rounded, halves to the
    /// even number. One synapse of the chip goes up to 63, larger weights take several.
    ///
    /// What does not fit is refused by [`Projection::new`](crate::Projection::new).
    pub fn new(weight: impl Number) -> StaticSynapse {
        StaticSynapse {
            weight: weight.number(),
            delay: 0.0,
        }
    }

    /// The delay in milliseconds. The chip's synapses have none, so anything but
    /// 0 is refused by [`Projection::new`](crate::Projection::new).
    pub fn delay(mut self, delay: impl Number) -> StaticSynapse {
        self.delay = delay.number();
        self
    }
}

/// The weight of a synapse as a whole number, if it fits this receptor.
pub(crate) fn checked_weight(synapse: StaticSynapse, receptor: Receptor) -> Result<f64, Error> {
    check_delay(synapse.delay)?;
    receptor.check_weight(synapse.weight)
}

/// Refuses a delay that is not 0.
pub(crate) fn check_delay(delay: f64) -> Result<(), Error> {
    if delay == 0.0 {
        Ok(())
    } else {
        Err(Error::DelayNotZero { delay })
    }
}

/// Whether synapses raise or lower the membrane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receptor {
    Excitatory,
    Inhibitory,
    /// Lowers the membrane of a cell whose synapses are conductances: weights have no sign.
    InhibitoryConductance,
}

impl Receptor {
    /// The receptor of this name, of cells whose synapses are conductances or not.
    pub(crate) fn parse(name: &str, conductance_based: bool) -> Result<Receptor, Error> {
        match name {
            "excitatory" => Ok(Receptor::Excitatory),
            "inhibitory" if conductance_based => Ok(Receptor::InhibitoryConductance),
            "inhibitory" => Ok(Receptor::Inhibitory),
            _ => Err(Error::UnknownReceptor {
                receptor: name.into(),
            }),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Receptor::Excitatory => "excitatory",
            Receptor::Inhibitory | Receptor::InhibitoryConductance => "inhibitory",
        }
    }

    /// The weight as a whole number, if it is one for this receptor.
    pub(crate) fn check_weight(self, weight: f64) -> Result<f64, Error> {
        if !weight.is_finite() {
            return Err(Error::WeightNotFinite { weight });
        }
        // Adding 0 turns -0 into 0.
        let rounded = weight.round_ties_even() + 0.0;
        let fits = match self {
            Receptor::Excitatory | Receptor::InhibitoryConductance => rounded >= 0.0,
            Receptor::Inhibitory => rounded <= 0.0,
        };
        if fits {
            Ok(rounded)
        } else {
            Err(Error::WeightSign {
                weight,
                receptor: self.name(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Receptor::{Excitatory, Inhibitory, InhibitoryConductance};

    #[test]
    fn halves_go_to_the_even_number() {
        for (weight, rounded) in [
            (42.5, 42.0),
            (43.5, 44.0),
            (0.5, 0.0),
            (-0.4, 0.0),
            (62.7, 63.0),
        ] {
            assert_eq!(Excitatory.check_weight(weight), Ok(rounded));
        }
        assert_eq!(Inhibitory.check_weight(-1.5), Ok(-2.0));
        assert_eq!(Inhibitory.check_weight(0.4), Ok(0.0));
        assert_eq!(InhibitoryConductance.check_weight(1.5), Ok(2.0));
        assert!(InhibitoryConductance.check_weight(-1.0).is_err());
    }
}

//! Circuits that put currents on a membrane and saturate: the amplifier that pulls it to a
//! reference (leak and reset), the one that turns the voltage of a synaptic line into
//! a current, and the supply rails.

/// A current, seen as the slope it gives the membrane, with what an exponential
/// integrator needs to know of it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Slope {
    /// LSB/µs.
    pub value: f64,
    /// Its derivative by the membrane potential, 1/µs.
    pub by_potential: f64,
    /// Its explicit derivative by time, LSB/µs².
    pub by_time: f64,
    /// The second derivative by the membrane potential of what is bent most,
    /// 1/(LSB µs).
    pub curvature: f64,
}

/// tanh x to 1e-15, absolute: in a third of the time of the one that keeps its
/// digits near 0.
#[inline]
pub(crate) fn tanh(x: f64) -> f64 {
    let fallen = (-2.0 * x.abs()).exp();
    ((1.0 - fallen) / (1.0 + fallen)).copysign(x)
}

/// The amplifier that pulls the membrane to a reference, as hard up as down.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Amplifier {
    /// The reference, LSB.
    pub reference: f64,
    /// Small-signal rate, 1/µs.
    pub rate: f64,
    /// Distance at which it saturates, LSB.
    pub saturation: f64,
}

impl Amplifier {
    /// Adds its current at potential `v`.
    #[inline]
    pub fn add(&self, v: f64, slope: &mut Slope) {
        let bent = tanh((self.reference - v) / self.saturation);
        slope.value += self.rate * self.saturation * bent;
        let conductance = self.rate * (1.0 - bent * bent);
        slope.by_potential -= conductance;
        slope.curvature -= 2.0 * conductance * bent / self.saturation;
    }

    /// Potential to which it brings a membrane from `v` in `duration` µs, alone: its equation has
    /// the solution sinh(distance/saturation) ~ e^(−rate·time).
    pub fn falls(&self, v: f64, duration: f64) -> f64 {
        let distance = (v - self.reference) / self.saturation;
        let remains = distance.sinh() * (-self.rate * duration).exp();
        // Mostly so little that it is its own: to 2e-5 of itself.
        let remains = if remains.abs() < 0.01 {
            remains
        } else {
            remains.asinh()
        };
        self.reference + self.saturation * remains
    }
}

/// Dependence of a synaptic current on the membrane potential: `at_zero` +
/// `by_potential` · V, where that is positive. A CUBA input has 1 and 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Conductance {
    pub at_zero: f64,
    /// 1/LSB.
    pub by_potential: f64,
}

impl Conductance {
    /// The current does not depend on the membrane.
    pub const NONE: Conductance = Conductance {
        at_zero: 1.0,
        by_potential: 0.0,
    };

    /// Factor on a current at potential `v`.
    #[inline]
    pub fn factor(&self, v: f64) -> f64 {
        (self.at_zero + self.by_potential * v).max(0.0)
    }
}

/// The amplifier of a synaptic input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SynapticInput {
    /// Slope per weight unit, LSB/µs.
    pub strength: f64,
    /// Slope at which it saturates, LSB/µs.
    pub saturation: f64,
    /// Rate at which the line decays, 1/µs.
    pub rate: f64,
    /// Offset on a silent line, weight units.
    pub offset: f64,
    pub conductance: Conductance,
}

impl SynapticInput {
    /// Tells whether nothing ever comes out of it.
    pub fn is_off(&self) -> bool {
        self.strength <= 0.0 || self.saturation <= 0.0
    }

    /// Adds its current while the line holds `line` weight units; `direction` is 1
    /// for one that raises the membrane, −1 for one that lowers it.
    #[inline]
    pub fn add(&self, line: f64, v: f64, direction: f64, rails: &Rails, slope: &mut Slope) {
        let level = line + self.offset;
        if level == 0.0 || self.is_off() {
            return;
        }
        let linear = self.strength * level;
        let bent = tanh(linear / self.saturation);
        let factor = self.conductance.factor(v);
        if factor <= 0.0 {
            return;
        }
        let current = self.saturation * bent;
        let by_time = -self.rate * self.strength * line * (1.0 - bent * bent);
        let current = Current {
            value: direction * factor * current,
            by_potential: direction * self.conductance.by_potential * current,
            by_time: direction * factor * by_time,
            curvature: 0.0,
        };
        rails.add(v, current, slope);
    }
}

/// A current on its way to the membrane, in the terms of [`Slope`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Current {
    pub value: f64,
    pub by_potential: f64,
    pub by_time: f64,
    pub curvature: f64,
}

/// The two supply rails a current runs into: it ceases as the membrane comes near.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rails {
    pub ceiling: Headroom,
    pub floor: Headroom,
}

impl Rails {
    /// Adds a current: one that raises the membrane runs into the ceiling, one that
    /// lowers it into the floor.
    #[inline]
    pub fn add(&self, v: f64, current: Current, slope: &mut Slope) {
        let (missing, by_potential, rail) = if current.value > 0.0 {
            let (missing, by_distance) = self.ceiling.missing(self.ceiling.end - v);
            (missing, by_distance, &self.ceiling)
        } else {
            let (missing, by_distance) = self.floor.missing(v - self.floor.end);
            (missing, -by_distance, &self.floor)
        };
        let share = 1.0 - missing;
        slope.value += current.value * share;
        slope.by_potential += current.by_potential * share - current.value * by_potential;
        slope.by_time += current.by_time * share;
        let bend = missing / (rail.softness * rail.softness);
        slope.curvature += current.curvature * share - current.value * bend;
        slope.curvature -= 2.0 * current.by_potential * by_potential;
    }
}

/// Potential of a rail, and the distance from which it limits currents.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Headroom {
    /// Potential at which nothing flows any more, LSB.
    pub end: f64,
    /// Distance over which the current ceases, LSB.
    pub softness: f64,
}

impl Headroom {
    /// The part of a current that is missing at this distance from the rail, and by
    /// how much it grows per LSB towards the rail.
    #[inline]
    pub fn missing(&self, distance: f64) -> (f64, f64) {
        let far = distance / self.softness;
        if far > 14.0 {
            // Less than a millionth.
            return (0.0, 0.0);
        }
        if far <= 0.0 {
            return (1.0, 0.0);
        }
        let missing = (-far).exp();
        (missing, missing / self.softness)
    }
}

//! The two amplifiers of a neuron circuit that saturate: the one that pulls the
//! membrane to a reference (leak and reset), and the one that turns the voltage
//! of a synaptic line into a current.

/// A current, seen as the slope it gives the membrane, with what an exponential
/// integrator wants to know of it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Slope {
    /// LSB/µs.
    pub value: f64,
    /// Its derivative by the membrane potential, 1/µs; never positive.
    pub by_potential: f64,
    /// Its explicit derivative by time, LSB/µs².
    pub by_time: f64,
    /// The second derivative of the amplifiers' part by the membrane potential,
    /// 1/(LSB µs).
    pub curvature: f64,
}

/// tanh x to 1e-15, absolute: in a third of the time of the one that keeps its
/// digits near 0.
#[inline]
fn tanh(x: f64) -> f64 {
    let fallen = (-2.0 * x.abs()).exp();
    ((1.0 - fallen) / (1.0 + fallen)).copysign(x)
}

/// The amplifier that pulls the membrane to a reference.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Amplifier {
    /// The reference, LSB.
    pub reference: f64,
    /// Small-signal rate of discharging, 1/µs.
    pub rate: f64,
    /// How much stronger it charges.
    pub charge_ratio: f64,
    /// Distances at which it saturates, discharging and charging, LSB.
    pub saturation: (f64, f64),
}

impl Amplifier {
    /// Adds its current at potential `v`.
    #[inline]
    pub fn add(&self, v: f64, slope: &mut Slope) {
        let distance = self.reference - v;
        let (rate, saturation) = if distance > 0.0 {
            (self.rate * self.charge_ratio, self.saturation.1)
        } else {
            (self.rate, self.saturation.0)
        };
        let bent = tanh(distance / saturation);
        slope.value += rate * saturation * bent;
        let conductance = rate * (1.0 - bent * bent);
        slope.by_potential -= conductance;
        slope.curvature -= 2.0 * conductance * bent / saturation;
    }
}

/// The amplifier of a synaptic input.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SynapticInput {
    /// Slope per weight unit, LSB/µs.
    pub strength: f64,
    /// Slope at which it saturates, LSB/µs.
    pub saturation: f64,
    /// Rate at which the line decays, 1/µs.
    pub rate: f64,
}

impl SynapticInput {
    /// Its current while the line holds `line` weight units, and the derivative
    /// of that by time.
    #[inline]
    pub fn current(&self, line: f64) -> (f64, f64) {
        if line <= 0.0 || self.saturation <= 0.0 {
            return (0.0, 0.0);
        }
        let linear = self.strength * line;
        let bent = tanh(linear / self.saturation);
        (
            self.saturation * bent,
            -self.rate * linear * (1.0 - bent * bent),
        )
    }
}

/// The supply rail a current runs into: it ceases as the membrane comes near.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Headroom {
    /// Potential at which nothing flows any more, LSB.
    pub end: f64,
    /// Distance over which the current ceases, LSB.
    pub softness: f64,
}

impl Headroom {
    /// Adds a current that pulls the membrane towards the rail: `current` and
    /// its derivative by time, without sign; `direction` is 1 up, −1 down.
    #[inline]
    pub fn add(&self, v: f64, current: (f64, f64), direction: f64, slope: &mut Slope) {
        let distance = (self.end - v) * direction;
        if distance <= 0.0 {
            return;
        }
        let missing = (-distance / self.softness).exp();
        let share = 1.0 - missing;
        slope.value += direction * current.0 * share;
        slope.by_potential -= current.0 * missing / self.softness;
        slope.by_time += direction * current.1 * share;
    }
}

//! Configuration that the chip stores for one neuron circuit.

use crate::transfer::laws::AmplifierSwitches;

/// Configuration of one neuron circuit, in the codes the chip stores.
///
/// Field names are the chip's own, grouped by a common prefix. A parameter the
/// model gives no effect to is no field. The default is the uncalibrated chip:
/// all codes 0, synaptic inputs off.
#[derive(Debug, Clone, PartialEq)]
pub struct NeuronConfig {
    /// Leak potential, 0..=1022.
    pub leak_v_leak: u16,
    /// Leak conductance, 0..=1022; the membrane time constant goes as its inverse.
    pub leak_i_bias: u16,
    /// Divides the leak conductance by 8.
    pub leak_enable_division: bool,
    /// Multiplies the leak conductance by 8.
    pub leak_enable_multiplication: bool,
    /// Lowers the leak conductance and widens its linear range (both by 2, estimate).
    pub leak_enable_degeneration: bool,

    /// Reset potential, 0..=1022.
    pub reset_v_reset: u16,
    /// Reset conductance, 0..=1022.
    pub reset_i_bias: u16,
    /// Divides the reset conductance by 8.
    pub reset_enable_division: bool,
    /// Multiplies the reset conductance by 8.
    pub reset_enable_multiplication: bool,
    /// Lowers the reset conductance and widens its linear range (both by 2, estimate).
    pub reset_enable_degeneration: bool,

    /// Switches the comparator on; without it the neuron cannot spike.
    pub threshold_enable: bool,
    /// Spike threshold, 0..=1022.
    pub threshold_v_threshold: u16,

    /// Membrane capacitance, 0..=63; 63 is about 2.3 pF, 0 leaves the parasitics.
    pub membrane_capacitance_capacitance: u8,

    /// Length of the refractory period, 0..=255 cycles of the clock chosen by
    /// `refractory_period_input_clock`.
    pub refractory_period_refractory_time: u8,
    /// Time between the release of the membrane and the end of the refractory period,
    /// 0..=15: 31 − 2 × this many cycles.
    pub refractory_period_reset_holdoff: u8,
    /// Which clock the counter counts: 0 the slow one, 1 the fast one; see
    /// [`Backend`](crate::Backend).
    pub refractory_period_input_clock: u8,
    /// Keeps synaptic inputs and exponential current off the membrane while it is reset.
    pub refractory_period_enable_pause: bool,

    /// Connects the excitatory input to the membrane.
    pub excitatory_input_enable: bool,
    /// Strength of the excitatory input, 0..=1022.
    pub excitatory_input_i_bias_gm: u16,
    /// Excitatory synaptic time constant, 0..=1022; it goes as the inverse.
    pub excitatory_input_i_bias_tau: u16,
    /// Trim of the excitatory input's amplifier, 0..=1022: away from the circuit's own
    /// best code the input carries a current without any spike.
    pub excitatory_input_i_shift_reference: u16,
    /// Lengthens the excitatory synaptic time constant (3.5 times, estimate).
    pub excitatory_input_enable_high_resistance: bool,
    /// Leaves only the parasitic capacitance of the line: shorter (0.2 times,
    /// estimate) and higher currents.
    pub excitatory_input_enable_small_capacitance: bool,
    /// Makes the excitatory current go with the distance from a reversal potential.
    pub excitatory_input_enable_coba_mode: bool,
    /// Weight of the distance, 0..=1022.
    pub excitatory_input_i_bias_coba: u16,
    /// The reversal potential, 0..=1022, on the scale of the threshold (estimate).
    pub excitatory_input_v_rev_coba: u16,

    /// Connects the inhibitory input to the membrane.
    pub inhibitory_input_enable: bool,
    /// Strength of the inhibitory input, 0..=1022.
    pub inhibitory_input_i_bias_gm: u16,
    /// Inhibitory synaptic time constant, 0..=1022; it goes as the inverse.
    pub inhibitory_input_i_bias_tau: u16,
    /// Trim of the inhibitory input's amplifier, 0..=1022: away from the circuit's own
    /// best code the input carries a current without any spike.
    pub inhibitory_input_i_shift_reference: u16,
    /// Lengthens the inhibitory synaptic time constant (3.5 times, estimate).
    pub inhibitory_input_enable_high_resistance: bool,
    /// Leaves only the parasitic capacitance of the line: shorter (0.2 times,
    /// estimate) and higher currents.
    pub inhibitory_input_enable_small_capacitance: bool,
    /// Makes the inhibitory current go with the distance from a reversal potential.
    pub inhibitory_input_enable_coba_mode: bool,
    /// Weight of the distance, 0..=1022.
    pub inhibitory_input_i_bias_coba: u16,
    /// The reversal potential, 0..=1022, on the scale of the threshold (estimate).
    pub inhibitory_input_v_rev_coba: u16,

    /// Switches the constant current on.
    pub constant_current_enable: bool,
    /// Strength of the constant current, 0..=1022.
    pub constant_current_i_offset: u16,
    /// Direction of the constant current: 0 a source (raises the membrane),
    /// 1 a sink (lowers it).
    pub constant_current_type: u8,

    /// Switches the exponential current on.
    pub exponential_enable: bool,
    /// Onset of the exponential current, 0..=1022; lower is earlier.
    pub exponential_v_exp: u16,
    /// Strength of the exponential current, 0..=1022: larger is steeper and earlier.
    pub exponential_i_bias: u16,

    /// Connects the adaptation current to the membrane.
    pub adaptation_enable: bool,
    /// Lets every spike change the adaptation state.
    pub adaptation_enable_pulse: bool,
    /// Adaptation time constant, 0..=1022; it goes as the inverse.
    pub adaptation_i_bias_tau: u16,
    /// Coupling of the membrane potential to the adaptation, 0..=1022.
    pub adaptation_i_bias_a: u16,
    /// Increment of the adaptation per spike, 0..=1022.
    pub adaptation_i_bias_b: u16,
    /// Turns the sign of the membrane's influence.
    pub adaptation_invert_a: bool,
    /// Turns the sign of a spike's influence.
    pub adaptation_invert_b: bool,
    /// Resting state of the adaptation, 0..=1022.
    pub adaptation_v_ref: u16,
    /// Membrane potential at which it does not drive the adaptation, 0..=1022.
    pub adaptation_v_leak: u16,

    /// Connects the membrane with the shared line.
    pub multicompartment_connect_soma: bool,
    /// Connects the shared line with that of the right neighbour. Without one (no neuron
    /// there; columns 127 and 255) it does nothing.
    pub multicompartment_connect_soma_right: bool,
    /// Connects the membrane with that of the right neighbour, as above.
    pub multicompartment_connect_right: bool,
    /// Connects the membrane with that of the circuit in the other row. Without a neuron
    /// there it does nothing.
    pub multicompartment_connect_vertical: bool,
    /// Connects the membrane with the shared line through a resistor.
    pub multicompartment_enable_conductance: bool,
    /// Divides the conductance of the resistor by 4.
    pub multicompartment_enable_conductance_division: bool,
    /// Multiplies the conductance of the resistor by 4.
    pub multicompartment_enable_conductance_multiplication: bool,
    /// Conductance of the resistor, 0..=1022.
    pub multicompartment_i_bias_nmda: u16,

    /// Makes a spike of every excitatory input event, past the membrane.
    pub event_routing_enable_bypass_excitatory: bool,
    /// Makes a spike of every inhibitory input event, past the membrane.
    pub event_routing_enable_bypass_inhibitory: bool,
}

impl Default for NeuronConfig {
    fn default() -> NeuronConfig {
        NeuronConfig {
            leak_v_leak: 0,
            leak_i_bias: 0,
            leak_enable_division: false,
            leak_enable_multiplication: false,
            leak_enable_degeneration: false,
            reset_v_reset: 0,
            reset_i_bias: 0,
            reset_enable_division: false,
            reset_enable_multiplication: false,
            reset_enable_degeneration: false,
            threshold_enable: false,
            threshold_v_threshold: 0,
            membrane_capacitance_capacitance: 0,
            refractory_period_refractory_time: 0,
            // The hardware's own defaults: let go one cycle early, the large capacitors off.
            refractory_period_reset_holdoff: 15,
            refractory_period_input_clock: 0,
            refractory_period_enable_pause: false,
            excitatory_input_enable: false,
            excitatory_input_i_bias_gm: 0,
            excitatory_input_i_bias_tau: 0,
            excitatory_input_i_shift_reference: 0,
            excitatory_input_enable_high_resistance: false,
            excitatory_input_enable_small_capacitance: true,
            excitatory_input_enable_coba_mode: false,
            excitatory_input_i_bias_coba: 0,
            excitatory_input_v_rev_coba: 0,
            inhibitory_input_enable: false,
            inhibitory_input_i_bias_gm: 0,
            inhibitory_input_i_bias_tau: 0,
            inhibitory_input_i_shift_reference: 0,
            inhibitory_input_enable_high_resistance: false,
            inhibitory_input_enable_small_capacitance: true,
            inhibitory_input_enable_coba_mode: false,
            inhibitory_input_i_bias_coba: 0,
            inhibitory_input_v_rev_coba: 0,
            constant_current_enable: false,
            constant_current_i_offset: 0,
            constant_current_type: 0,
            exponential_enable: false,
            exponential_v_exp: 0,
            exponential_i_bias: 0,
            adaptation_enable: false,
            adaptation_enable_pulse: false,
            adaptation_i_bias_tau: 0,
            adaptation_i_bias_a: 0,
            adaptation_i_bias_b: 0,
            adaptation_invert_a: false,
            adaptation_invert_b: false,
            adaptation_v_ref: 0,
            adaptation_v_leak: 0,
            multicompartment_connect_soma: false,
            multicompartment_connect_soma_right: false,
            multicompartment_connect_right: false,
            multicompartment_connect_vertical: false,
            multicompartment_enable_conductance: false,
            multicompartment_enable_conductance_division: false,
            multicompartment_enable_conductance_multiplication: false,
            multicompartment_i_bias_nmda: 0,
            event_routing_enable_bypass_excitatory: false,
            event_routing_enable_bypass_inhibitory: false,
        }
    }
}

impl NeuronConfig {
    /// The switches of the leak.
    pub(crate) fn leak_switches(&self) -> AmplifierSwitches {
        AmplifierSwitches {
            division: self.leak_enable_division,
            multiplication: self.leak_enable_multiplication,
            degeneration: self.leak_enable_degeneration,
        }
    }

    /// The switches of the reset.
    pub(crate) fn reset_switches(&self) -> AmplifierSwitches {
        AmplifierSwitches {
            division: self.reset_enable_division,
            multiplication: self.reset_enable_multiplication,
            degeneration: self.reset_enable_degeneration,
        }
    }

    /// A parameter that switches on what [`Chip::ideal`](crate::Chip::ideal) does not
    /// have, if one does.
    pub fn beyond_the_textbook(&self) -> Option<&'static str> {
        let switches = [
            (self.exponential_enable, "exponential_enable"),
            (self.adaptation_enable, "adaptation_enable"),
            (
                self.excitatory_input_enable_coba_mode,
                "excitatory_input_enable_coba_mode",
            ),
            (
                self.inhibitory_input_enable_coba_mode,
                "inhibitory_input_enable_coba_mode",
            ),
            (
                self.multicompartment_connect_soma,
                "multicompartment_connect_soma",
            ),
            (
                self.multicompartment_connect_soma_right,
                "multicompartment_connect_soma_right",
            ),
            (
                self.multicompartment_connect_right,
                "multicompartment_connect_right",
            ),
            (
                self.multicompartment_connect_vertical,
                "multicompartment_connect_vertical",
            ),
            (
                self.multicompartment_enable_conductance,
                "multicompartment_enable_conductance",
            ),
            (
                self.event_routing_enable_bypass_excitatory,
                "event_routing_enable_bypass_excitatory",
            ),
            (
                self.event_routing_enable_bypass_inhibitory,
                "event_routing_enable_bypass_inhibitory",
            ),
        ];
        switches.iter().find(|(on, _)| *on).map(|(_, name)| *name)
    }
}

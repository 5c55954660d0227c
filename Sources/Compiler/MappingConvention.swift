/// Where the potentials of a network lie in the range of the column ADC.
///
/// Hidden layers rest low, as they are read up to their threshold; readout layers rest in the
/// middle, as they swing both ways. BrainScaleS-2's published examples do the same.
public enum MappingConvention {
  /// The ADC code of the leak potential of a population that fires.
  public static let firingLeakCode = 80.0
  /// The ADC code of the leak potential of a population that does not fire.
  public static let readoutLeakCode = 128.0
  /// ADC codes of a firing population's largest distance from leak to threshold, and of 1.0 in the
  /// unit of a silent population's potential.
  public static let codesPerUnit = 70.0
  /// The fewest ADC codes that this distance may take where gains do not reach; the noise of the
  /// converter is half a code, and the threshold's DAC has two steps for one code.
  public static let leastCodesPerUnit = 8.0
}

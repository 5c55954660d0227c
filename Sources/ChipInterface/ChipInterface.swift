// ChipInterface

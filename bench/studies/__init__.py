"""Studies: the rules of our presets held against what real communities decided."""

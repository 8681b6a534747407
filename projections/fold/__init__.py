"""The fold of a community: from facts to units, tallies, and who held what when."""

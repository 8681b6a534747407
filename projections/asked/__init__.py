"""Questions and their answers: standings, verdicts, next steps, what-ifs, cohorts, links, lost grounds."""

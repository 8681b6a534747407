"""The record store of xAPI, in the editions 1.0.3 and 2.0: an LMS posts statements, and practice in them becomes facts.

To read it, go the way of a request: `resource` (which edition, who asks, what every answer carries; `alternate` where
it came as a form), `statements` (the routes), `received` (read and checked: `multipart`, `statement_shapes` made of
`shapes` and `values`, `signatures`), `posting` (kept, by `filing` and `sameness`, then appended as facts), `meaning`
(which facts: `verbs.yaml` and `words`), and back: `formats`, `activities`. Beside them `documents` and `about`, and
what all use: `parameters`, `people`. What is kept is in the vault (`ledger.statements`).
"""

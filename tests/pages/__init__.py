"""Every page of the product, looked at as people do: with eyes, a keyboard, a screen reader, on a phone, on paper.

`listed` names the pages, `site` serves them with a year of a community, `looking` visits them. The tests here and
`make screenshots` (`python -m tests.pages`) share all three.
"""

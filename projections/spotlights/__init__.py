"""Who and what is worth celebrating in a day, a week or a month, and who takes her turn in the light."""

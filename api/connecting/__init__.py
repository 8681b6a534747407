"""Doors for platforms: what they post in their own words becomes events, by a file for each platform."""

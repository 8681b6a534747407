"""What the edges raise."""

from __future__ import annotations


class ApiError(Exception):
    """The root of everything that this package raises."""


class SettingsError(ApiError):
    """The environment asks for something that cannot be; the message names the variable."""


class ProviderError(ApiError):
    """An OpenID Connect provider signed nobody in; the message says why, as a clause."""


class CatalogueError(SettingsError):
    """A catalogue of texts is missing or cannot be read; the message says what was wanted and what came."""
